import { expect, test } from 'vitest';
import { stopInOrder } from '../../src/runtime/shutdown.ts';
import { VirtualClock } from '../../src/runtime/virtual-clock.ts';

test('parts stop one after the other; one that hangs or throws is named and does not hold up the rest', async () => {
  const clock = new VirtualClock();
  const stopped: string[] = [];
  const part = (name: string, ms: number) => ({
    name,
    limitMs: 1_000,
    stop: async () => {
      await clock.sleep(ms);
      stopped.push(`${name}@${clock.monotonic()}`);
    },
  });
  const throwing = {
    name: 'events',
    limitMs: 1_000,
    stop: () => {
      throw new Error('already closed');
    },
  };
  const troubles = stopInOrder(clock, [part('watches', 10), part('queue', 60_000), throwing, part('transport', 5)]);
  await clock.advance(2_000);
  expect(await troubles).toEqual([
    { name: 'queue', reason: 'did not stop within 1000 ms' },
    { name: 'events', reason: 'already closed' },
  ]);
  expect(stopped).toEqual(['watches@10', 'transport@1015']);
});
