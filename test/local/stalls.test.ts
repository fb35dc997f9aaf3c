import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { startProcess } from '../../src/local/process.ts';
import { pauseLine, stallsSince } from '../../src/local/stalls.ts';
import { LoadGenerator } from '../../src/local/traffic/generator.ts';
import { startLoad } from '../../src/local/traffic/traffic.ts';
import { realClock } from '../../src/runtime/clock.ts';
import { stallLine } from '../../src/runtime/watchdog.ts';
import { until } from '../../src/local/until.ts';

const block = (ms: number): void => {
  const until = realClock.monotonic() + ms;
  while (realClock.monotonic() < until);
};

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

test('a measurement beside a process that stood still is inconclusive and names it; the next one is not', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'podwire-stalls-'));
  const beside = await startProcess('aws', { instances: [] }, join(dir, 'aws.log'));
  const began = realClock.now();
  const load = { targets: [{ url: 'http://127.0.0.1:1/' }], rate: 5 };
  const spoilt = await startLoad(load, dir);
  beside.kill('SIGSTOP');
  await realClock.sleep(1_500);
  beside.kill('SIGCONT');
  await until('the stall is told', async () => (await stallsSince(dir, began)).length > 0);
  const report = await spoilt.stop();
  expect(report.inconclusive).toBe(true);
  expect(report.stalled.map(({ process }) => process)).toContain('aws');
  expect((await stallsSince(dir, realClock.now())).length).toBe(0);
  await beside.stop();
  await rm(dir, { recursive: true });
});

test('a process that is made to stand still spoils nothing, and its other stalls do', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'podwire-stalls-'));
  const at = Date.parse('2026-01-01T00:00:00.000Z');
  const stall = (sinceMs: number) => ({ time: new Date(at + sinceMs).toISOString(), ms: 15_000 });
  const log = [pauseLine(at), stallLine(stall(80)), stallLine(stall(60_000))].join('\n');
  await writeFile(join(dir, 'operator-0.log'), log);
  expect(await stallsSince(dir, at)).toEqual([{ ...stall(60_000), process: 'operator-0' }]);
  await rm(dir, { recursive: true });
});
