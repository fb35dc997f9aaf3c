import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { behaviourOf } from '../../../src/local/cluster/kubelet/app.ts';
import { runApp } from '../../../src/local/cluster/kubelet/app-server.ts';
import type { RunningApp } from '../../../src/local/cluster/kubelet/runtime.ts';
import { freePorts } from '../../../src/local/free-port.ts';
import { loopbackOf } from '../../../src/local/loopback.ts';
import { appendRequests, requestLogIn } from '../../../src/local/request-log.ts';
import { accountOf } from '../../../src/local/traffic/account.ts';
import { startRecordedLoad } from '../../../src/local/traffic/recorded-load.ts';
import { realClock } from '../../../src/runtime/clock.ts';

const apps: RunningApp[] = [];
afterEach(() => {
  for (const app of apps.splice(0)) app.signal('SIGKILL');
});

async function serve(pod: string, dir: string): Promise<{ host: string; port: number }> {
  const [port] = (await freePorts(1)) as [number];
  const identity = { pod, namespace: 'shop', container: 'web', ip: '10.88.78.1', node: 'a', version: '' };
  const app = { id: pod, addresses: ['10.88.78.1'], ports: [port], identity, healthPaths: [], livePaths: [] };
  apps.push(runApp({ ...app, behaviour: behaviourOf({}, {}) }, realClock, appendRequests(requestLogIn(dir))));
  await realClock.sleep(100);
  return loopbackOf('10.88.78.1', port);
}

const folder = (): Promise<string> => mkdtemp(join(tmpdir(), 'podwire-load-'));

test('every request of the mix is answered, and the pods know of all of them', async () => {
  const dir = await folder();
  const connect = await serve('web-1', dir);
  const targets = [{ url: 'http://shop.localhost/', connect, expectBackend: 'shop/web-' }];
  const load = await startRecordedLoad({ name: 'calm', targets, rate: 100, factor: 60 }, dir);
  await realClock.sleep(1_500);
  const { inconclusive, ...record } = await load.stop();
  const account = accountOf(record);
  expect(account).toMatchObject({ failed: 0, failures: {}, executedTwice: 0, wrongService: 0, unlogged: 0 });
  expect(account.requests).toBeGreaterThan(100);
  expect(new Set(record.requests.map(({ shape }) => shape))).toEqual(new Set(['short', 'post', 'long', 'stream']));
  expect(new Set(record.requests.map(({ id }) => id)).size).toBe(record.requests.length);
  expect(record.requests.every(({ pod }) => pod === 'shop/web-1')).toBe(true);
  expect(inconclusive).toBe(false);
});

test('a pod that dies cuts what it had begun, and one of another Service is found out', async () => {
  const dir = await folder();
  const targets = [
    { url: 'http://shop.localhost/', name: 'dying', connect: await serve('web-1', dir), expectBackend: 'shop/web-' },
    { url: 'http://shop.localhost/', name: 'other', connect: await serve('cart-1', dir), expectBackend: 'shop/web-' },
  ];
  const load = await startRecordedLoad({ name: 'rough', targets, rate: 200, factor: 60 }, dir);
  await realClock.sleep(1_000);
  apps[0]?.signal('SIGKILL');
  await realClock.sleep(500);
  const { requests, executions } = await load.stop();
  const of = (name: string) => requests.filter(({ target }) => target === name);
  const dying = accountOf({ requests: of('dying'), executions });
  expect(dying.failures['refused']).toBeGreaterThan(10);
  expect(dying.failures['cut']).toBeGreaterThan(0);
  expect(dying.begunButFailed).toBeGreaterThan(0);
  expect(dying.longestErrorWindowMs).toBeGreaterThan(200);
  const other = accountOf({ requests: of('other'), executions });
  expect(other.wrongService).toBe(other.requests);
});
