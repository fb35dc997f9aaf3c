import type { Case, Surroundings } from './case.ts';
import type { Answer, Body } from './http.ts';
import { configMap, deployment, paths } from './objects.ts';

const APPLY = { type: 'application/apply-patch+yaml' };

const apply = ({ http, namespace }: Surroundings, manager: string, data: object, force = false): Promise<Answer> =>
  http.send(
    'PATCH',
    `${paths(namespace).configMaps}/one?fieldManager=${manager}&force=${force}`,
    { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'one' }, data },
    APPLY,
  );

const managersOf = ({ body }: Answer): Body =>
  Object.fromEntries(
    (body.metadata.managedFields ?? []).map(({ manager, operation, fieldsV1 }: Body) => [
      `${manager} ${operation}`,
      Object.keys(fieldsV1['f:data'] ?? {})
        .filter((key) => key !== '.')
        .toSorted(),
    ]),
  );

/** Server-side apply: who owns which field, and what happens to what nobody wants any more. */
export const APPLYING: Case[] = [
  {
    name: 'apply creates what is not there and owns what it said',
    async observe(at) {
      const answer = await apply(at, 'first', { a: '1' });
      return [answer.status, answer.body.data, managersOf(answer)];
    },
    expected: [201, { a: '1' }, { 'first Apply': ['f:a'] }],
  },
  {
    name: "apply of another's field with another value is 409, with force it takes it over",
    async observe(at) {
      await apply(at, 'first', { a: '1', b: '1' });
      const refused = await apply(at, 'second', { a: '2' });
      const forced = await apply(at, 'second', { a: '2' }, true);
      const causes = refused.body.details.causes.map(({ reason, field }: Body) => [reason, field]);
      return [refused.status, refused.body.reason, causes, forced.body.data, managersOf(forced)];
    },
    expected: [
      409,
      'Conflict',
      [['FieldManagerConflict', '.data.a']],
      { a: '2', b: '1' },
      { 'first Apply': ['f:b'], 'second Apply': ['f:a'] },
    ],
  },
  {
    name: 'fields of equal value are shared',
    async observe(at) {
      await apply(at, 'first', { a: '1' });
      return managersOf(await apply(at, 'second', { a: '1' }));
    },
    expected: { 'first Apply': ['f:a'], 'second Apply': ['f:a'] },
  },
  {
    name: 'what its last owner leaves out goes away, what others own stays',
    async observe(at) {
      await apply(at, 'first', { a: '1', b: '1', c: '1' });
      await apply(at, 'second', { b: '1' });
      return (await apply(at, 'first', { c: '1' })).body.data;
    },
    expected: { b: '1', c: '1' },
  },
  {
    name: 'apply that changes nothing leaves the version alone',
    async observe(at) {
      const first = await apply(at, 'first', { a: '1' });
      const second = await apply(at, 'first', { a: '1' });
      return first.body.metadata.resourceVersion === second.body.metadata.resourceVersion;
    },
    expected: true,
  },
  {
    name: 'an ordinary write owns what it changed, and apply meets it as a conflict',
    async observe(at) {
      const { http, namespace } = at;
      await http.send('POST', `${paths(namespace).configMaps}?fieldManager=hand`, configMap('one'));
      const refused = await apply(at, 'first', { a: '9' });
      const managed = managersOf(await http.send('GET', `${paths(namespace).configMaps}/one`));
      return [refused.status, managed];
    },
    expected: [409, { 'hand Update': ['f:a', 'f:b'] }],
  },
  {
    name: 'lists with keys are merged element by element',
    async observe({ http, namespace }) {
      await http.send('POST', paths(namespace).deployments, deployment('web', { replicas: 0 }));
      const containers = [{ name: 'side', image: 'side' }];
      const body = {
        apiVersion: 'apps/v1',
        kind: 'Deployment',
        metadata: { name: 'web' },
        spec: { template: { spec: { containers } } },
      };
      const at = `${paths(namespace).deployments}/web?fieldManager=first`;
      const answer = await http.send('PATCH', at, body, APPLY);
      return answer.body.spec.template.spec.containers.map(({ name }: Body) => name);
    },
    expected: ['web', 'side'],
  },
  {
    name: "one condition of a pod's status can be applied beside the kubelet's",
    async observe({ http, namespace }) {
      const pod = {
        metadata: { name: 'one' },
        spec: { nodeSelector: { nowhere: 'true' }, containers: [{ name: 'web', image: 'web' }] },
      };
      await http.send('POST', paths(namespace).pods, pod);
      const at = `${paths(namespace).pods}/one/status`;
      const write = (manager: string, conditions: object[]) =>
        http.send(
          'PATCH',
          `${at}?fieldManager=${manager}`,
          { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'one' }, status: { conditions } },
          APPLY,
        );
      await write('node', [{ type: 'Ready', status: 'False' }]);
      const both = await write('gatekeeper', [{ type: 'example.dev/gate', status: 'True' }]);
      const one = await write('gatekeeper', []);
      const types = ({ body }: Answer) =>
        body.status.conditions
          .map(({ type }: Body) => type)
          .filter((type: string) => type !== 'PodScheduled')
          .toSorted();
      return [types(both), types(one)];
    },
    expected: [['Ready', 'example.dev/gate'], ['Ready']],
  },
];
