import type { Outcome } from '../../../runtime/workqueue.ts';
import { controllerOf, fromKey, isActive, isReady, KINDS, type Pod, type PodDisruptionBudget } from '../objects.ts';
import { matchesLabels } from '../selector.ts';
import type { ClusterView } from './cluster-view.ts';
import { canonicalJson } from './names.ts';

/** Counts the pods of a disruption budget, and says how many may go. */
export async function reconcileDisruptionBudget(view: ClusterView, key: string): Promise<Outcome> {
  const budget = view.budgets.get(key);
  if (budget === undefined) return undefined;
  const pods = view.pods.values().filter((pod) => selects(budget, pod) && isActive(pod));
  const expectedPods = expectedOf(view, budget, pods);
  const disruptedPods = stillEvicted(budget, pods);
  const goes = ({ metadata }: Pod): boolean => view.deleted.has(metadata.uid) || metadata.name in disruptedPods;
  const currentHealthy = pods.filter((pod) => isReady(pod) && !goes(pod)).length;
  const desiredHealthy = desiredOf(budget, expectedPods);
  const disruptionsAllowed = expectedPods > 0 ? Math.max(0, currentHealthy - desiredHealthy) : 0;
  const { generation: observedGeneration = 0 } = budget.metadata;
  const status = {
    observedGeneration,
    expectedPods,
    currentHealthy,
    desiredHealthy,
    disruptionsAllowed,
    disruptedPods,
  };
  const seen = { disruptedPods: {}, ...budget.status };
  if (canonicalJson(status) === canonicalJson(seen)) return undefined;
  const gone = Object.keys(seen.disruptedPods).map((name) => [name, null]);
  const body = { status: { ...status, disruptedPods: { ...Object.fromEntries(gone), ...disruptedPods } } };
  const patch = { type: 'merge', body, subresource: 'status' } as const;
  const written = await view.api.patch(KINDS.podDisruptionBudget, fromKey(key), patch);
  view.budgets.put(written as PodDisruptionBudget);
  return undefined;
}

/** Evicted pods whose deletion is not seen yet. */
function stillEvicted({ status }: PodDisruptionBudget, active: Pod[]): Record<string, string> {
  const names = new Set(active.map(({ metadata }) => metadata.name));
  return Object.fromEntries(Object.entries(status?.disruptedPods ?? {}).filter(([name]) => names.has(name)));
}

export function selects({ metadata, spec }: PodDisruptionBudget, pod: Pod): boolean {
  return (
    metadata.namespace === pod.metadata.namespace &&
    matchesLabels(spec.selector?.matchLabels ?? {}, pod.metadata.labels)
  );
}

/** A number of pods that must stay is one of those there are; anything else is a share of what their controllers want. */
function expectedOf({ replicaSets }: ClusterView, { spec }: PodDisruptionBudget, pods: Pod[]): number {
  if (typeof spec.minAvailable === 'number') return pods.length;
  const owners = new Set(pods.map((pod) => `${pod.metadata.namespace}/${controllerOf(pod)?.name ?? ''}`));
  return [...owners].reduce((sum, owner) => sum + (replicaSets.get(owner)?.spec.replicas ?? 0), 0);
}

function desiredOf({ spec }: PodDisruptionBudget, expected: number): number {
  if (spec.maxUnavailable !== undefined) return Math.max(0, expected - amountOf(spec.maxUnavailable, expected));
  return amountOf(spec.minAvailable ?? 1, expected);
}

const amountOf = (amount: number | string, of: number): number =>
  typeof amount === 'number' ? amount : Math.ceil((Number.parseFloat(amount) / 100) * of);
