/** When a target became healthy, and how long it takes until it gets as much as the others. Monotonic milliseconds. */
export type SlowStart = { from: number; ms: number };

/** The part of an equal share that a target gets: grows evenly from 0 to 1 while it is in slow start. */
export function shareOf(start: SlowStart | undefined, now: number): number {
  if (!start || start.ms <= 0) return 1;
  return Math.min(1, Math.max(0, (now - start.from) / start.ms));
}

type Starting = { slowStart: SlowStart | undefined };

/** The target whose turn it is, or, by chance, the next one that is not in slow start. */
export function steered<T extends Starting>(
  targets: readonly T[],
  turn: { index: number; now: number; chance: number },
): T | undefined {
  const { index, now, chance } = turn;
  const due = targets[index];
  if (!due || chance < shareOf(due.slowStart, now)) return due;
  const following = [...targets.slice(index + 1), ...targets.slice(0, index)];
  return following.find((target) => shareOf(target.slowStart, now) >= 1) ?? due;
}

/** Whether a target that becomes healthy beside these starts slowly: not without one that has its full share. */
export const startsSlowly = (others: readonly (Starting & { standing: string })[], now: number): boolean =>
  others.some(({ standing, slowStart }) => standing === 'healthy' && shareOf(slowStart, now) >= 1);
