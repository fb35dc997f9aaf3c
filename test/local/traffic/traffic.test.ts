import * as http from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import { startLoad } from '../../../src/local/traffic/traffic.ts';
import { realClock } from '../../../src/runtime/clock.ts';

test('the load generator runs as a process of its own, and losses come back with its report', async () => {
  let up = true;
  const server = http.createServer((_, response) => void (up ? response.end() : response.socket?.resetAndDestroy()));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const load = await startLoad({ targets: [{ url: `http://127.0.0.1:${port}/` }], rate: 50, phase: 'up' });
  await realClock.sleep(300);
  await load.phase('down');
  await realClock.sleep(1_000); // what began before is answered by then
  up = false;
  await realClock.sleep(500);
  const { phases } = await load.stop();
  expect(phases.map(({ name }) => name)).toEqual(['up', 'down']);
  expect(phases[0]!.requests).toBeGreaterThan(0);
  expect(phases[0]!.failed).toBe(0);
  expect(phases[1]!.failures.reset?.count).toBeGreaterThan(0);
  server.close();
});
