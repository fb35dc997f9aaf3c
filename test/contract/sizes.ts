import { realClock } from '../../src/runtime/clock.ts';
import type { Case } from './case.ts';
import type { Http } from './http.ts';
import { ingress, paths, refusal } from './objects.ts';

/** How large annotations and objects may be. */
export const SIZES: Case[] = [
  {
    name: 'annotations of more than 256 KiB together are 422, naming the field',
    async observe({ http, namespace }) {
      const annotated = (bytes: number) => {
        const metadata = { name: `of-${bytes}`, annotations: { 'a.example.com/long': 'x'.repeat(bytes - 18) } };
        return http.send('POST', paths(namespace).ingresses, { ...ingress('long'), metadata });
      };
      return [(await annotated(262_144)).status, refusal(await annotated(262_145))];
    },
    expected: [201, { status: 422, reason: 'Invalid', fields: ['metadata.annotations'] }],
  },
  {
    name: 'a custom resource of more than 1.5 MiB is 500, and some characters count as six',
    async observe({ http, namespace }) {
      const at = await customKind(http, `${namespace}.example.com`);
      const sized = async (name: string, text: string) => {
        const { status, body } = await http.send('POST', at.path, { ...at.head, metadata: { name }, text });
        return status === 201 ? status : `${status} ${body.message}`;
      };
      return [
        await sized('small', 'x'.repeat(1_500_000)),
        await sized('large', 'x'.repeat(1_573_000)),
        await sized('escaped', '&'.repeat(250_000)),
        await sized('too-escaped', '&'.repeat(263_000)),
      ];
    },
    expected: [201, '500 etcdserver: request is too large', 201, '500 etcdserver: request is too large'],
  },
];

const SERVED_WITHIN = 100;

/** A cluster-scoped kind of this group that takes anything, once it is served. */
async function customKind(http: Http, group: string): Promise<{ path: string; head: object }> {
  const definition = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
  const schema = { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } };
  const versions = [{ name: 'v1', served: true, storage: true, schema }];
  const names = { kind: 'Thing', plural: 'things', singular: 'thing', listKind: 'ThingList' };
  await http.send('POST', definition, {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `things.${group}` },
    spec: { group, scope: 'Cluster', names, versions },
  });
  const path = `/apis/${group}/v1/things`;
  for (let tries = 0; tries < SERVED_WITHIN && (await http.send('GET', path)).status !== 200; tries++)
    await realClock.sleep(SERVED_WITHIN);
  return { path, head: { apiVersion: `${group}/v1`, kind: 'Thing' } };
}
