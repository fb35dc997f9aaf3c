import type { Clock } from './clock.ts';

/** One part to be stopped. `limitMs` is how long the others wait for it. */
export type StopStep = { name: string; limitMs: number; stop: () => Promise<void> | void };

/** What did not stop as it should: it threw, or its time was over. */
export type StopTrouble = { name: string; reason: string };

/**
 * Stops the parts one after the other, in the order given: watches, then queues, then what the queues write through.
 * Never throws, and takes at most the sum of the limits: a part that hangs or fails is named, and the next one is stopped.
 */
export async function stopInOrder(clock: Clock, steps: readonly StopStep[]): Promise<StopTrouble[]> {
  const troubles: StopTrouble[] = [];
  for (const step of steps) {
    const reason = await stopOne(clock, step);
    if (reason !== undefined) troubles.push({ name: step.name, reason });
  }
  return troubles;
}

async function stopOne(clock: Clock, step: StopStep): Promise<string | undefined> {
  const ended = new AbortController();
  const stopped = Promise.resolve()
    .then(() => step.stop())
    .then(() => undefined, reasonOf);
  const late = clock.sleep(step.limitMs, ended.signal).then(() => `did not stop within ${step.limitMs} ms`);
  try {
    return await Promise.race([stopped, late]);
  } finally {
    ended.abort();
  }
}

const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
