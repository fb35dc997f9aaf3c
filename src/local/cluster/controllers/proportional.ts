import type { Deployment, ReplicaSet } from '../objects.ts';
import { byAge, replicasOf, rollingLimits, type Scale } from './rollout.ts';

export const DESIRED = 'deployment.kubernetes.io/desired-replicas';
export const MOST = 'deployment.kubernetes.io/max-replicas';

const numberIn = (set: ReplicaSet, annotation: string): number =>
  Number(set.metadata.annotations?.[annotation] ?? Number.NaN);

/**
 * In the middle of a rollout a new number is shared out among old and new in the proportion they have, so that it does not go
 * to a template nobody has seen work yet. Empty when the number is not new, or only one ReplicaSet has pods.
 */
export function proportionalScales(deployment: Deployment, sets: ReplicaSet[]): Scale[] {
  const wanted = deployment.spec.replicas ?? 1;
  const active = sets.filter((set) => replicasOf(set) > 0);
  if (active.length < 2 || active.every((set) => numberIn(set, DESIRED) === wanted)) return [];
  const most = wanted > 0 ? wanted + rollingLimits(deployment).surge : 0;
  const toAdd = most - active.reduce((sum, set) => sum + replicasOf(set), 0);
  return shared(active.toSorted(largestFirst(toAdd)), toAdd, most);
}

function shared(sets: ReplicaSet[], toAdd: number, most: number): Scale[] {
  let left = toAdd;
  const scales = sets.map((set) => {
    const has = replicasOf(set);
    const share = Math.round((has * most) / (numberIn(set, MOST) || most)) - has;
    const added = toAdd > 0 ? Math.max(0, Math.min(share, left)) : Math.min(0, Math.max(share, left));
    left -= added;
    return { set, replicas: has + added };
  });
  // What rounding leaves over goes to the largest.
  const [first, ...rest] = scales as [Scale, ...Scale[]];
  return [{ set: first.set, replicas: Math.max(0, first.replicas + left) }, ...rest];
}

/** Of equal ones the newest grows first, and the oldest shrinks first. */
const largestFirst =
  (toAdd: number) =>
  (a: ReplicaSet, b: ReplicaSet): number =>
    replicasOf(b) - replicasOf(a) || (toAdd > 0 ? byAge(b, a) : byAge(a, b));
