import { expect, test } from 'vitest';
import { Invalid, Retry, Throttled } from '../../src/errors.ts';
import { VirtualClock } from '../../src/runtime/virtual-clock.ts';
import { type Failure, type Outcome, PRIORITY, WorkQueue, type WorkQueueOptions } from '../../src/runtime/workqueue.ts';
import { QueueStats } from './queue-stats.ts';

type Script = (key: string, run: number) => Promise<Outcome> | Outcome;

/** A queue whose runs are noted as `key@time`. */
function queueOf(script: Script = () => undefined, options: Partial<WorkQueueOptions> = {}) {
  const clock = new VirtualClock();
  const runs: string[] = [];
  const failures: Failure[] = [];
  const stats = new QueueStats();
  const queue = new WorkQueue({
    clock,
    concurrency: 1,
    reconcile: async (key) => {
      runs.push(`${key}@${clock.monotonic()}`);
      return script(key, runs.length);
    },
    onError: (failure) => failures.push(failure),
    watch: stats,
    ...options,
  });
  return { clock, queue, runs, failures, stats };
}

test('a key added several times before it starts runs once', async () => {
  const { clock, queue, runs } = queueOf();
  for (let i = 0; i < 5; i++) queue.add('a');
  await clock.advance(1_000);
  expect(runs).toEqual(['a@0']);
  expect(queue).toMatchObject({ depth: 0, delayed: 0, running: 0 });
});

test('a key added while it runs runs once more, after the first run has ended', async () => {
  const { clock, queue, runs } = queueOf(() => clock.sleep(100), { concurrency: 4 });
  queue.add('a');
  await clock.advance(50);
  queue.add('a');
  queue.add('a');
  await clock.advance(1_000);
  expect(runs).toEqual(['a@0', 'a@100']);
});

test('of two times the earlier wins, and a live change wins over both', async () => {
  const { clock, queue, runs } = queueOf();
  queue.addAfter('a', 500);
  queue.addAfter('a', 200);
  queue.addAfter('a', 900);
  await clock.advance(2_000);
  queue.addAfter('b', 500);
  queue.add('b');
  await clock.advance(2_000);
  expect(runs).toEqual(['a@200', 'b@2000']);
});

test('{again} runs the key again after that time, unless a change comes before', async () => {
  const { clock, queue, runs } = queueOf((_key, run) => (run < 3 ? { again: 5_000 } : undefined));
  queue.add('a');
  await clock.advance(5_000);
  queue.add('a');
  await clock.advance(60_000);
  expect(runs).toEqual(['a@0', 'a@5000', 'a@5000']);
});

test('failures back off to a ceiling of 60 s, and success forgets them', async () => {
  let broken = true;
  const { clock, queue, failures } = queueOf(() => {
    if (broken) throw new Error('no');
  });
  queue.add('a');
  await clock.advance(1_800_000);
  const delays = failures.map((failure) => failure.retryInMs ?? -1);
  expect(Math.max(...delays)).toBeLessThanOrEqual(60_000);
  expect(delays.at(-1)).toBeGreaterThanOrEqual(30_000);
  for (const [n, delay] of delays.entries()) expect(delay).toBeGreaterThanOrEqual(Math.min(60_000, 250 * 2 ** n) / 2);
  broken = false;
  await clock.advance(60_000);
  broken = true;
  queue.add('a');
  await clock.settle();
  expect(failures.at(-1)?.failures).toBe(1);
});

test('a throttle waits as long as it was told and does not count as a failure', async () => {
  const { clock, queue, runs, failures, stats } = queueOf((_key, run) => {
    if (run <= 5) throw new Throttled('slow down', { afterMs: 3_000 });
    if (run === 6) throw new Error('no');
  });
  queue.add('a');
  await clock.advance(15_000);
  expect(runs).toEqual(['a@0', 'a@3000', 'a@6000', 'a@9000', 'a@12000', 'a@15000']);
  expect(failures.map((failure) => failure.failures)).toEqual([0, 0, 0, 0, 0, 1]);
  expect(stats).toMatchObject({ throttles: 5, failures: 1, retries: 1 });
});

