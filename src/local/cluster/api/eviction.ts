import type { KubeObject } from '../../../kube/api.ts';
import { timestamp } from '../timestamp.ts';
import { BUILT_IN_KINDS, type Kind } from './kinds.ts';
import { deleteObject, type DeleteOptions } from './remove.ts';
import { at, items, part } from './rules/rules.ts';
import { isObject } from './schema/schema.ts';
import type { Cluster } from './state.ts';
import { ApiError } from './status.ts';
import { currentObject, replace, type WriteOptions } from './write.ts';

const kindNamed = (name: string): Kind => BUILT_IN_KINDS.find((one) => one.kind === name) as Kind;
const POD = kindNamed('Pod');
const BUDGET = kindNamed('PodDisruptionBudget');

/** Deletes the pod that an Eviction names, unless a disruption budget that selects it allows no disruption now (429). */
export async function evictPod(cluster: Cluster, eviction: unknown, options: WriteOptions): Promise<void> {
  const pod = currentObject(cluster, POD, options);
  const budget = cluster.store.list(BUDGET.storage).find((one) => selects(one, pod));
  if (budget !== undefined && isProtected(pod)) await takeFrom(cluster, { budget, pod, options });
  if (!pod.metadata.deletionTimestamp) await markDisrupted(cluster, pod, options);
  const given = isObject(eviction) && isObject(eviction.deleteOptions) ? (eviction.deleteOptions as DeleteOptions) : {};
  deleteObject(cluster, { kind: POD, name: pod.metadata.name, namespace: pod.metadata.namespace ?? '' }, given);
}

/** What ends already, has ended or has not begun counts in no budget. */
const isProtected = (pod: KubeObject): boolean =>
  pod.metadata.deletionTimestamp === undefined && at(pod, 'status.phase') === 'Running';

function selects(budget: KubeObject, pod: KubeObject): boolean {
  if (budget.metadata.namespace !== pod.metadata.namespace) return false;
  const wanted = Object.entries(part(budget, 'spec.selector.matchLabels'));
  return wanted.every(([key, value]) => pod.metadata.labels?.[key] === value);
}

type Taking = { budget: KubeObject; pod: KubeObject; options: WriteOptions };

async function takeFrom(cluster: Cluster, { budget, pod, options }: Taking): Promise<void> {
  const number = (path: string): number => Number(at(budget, path) ?? 0);
  const desired = number('status.desiredHealthy');
  const isReady = items(pod, 'status.conditions').some((one) => one.type === 'Ready' && one.status === 'True');
  if (!isReady) {
    if (at(budget, 'spec.unhealthyPodEvictionPolicy') === 'AlwaysAllow') return;
    if (desired > 0 && number('status.currentHealthy') >= desired) return;
  }
  if (number('status.disruptionsAllowed') < 1) throw refusal(budget);
  const object = structuredClone(budget);
  const status = part(object, 'status');
  status.disruptionsAllowed = number('status.disruptionsAllowed') - 1;
  // Whoever counts before the deletion is seen must not count the pod in again.
  status.disruptedPods = { ...part(budget, 'status.disruptedPods'), [pod.metadata.name]: timestamp(cluster.clock) };
  const { name, namespace = '' } = budget.metadata;
  const write: WriteOptions = { ...options, name, namespace, subresource: 'status' };
  await replace(cluster, { kind: BUDGET, old: budget, object, options: write });
}

function refusal({ metadata }: KubeObject): ApiError {
  const cause = {
    reason: 'DisruptionBudget' as const,
    field: '',
    message: `The disruption budget ${metadata.name} needs more healthy pods`,
  };
  const message = "Cannot evict pod as it would violate the pod's disruption budget.";
  return new ApiError(429, 'TooManyRequests', { message, details: { causes: [cause], retryAfterSeconds: 10 } });
}

async function markDisrupted(cluster: Cluster, pod: KubeObject, options: WriteOptions): Promise<void> {
  const object = structuredClone(pod);
  const condition = {
    type: 'DisruptionTarget',
    status: 'True',
    reason: 'EvictionByEvictionAPI',
    message: 'Eviction API: evicting',
    lastTransitionTime: timestamp(cluster.clock),
  };
  const others = items(pod, 'status.conditions').filter(({ type }) => type !== condition.type);
  part(object, 'status').conditions = [...others, condition];
  await replace(cluster, { kind: POD, old: pod, object, options: { ...options, subresource: 'status' } });
}
