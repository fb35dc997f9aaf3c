import type { Pod, TargetGroupStatus } from '../cluster/objects.ts';
import { claimOf, type GroupMemory, type StartTime } from './target-memory.ts';

/** How many pods the start times are taken from. */
const KEPT = 20;

/**
 * What one pod's start took, in seconds; `registerToHealthy` from the acknowledgement of its registration at `registeredAt`
 * (monotonic milliseconds) to the first healthy look.
 */
type Start = StartTime & { registerToHealthy?: number; registeredAt?: number };

/** Notes the start of a pod whose target was confirmed. `waitedSince`: when its ready containers were seen, monotonic milliseconds. */
export function noteStart(memory: GroupMemory, pod: Pod, waitedSince: number): Start | undefined {
  const target = [...memory.registered.values()].find(({ uid }) => uid === pod.uid);
  const claim = target && claimOf(target);
  if (claim?.healthySince === undefined || pod.containersReadyAt === undefined) return undefined;
  const ready = (Date.parse(pod.containersReadyAt) - Date.parse(pod.created)) / 1_000;
  const start = { ready: Math.max(0, ready), healthy: Math.max(0, (claim.healthySince - waitedSince) / 1_000) };
  memory.starts = [...memory.starts, start].slice(-KEPT);
  const { at } = claim;
  if (at === undefined) return start;
  return { ...start, registerToHealthy: (claim.healthySince - at) / 1_000, registeredAt: at };
}

/** p95 of the last starts in whole seconds, or what was recorded where none was seen. */
export function startSeconds(
  { starts }: Pick<GroupMemory, 'starts'>,
  recorded: TargetGroupStatus['startSeconds'],
): TargetGroupStatus['startSeconds'] {
  if (starts.length === 0) return recorded;
  return { ready: p95(starts.map(({ ready }) => ready)), healthy: p95(starts.map(({ healthy }) => healthy)) };
}

/** Nearest rank, rounded up. */
function p95(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return Math.ceil(sorted[Math.ceil(0.95 * sorted.length) - 1] ?? 0);
}
