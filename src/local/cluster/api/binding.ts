import { textOf } from './schema/schema.ts';
import type { KubeObject } from '../../../kube/api.ts';
import { timestamp } from '../timestamp.ts';
import type { Cluster } from './state.ts';
import { BUILT_IN_KINDS, type Kind } from './kinds.ts';
import { at, items, part } from './rules/rules.ts';
import { badRequest, conflict, type Status } from './status.ts';
import { currentObject, replace, type WriteOptions } from './write.ts';

const POD = BUILT_IN_KINDS.find((one) => one.kind === 'Pod') as Kind;
const REFUSAL = { ...POD, plural: 'pods/binding' };
const TOPOLOGY = ['topology.kubernetes.io/zone', 'topology.kubernetes.io/region'];

/** Puts the pod that a Binding names on a node, with the node's zone and region as labels. */
export async function bindPod(cluster: Cluster, binding: unknown, options: WriteOptions): Promise<Status> {
  const node = at(binding, 'target.name');
  if (typeof node !== 'string' || node === '') throw badRequest('target.name: Required value: the name of a Node');
  const name = options.name ?? String(at(binding, 'metadata.name'));
  const old = currentObject(cluster, POD, { ...options, name });
  checkFree(old, at(binding, 'metadata.uid'));
  const labels = Object.entries(cluster.store.get('/nodes', node)?.metadata.labels ?? {}).filter(([key]) =>
    TOPOLOGY.includes(key),
  );
  const object = boundPod(cluster, old, { node, labels });
  await replace(cluster, { kind: POD, old, object, options: { ...options, name, subresource: 'binding' } });
  return { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', code: 201 };
}

function checkFree(pod: KubeObject, uid: unknown): void {
  const { name } = pod.metadata;
  if (uid && uid !== pod.metadata.uid) {
    throw conflict(
      POD,
      name,
      `Precondition failed: UID in precondition: ${textOf(uid)}, UID in object meta: ${pod.metadata.uid}`,
    );
  }
  if (pod.metadata.deletionTimestamp)
    throw conflict(REFUSAL, name, `pod ${name} is being deleted, cannot be assigned to a host`);
  const taken = at(pod, 'spec.nodeName');
  if (taken) throw conflict(REFUSAL, name, `pod ${name} is already assigned to node ${JSON.stringify(taken)}`);
}

function boundPod(cluster: Cluster, old: KubeObject, to: { node: string; labels: [string, string][] }): KubeObject {
  const pod = structuredClone(old);
  part(pod, 'spec').nodeName = to.node;
  if (to.labels.length > 0) pod.metadata.labels = { ...pod.metadata.labels, ...Object.fromEntries(to.labels) };
  const others = items(pod, 'status.conditions').filter((one) => one.type !== 'PodScheduled');
  const scheduled = {
    type: 'PodScheduled',
    status: 'True',
    lastProbeTime: null,
    lastTransitionTime: timestamp(cluster.clock),
  };
  pod.status = { ...part(pod, 'status'), conditions: [...others, scheduled] };
  return pod;
}
