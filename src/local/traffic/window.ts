/** Between two instants, milliseconds since 1970. */
export type Window = { from: number; to: number };

type Span = { began: number; ended: number };

/** Failures less than this apart belong to one run of them. */
const BURST_MS = 1_000;

export const touches = ({ from, to }: Window, { began, ended }: Span): boolean => began < to && ended >= from;

/** From the first beginning to the last beginning: what comes later is only the wait for the last answers. */
export function whole(spans: readonly Span[]): Window {
  const [from = 0, to = 0] = [least(spans.map(({ began }) => began)), most(spans.map(({ began }) => began))];
  return { from, to: to + 1 };
}

/** Longest time within the window without one of these instants; its edges count as instants. */
export function longestGap({ from, to }: Window, instants: readonly number[]): number {
  const inside = instants.filter((instant) => instant > from && instant < to).toSorted((a, b) => a - b);
  const edges = [from, ...inside, to];
  return edges.reduce((longest, instant, index) => Math.max(longest, instant - (edges[index - 1] ?? instant)), 0);
}

/** Longest run of instants each less than a second after the one before. */
export function longestBurst(instants: readonly number[]): number {
  const sorted = instants.toSorted((a, b) => a - b);
  let [longest, first] = [0, sorted[0] ?? 0];
  for (const [index, instant] of sorted.entries()) {
    if (instant - (sorted[index - 1] ?? instant) >= BURST_MS) first = instant;
    longest = Math.max(longest, instant - first);
  }
  return longest;
}

// Spreading hundreds of thousands of numbers into a call is more than a stack holds.
const least = (values: readonly number[]): number | undefined =>
  values.reduce<number | undefined>((a, b) => (a === undefined || b < a ? b : a), undefined);
const most = (values: readonly number[]): number | undefined =>
  values.reduce<number | undefined>((a, b) => (a === undefined || b > a ? b : a), undefined);