test('a Retry that names its time is tried again then', async () => {
  const { clock, queue, runs } = queueOf((_key, run) => {
    if (run === 1) throw new Retry('not yet', { afterMs: 7_000 });
  });
  queue.add('a');
  await clock.advance(60_000);
  expect(runs).toEqual(['a@0', 'a@7000']);
});

test('a Retry that names its time again and again is tried ever more seldom', async () => {
  const { clock, queue, runs } = queueOf(() => {
    throw new Retry('not yet', { afterMs: 3_000 });
  });
  queue.add('a');
  await clock.advance(3_600_000);
  expect(runs.slice(0, 3)).toEqual(['a@0', 'a@3000', 'a@6000']);
  expect(runs.length).toBeLessThan(150);
});

test('a Retry that somebody may wait for is tried again within its time, however often it failed', async () => {
  const { clock, queue, runs } = queueOf(() => {
    throw new Retry('not yet', { withinMs: 5_000 });
  });
  queue.add('a');
  await clock.advance(600_000);
  const times = runs.map((run) => Number(run.split('@')[1]));
  const gaps = times.slice(1).map((time, index) => time - (times[index] as number));
  expect(Math.max(...gaps)).toBeLessThanOrEqual(5_000);
  expect(runs.length).toBeLessThan(250);
});

test('what is Invalid is not tried again before the key is added again', async () => {
  const { clock, queue, runs, failures } = queueOf((_key, run) => {
    if (run === 1) throw new Invalid('spec.x', 'wanted 1, got 2');
  });
  queue.add('a');
  await clock.advance(3_600_000);
  expect(runs).toEqual(['a@0']);
  expect(failures[0]).toMatchObject({ key: 'a' });
  expect(failures[0]).not.toHaveProperty('retryInMs');
  queue.add('a');
  await clock.advance(1);
  expect(runs).toHaveLength(2);
});

test('a broken key never stops another one, and neither does a report that throws', async () => {
  const { clock, queue, runs } = queueOf(
    (key) => {
      if (key === 'bad') throw new Error('no');
    },
    {
      onError: () => {
        throw new Error('the report is broken too');
      },
    },
  );
  queue.add('bad');
  queue.add('good');
  await clock.advance(100);
  expect(runs).toEqual(['bad@0', 'good@0']);
});

test('live changes overtake the first list, also for a key that is already waiting', async () => {
  const { clock, queue, runs } = queueOf(() => undefined, { startPaused: true });
  for (const key of ['a', 'b', 'c', 'd']) queue.add(key, PRIORITY.list);
  queue.add('c');
  queue.add('new');
  await clock.advance(10);
  expect(runs).toEqual([]);
  queue.start();
  await clock.advance(10);
  expect(runs.map((run) => run.split('@')[0])).toEqual(['c', 'new', 'a', 'b', 'd']);
});

test('as many keys run at once as there are lanes', async () => {
  const { clock, queue, runs, stats } = queueOf(() => clock.sleep(100), { concurrency: 2 });
  for (const key of ['a', 'b', 'c', 'd']) queue.add(key);
  await clock.advance(50);
  expect(queue).toMatchObject({ running: 2, depth: 2 });
  await clock.advance(1_000);
  expect(runs).toEqual(['a@0', 'b@0', 'c@100', 'd@100']);
  expect(stats.wait).toEqual({ count: 4, sumMs: 200, maxMs: 100 });
  expect(stats.run).toEqual({ count: 4, sumMs: 400, maxMs: 100 });
});

test('stop waits for what runs and starts nothing more', async () => {
  const { clock, queue, runs } = queueOf(() => clock.sleep(100));
  queue.add('a');
  queue.add('b');
  queue.addAfter('c', 10);
  await clock.advance(1);
  let stopped = false;
  const stopping = queue.stop().then(() => {
    stopped = true;
  });
  queue.add('d');
  await clock.advance(50);
  expect(stopped).toBe(false);
  await clock.advance(50);
  await stopping;
  await clock.advance(1_000);
  expect(runs).toEqual(['a@0']);
  expect(clock.pending).toBe(0);
});
