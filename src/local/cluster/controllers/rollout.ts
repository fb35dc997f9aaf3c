import type { Deployment, ReplicaSet } from '../objects.ts';

/** Where one ReplicaSet of a Deployment should go next. */
export type Scale = { set: ReplicaSet; replicas: number };

export const replicasOf = (set: ReplicaSet): number => set.spec.replicas ?? 1;
const availableOf = (set: ReplicaSet): number => set.status?.availableReplicas ?? 0;
const sum = (sets: ReplicaSet[], of: (set: ReplicaSet) => number): number =>
  sets.reduce((total, set) => total + of(set), 0);

/** How far a rolling update may go above and below the wanted number; never 0 and 0, which would stand still. */
export function rollingLimits(deployment: Deployment): { surge: number; unavailable: number } {
  const wanted = deployment.spec.replicas ?? 1;
  const { maxSurge = '25%', maxUnavailable = '25%' } = deployment.spec.strategy?.rollingUpdate ?? {};
  const surge = absolute(maxSurge, wanted, Math.ceil);
  const unavailable = absolute(maxUnavailable, wanted, Math.floor);
  return { surge, unavailable: surge === 0 && unavailable === 0 ? 1 : Math.min(unavailable, wanted) };
}

function absolute(value: number | string, of: number, round: (value: number) => number): number {
  return typeof value === 'number' ? value : round((Number.parseFloat(value) / 100) * of);
}

/** The next scales of a rolling update; empty when only time or other pods can bring it further. */
export function nextScales(deployment: Deployment, current: ReplicaSet, old: ReplicaSet[]): Scale[] {
  const replicas = scaleOfCurrent(deployment, current, old);
  if (replicas !== replicasOf(current)) return [{ set: current, replicas }];
  return scalesOfOld(deployment, current, old);
}

const scaleOfCurrent = (deployment: Deployment, current: ReplicaSet, old: ReplicaSet[]): number =>
  grown(deployment, replicasOf(current), old);

/** How many replicas the ReplicaSet of a new template begins with. */
export const firstReplicas = (deployment: Deployment, old: ReplicaSet[]): number => grown(deployment, 0, old);

function grown(deployment: Deployment, has: number, old: ReplicaSet[]): number {
  const wanted = deployment.spec.replicas ?? 1;
  if (has >= wanted || deployment.spec.strategy?.type === 'Recreate') return wanted;
  const room = wanted + rollingLimits(deployment).surge - has - sum(old, replicasOf);
  return Math.min(wanted, has + Math.max(0, room));
}

function scalesOfOld(deployment: Deployment, current: ReplicaSet, old: ReplicaSet[]): Scale[] {
  const floor = (deployment.spec.replicas ?? 1) - rollingLimits(deployment).unavailable;
  const pendingInCurrent = replicasOf(current) - availableOf(current);
  const total = sum([current, ...old], replicasOf);
  const budget = Math.max(0, total - floor - pendingInCurrent);
  const unhealthy = takeAway(
    old.map((set) => ({ set, has: replicasOf(set), removable: replicasOf(set) - availableOf(set) })),
    budget,
  );
  // Only available ones count for the floor, so the others go first.
  const left = new Map(unhealthy.map(({ set, replicas }) => [set, replicas]));
  const spare = Math.min(budget, sum([current, ...old], availableOf) - floor);
  const rest = old.map((set) => ({ set, has: left.get(set) ?? replicasOf(set) }));
  const healthy = takeAway(
    rest.map(({ set, has }) => ({ set, has, removable: has })),
    Math.max(0, spare),
  );
  return [...new Map([...unhealthy, ...healthy].map((scale) => [scale.set, scale])).values()];
}

type Removable = { set: ReplicaSet; has: number; removable: number };

/** Takes up to `budget` replicas away, the oldest ReplicaSet first. */
function takeAway(sets: Removable[], budget: number): Scale[] {
  const scales: Scale[] = [];
  for (const { set, has, removable } of sets.toSorted((a, b) => byAge(a.set, b.set))) {
    const count = Math.min(budget, Math.max(0, removable));
    budget -= count;
    if (count > 0) scales.push({ set, replicas: has - count });
  }
  return scales;
}

export const byAge = (a: ReplicaSet, b: ReplicaSet): number =>
  (a.metadata.creationTimestamp ?? '').localeCompare(b.metadata.creationTimestamp ?? '') ||
  a.metadata.name.localeCompare(b.metadata.name);
