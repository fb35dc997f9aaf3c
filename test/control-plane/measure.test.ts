import { appendFile, mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { stallLine } from '../../src/runtime/watchdog.ts';
import { realClock } from '../../src/runtime/clock.ts';
import { measure, type Measured } from './measure.ts';

const server = createServer((_, response) => response.end('{}'));
let dir: string;
beforeAll(() => new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve)));
afterAll(() => void server.close());
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'podwire-measure-'));
  return () => rm(dir, { recursive: true });
});

/** Measures while another process tells of a stall, as often as is said. */
function measureBeside(stalls: number): Promise<Measured> {
  let left = stalls;
  const during = async (): Promise<void> => {
    await realClock.sleep(200);
    const line = stallLine({ time: new Date(realClock.now() - 1_500).toISOString(), ms: 1_500 });
    if (left-- > 0) await appendFile(join(dir, 'aws.log'), `${line}\n`);
  };
  const targets = [{ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/` }];
  return measure({ aws: { authority: '' }, dir }, { name: 'beside a stall', targets, during });
}

test('what was measured beside a stall is measured once more', async () => {
  expect((await measureBeside(1)).lost).toEqual([]);
});

test('after two stalls the measurement is inconclusive, which is a failure', async () => {
  await expect(measureBeside(2)).rejects.toThrow('inconclusive');
});
