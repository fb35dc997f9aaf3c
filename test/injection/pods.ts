import { isDeepStrictEqual } from 'node:util';
import type { KubeObject, NewObject } from '../../src/kube/api.ts';
import { GATE, INJECT } from '../../src/api/pod.ts';
import type { PodManifest } from '../../src/model/injection.ts';
import { CORPUS, type InjectionCase } from './corpus.ts';

/** Annotation that asks the second webhook of the tests for its container. */
export const ADD = 'test.podwire.dev/add';

/** Each case has a namespace of its own. */
export const namespaceOf = (one: InjectionCase): string => `case-${CORPUS.indexOf(one)}`;

/** Namespace, and lines where there are some, of a case. */
export const surroundingsOf = (one: InjectionCase): NewObject[] => {
  const name = namespaceOf(one);
  const labels = one.labelled ? { [INJECT]: 'enabled' } : {};
  const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels } };
  const lines = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { namespace: name, name: 'podwire-drain' } };
  return one.lines === undefined ? [namespace] : [namespace, { ...lines, data: one.lines }];
};

/** The pod that is created. */
export const podOf = (one: InjectionCase): KubeObject & PodManifest => {
  const added = one.added === undefined ? {} : { [ADD]: JSON.stringify(one.added) };
  const annotations = { ...one.annotations, ...added };
  const metadata = {
    name: 'pod',
    namespace: namespaceOf(one),
    ...(one.labels && { labels: one.labels }),
    ...(Object.keys(annotations).length > 0 && { annotations }),
  };
  const spec = { containers: [{ name: 'app', image: 'example.test/web:1' }], ...one.spec };
  return { apiVersion: 'v1', kind: 'Pod', metadata, spec } as unknown as KubeObject & PodManifest;
};

/** What of a pod tells whether it was protected; in the form the API server sends. */
export type Written = Pick<PodManifest, 'spec'> & { annotations: Record<string, string> };

export const writtenOf = (pod: PodManifest): Written => ({
  annotations: pod.metadata.annotations ?? {},
  spec: pod.spec,
});

/** A pod that was answered, as somebody would create it again. */
export const again = (pod: KubeObject): object => {
  const { name, namespace, labels, annotations } = pod.metadata;
  const metadata = { name, namespace, ...(labels && { labels }), ...(annotations && { annotations }) };
  return { apiVersion: 'v1', kind: 'Pod', metadata, spec: pod.spec };
};

/** The seconds of the sleeps that we wrote, the grace, and whether it has the gate, of a pod. */
function summaryOf({ spec, metadata }: PodManifest): Exclude<InjectionCase['expect'], 'untouched'> {
  const ours = (metadata.annotations?.['podwire.dev/injected-containers'] ?? '').split(',');
  const sleeps = spec.containers
    .filter(({ name }) => ours.includes(name))
    .map(({ name, lifecycle }) => [name, lifecycle?.preStop?.sleep?.seconds ?? 0] as const);
  return {
    sleeps: Object.fromEntries(sleeps),
    grace: spec.terminationGracePeriodSeconds ?? 30,
    gate: spec.readinessGates?.some(({ conditionType }) => conditionType === GATE) ?? false,
  };
}

/** What was made of a pod that would be `plain` without injection. */
export const outcomeOf = (pod: PodManifest, plain: PodManifest): InjectionCase['expect'] =>
  isDeepStrictEqual(writtenOf(pod), writtenOf(plain)) ? 'untouched' : summaryOf(pod);

/** Sleeps that the kubelet would cut short: there must be none. */
export const sleepsBeyondGrace = ({ spec }: PodManifest): string[] =>
  spec.containers
    .filter(({ lifecycle }) => (lifecycle?.preStop?.sleep?.seconds ?? 0) > (spec.terminationGracePeriodSeconds ?? 30))
    .map(({ name }) => name);
