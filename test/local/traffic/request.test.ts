import * as http from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { type Sending, sendRequest } from '../../../src/local/traffic/request.ts';
import { until } from '../../../src/local/until.ts';
import type { Clock } from '../../../src/runtime/clock.ts';
import { VirtualClock } from '../../../src/runtime/virtual-clock.ts';

let server: http.Server;
afterEach(() => {
  server.closeAllConnections();
  server.close();
});

const PATIENCE_MS = 1_000;

/** A request whose answer comes in pieces of the test's making, on a clock of the test's; `timers` counts what it has begun. */
async function ask(timeoutOf: 'request' | 'silence') {
  const opened = Promise.withResolvers<http.ServerResponse>();
  server = http.createServer((_, response) => opened.resolve(response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const virtual = new VirtualClock();
  let timers = 0;
  const clock: Clock = {
    now: () => virtual.now(),
    monotonic: () => virtual.monotonic(),
    sleep: (ms, signal) => virtual.sleep(ms, signal),
    random: () => virtual.random(),
    after: (ms, run) => {
      timers++;
      return virtual.after(ms, run);
    },
  };
  const sending: Sending = {
    clock,
    timeoutMs: PATIENCE_MS,
    timeoutOf,
    ca: undefined,
    sign: { field: 'pod' },
    agents: false,
  };
  const { port } = server.address() as AddressInfo;
  const outcome = sendRequest({ url: `http://127.0.0.1:${port}/` }, sending);
  const response = await opened.promise;
  const seen = (count: number) => until('a sign of life', async () => timers >= count);
  return { outcome, response, seen, pass: (ms: number) => virtual.advance(ms) };
}

test('a client that waits for signs of life waits as long as they come', async () => {
  const { outcome, response, seen, pass } = await ask('silence');
  await pass(800);
  response.writeHead(200).flushHeaders();
  await seen(2);
  for (const count of [3, 4]) {
    await pass(800);
    response.write('.');
    await seen(count);
  }
  response.end();
  expect((await outcome).failure).toBe(undefined);
});

test('and gives up when none comes', async () => {
  const { outcome, response, seen, pass } = await ask('silence');
  response.writeHead(200).flushHeaders();
  await seen(2);
  await pass(PATIENCE_MS);
  expect((await outcome).failure).toMatchObject({ kind: 'timeout', example: { error: 'nothing came for 1000 ms' } });
});

test('one that waits for the whole gives up although something comes', async () => {
  const { outcome, response, pass } = await ask('request');
  response.write('.');
  await pass(PATIENCE_MS);
  expect((await outcome).failure).toMatchObject({ kind: 'timeout', example: { error: 'no answer within 1000 ms' } });
});
