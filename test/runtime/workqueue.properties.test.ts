import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Invalid, Throttled } from '../../src/errors.ts';
import { VirtualClock } from '../../src/runtime/virtual-clock.ts';
import { type Outcome, WorkQueue } from '../../src/runtime/workqueue.ts';

type Queue = { add: (key: string) => void; addAfter: (key: string, ms: number) => void };
type MakeQueue = (clock: VirtualClock, reconcile: (key: string) => Promise<Outcome>) => Queue;
type Step = { do: 'add' | 'addAfter' | 'advance'; key: string; ms: number };
type Run = { key: string; begin: number; end: number };
type Wish = { key: string; made: number; due: number };

const LONGEST_RUN = 40;
const ENDINGS = ['done', 'again', 'error', 'throttle', 'invalid'] as const;

const steps = fc.array(
  fc.record({
    do: fc.constantFrom('add', 'addAfter', 'advance'),
    key: fc.constantFrom('a', 'b', 'c'),
    ms: fc.integer({ min: 0, max: 100 }),
  }) as fc.Arbitrary<Step>,
  { minLength: 5, maxLength: 40 },
);
const passes = fc.array(
  fc.record({ ms: fc.integer({ min: 0, max: LONGEST_RUN }), ending: fc.constantFrom(...ENDINGS) }),
  { minLength: 1, maxLength: 10 },
);

/** What went wrong when the steps are played on the queue: nothing, for a queue that keeps its promises. */
async function play(make: MakeQueue, script: Step[], endings: { ms: number; ending: (typeof ENDINGS)[number] }[]) {
  const clock = new VirtualClock({ turns: 1 });
  const runs: Run[] = [];
  const wishes: Wish[] = [];
  const troubles: string[] = [];
  const running = new Set<string>();
  const queue = make(clock, async (key) => {
    if (running.has(key)) troubles.push(`${key} runs twice at once`);
    running.add(key);
    const run: Run = { key, begin: clock.monotonic(), end: Infinity };
    const pass = endings[runs.push(run) % endings.length] as (typeof endings)[number];
    await clock.sleep(pass.ms);
    running.delete(key);
    run.end = clock.monotonic();
    return end(pass.ending);
  });
  for (const step of script) {
    const made = clock.monotonic();
    if (step.do === 'advance') await clock.advance(step.ms);
    else wishes.push({ key: step.key, made, due: step.do === 'add' ? made : made + step.ms });
    if (step.do === 'add') queue.add(step.key);
    if (step.do === 'addAfter') queue.addAfter(step.key, step.ms);
  }
  await clock.advance(1_000);
  return [...troubles, ...wishes.flatMap((wish) => broken(wish, runs))];
}

function end(ending: (typeof ENDINGS)[number]): Outcome {
  if (ending === 'error') throw new Error('no');
  if (ending === 'throttle') throw new Throttled('slow', { afterMs: 50 });
  if (ending === 'invalid') throw new Invalid('x', 'no');
  return ending === 'again' ? { again: 30 } : undefined;
}

/** A wish holds when some run began after it was made and not later than its time, or than the end of a run in its way. */
function broken(wish: Wish, runs: Run[]): string[] {
  const served = runs.find((run) => run.key === wish.key && run.begin >= wish.made);
  if (served === undefined) return [`${wish.key} asked for at ${wish.made} was lost`];
  if (served.begin > wish.due + LONGEST_RUN) return [`${wish.key} due at ${wish.due} ran at ${served.begin}`];
  return [];
}

const ours: MakeQueue = (clock, reconcile) => new WorkQueue({ clock, concurrency: 3, reconcile });

test('a key never runs twice at once, is never lost, and runs at its earliest time', async () => {
  await fc.assert(
    fc.asyncProperty(steps, passes, async (script, endings) => {
      expect(await play(ours, script, endings)).toEqual([]);
    }),
    { numRuns: 150 },
  );
});

/** Queues with one fault each, and what the property must say about them. */
const FAULTY: Record<string, { make: MakeQueue; says: string }> = {
  'runs a key twice at once': {
    says: 'runs twice at once',
    make: (clock, reconcile) => {
      const add = (key: string): void => void reconcile(key).catch(() => undefined);
      return { add, addAfter: (key, ms) => void clock.after(ms, () => add(key)) };
    },
  },
  'forgets what is added while it runs': {
    says: 'was lost',
    make: (clock, reconcile) => {
      const busy = new Set<string>();
      const add = (key: string): void => {
        if (busy.has(key)) return;
        busy.add(key);
        void reconcile(key)
          .catch(() => undefined)
          .finally(() => busy.delete(key));
      };
      return { add, addAfter: (key, ms) => void clock.after(ms, () => add(key)) };
    },
  },
  'lets the latest time win': {
    says: 'ran at',
    make: (clock, reconcile) => {
      const queue = new WorkQueue({ clock, concurrency: 3, reconcile });
      const timers = new Map<string, { cancel: () => void }>();
      const addAfter = (key: string, ms: number): void => {
        timers.get(key)?.cancel();
        timers.set(
          key,
          clock.after(ms, () => queue.add(key)),
        );
      };
      return { add: (key) => addAfter(key, 0), addAfter };
    },
  },
};

test.each(Object.entries(FAULTY))('the property notices a queue that %s', async (_fault, { make, says }) => {
  const property = fc.asyncProperty(steps, passes, async (script, endings) => {
    const troubles = await play(make, script, endings);
    return !troubles.some((trouble) => trouble.includes(says));
  });
  expect((await fc.check(property, { numRuns: 500, seed: 5 })).failed).toBe(true);
});
