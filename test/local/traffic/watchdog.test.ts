import { expect, test } from 'vitest';
import { watchEventLoop } from '../../../src/local/traffic/watchdog.ts';
import { realClock } from '../../../src/runtime/clock.ts';
import { LoadGenerator } from '../../../src/local/traffic/generator.ts';

const block = (ms: number): void => {
  const until = realClock.monotonic() + ms;
  while (realClock.monotonic() < until);
};

test('a loop that turns has no stalls, one that is blocked has', async () => {
  const watchdog = watchEventLoop(realClock, 300);
  await realClock.sleep(250);
  expect(watchdog.stalls()).toEqual([]);
  block(600);
  await realClock.sleep(150);
  watchdog.stop();
  expect(watchdog.stalls()).toHaveLength(1);
  expect(watchdog.stalls()[0]!.ms).toBeGreaterThan(300);
});

test('a load whose generator stalled is inconclusive, and the phase of the stall says so', async () => {
  const target = { url: 'http://127.0.0.1:1/' };
  const generator = new LoadGenerator(realClock, { targets: [target], rate: 5, phase: 'smooth' });
  await realClock.sleep(150);
  generator.phase('stalled');
  block(1_300);
  await realClock.sleep(150);
  const { phases, inconclusive } = await generator.stop();
  expect(inconclusive).toBe(true);
  expect(phases.map(({ stalls }) => stalls.length)).toEqual([0, 1]);
});
