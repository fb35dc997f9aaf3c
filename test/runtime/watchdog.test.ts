import { expect, test } from 'vitest';
import { stallLine, stallsIn, watchEventLoop } from '../../src/runtime/watchdog.ts';
import { realClock } from '../../src/runtime/clock.ts';

const block = (ms: number): void => {
  const until = realClock.monotonic() + ms;
  while (realClock.monotonic() < until);
};

test('a loop that turns has no stalls, one that is blocked has', async () => {
  const told: string[] = [];
  const watchdog = watchEventLoop(realClock, { thresholdMs: 300, tell: (stall) => told.push(stallLine(stall)) });
  await realClock.sleep(250);
  expect(watchdog.stalls()).toEqual([]);
  block(600);
  await realClock.sleep(150);
  watchdog.stop();
  expect(watchdog.stalls()).toHaveLength(1);
  expect(watchdog.stalls()[0]!.ms).toBeGreaterThan(300);
  expect(stallsIn(`before\n${told.join('\n')}\nafter`)).toEqual(watchdog.stalls());
});
