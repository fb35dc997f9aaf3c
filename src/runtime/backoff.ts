import type { Clock } from './clock.ts';

export type Backoff = { firstMs: number; ceilingMs: number };

/** Milliseconds before the next try after `failures` failures in a row (1 or more): doubles up to the ceiling, with up to half taken off at random. */
export function backoffMs(backoff: Backoff, failures: number, clock: Pick<Clock, 'random'>): number {
  const full = Math.min(backoff.ceilingMs, backoff.firstMs * 2 ** Math.min(failures - 1, 30));
  return full * (1 - clock.random() / 2);
}
