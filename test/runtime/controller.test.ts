import { expect, test } from 'vitest';
import { startController } from '../../src/runtime/controller.ts';
import { VirtualClock } from '../../src/runtime/virtual-clock.ts';
import type { Failure } from '../../src/runtime/workqueue.ts';

test('a pass over its time sees its signal abort, is reported at once and tried again', async () => {
  const clock = new VirtualClock();
  const failures: Failure[] = [];
  const begun: number[] = [];
  const controller = startController({
    name: 'load-balancers',
    clock,
    concurrency: 1,
    limitMs: 1_000,
    reconcile: async (_key, signal) => {
      begun.push(clock.monotonic());
      await clock.sleep(begun.length === 1 ? 600_000 : 0, signal);
      signal.throwIfAborted();
    },
    onError: (failure) => failures.push(failure),
  });
  controller.add('group/shop');
  await clock.advance(1_000);
  expect(failures.map((failure) => (failure.error as Error).message)[0]).toBe(
    'load-balancers group/shop: the pass takes longer than 1 s',
  );
  await clock.advance(60_000);
  expect(begun).toHaveLength(2);
});

test('a pass that does not listen keeps its key, so that it never runs twice at once', async () => {
  const clock = new VirtualClock();
  let running = 0;
  let most = 0;
  const controller = startController({
    name: 'targets',
    clock,
    concurrency: 4,
    limitMs: 10,
    reconcile: async () => {
      most = Math.max(most, ++running);
      await clock.sleep(5_000);
      running--;
    },
  });
  controller.add('a');
  await clock.advance(100);
  controller.add('a');
  await clock.advance(60_000);
  expect(most).toBe(1);
  expect(clock.pending).toBe(0);
});
