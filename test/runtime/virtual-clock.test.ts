import { expect, test } from 'vitest';
import { VirtualClock } from '../../src/runtime/virtual-clock.ts';

test('timers run in the order of their time, then of their making', async () => {
  const clock = new VirtualClock();
  const seen: string[] = [];
  clock.after(20, () => seen.push('late'));
  clock.after(10, () => seen.push('first'));
  clock.after(10, () => seen.push('second'));
  await clock.advance(15);
  expect(seen).toEqual(['first', 'second']);
  expect(clock.monotonic()).toBe(15);
  await clock.advance(5);
  expect(seen).toEqual(['first', 'second', 'late']);
});

test('a timer made by a promise that a timer set off still runs in the same advance, at its own time', async () => {
  const clock = new VirtualClock();
  const seen: number[] = [];
  const chain = async (): Promise<void> => {
    for (let step = 0; step < 5; step++) {
      await clock.sleep(100);
      for (let hop = 0; hop < 50; hop++) await Promise.resolve();
      seen.push(clock.monotonic());
    }
  };
  const done = chain();
  await clock.advance(450);
  expect(seen).toEqual([100, 200, 300, 400]);
  await clock.advance(50);
  await done;
  expect(seen).toHaveLength(5);
});

test('an aborted sleep ends at once and leaves no timer', async () => {
  const clock = new VirtualClock();
  const abort = new AbortController();
  const slept = clock.sleep(1_000, abort.signal);
  abort.abort();
  await slept;
  expect(clock.pending).toBe(0);
  expect(clock.monotonic()).toBe(0);
  await clock.sleep(1_000, abort.signal);
});

test('a cancelled timer never runs', async () => {
  const clock = new VirtualClock();
  let ran = false;
  clock.after(10, () => (ran = true)).cancel();
  await clock.advance(100);
  expect(ran).toBe(false);
});

test('runUntil stops at the moment the predicate holds, and throws past its limit', async () => {
  const clock = new VirtualClock();
  let ready = false;
  clock.after(3_600_000, () => (ready = true));
  expect(await clock.runUntil(() => ready, 86_400_000)).toBe(3_600_000);
  await expect(clock.runUntil(() => false, 10)).rejects.toThrow('within 10 ms of virtual time');
});

test('the wall clock starts where it is told and the same seed gives the same numbers', async () => {
  const one = new VirtualClock({ start: 1_000, seed: 7 });
  const two = new VirtualClock({ start: 1_000, seed: 7 });
  await one.advance(5);
  expect(one.now()).toBe(1_005);
  const numbers = [one.random(), one.random(), one.random()];
  expect(numbers).toEqual([two.random(), two.random(), two.random()]);
  expect(new Set(numbers).size).toBe(3);
  expect(numbers.every((n) => n >= 0 && n < 1)).toBe(true);
});

test('two movers at once are refused', async () => {
  const clock = new VirtualClock();
  const first = clock.advance(10);
  await expect(clock.advance(10)).rejects.toThrow('already being moved');
  await first;
});
