import { Agent, get, type IncomingMessage, request } from 'node:http';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type App, type Behaviour, behaviourOf } from '../../../../src/local/cluster/kubelet/app.ts';
import { KILLED, runApp } from '../../../../src/local/cluster/kubelet/app-server.ts';
import type { RunningApp } from '../../../../src/local/cluster/kubelet/runtime.ts';
import { freePorts } from '../../../../src/local/free-port.ts';
import { loopbackOf } from '../../../../src/local/loopback.ts';
import type { RequestEntry } from '../../../../src/local/request-log.ts';
import { realClock } from '../../../../src/runtime/clock.ts';
import { until } from '../../../../src/local/until.ts';

const ADDRESS = '10.88.77.66';
const agent = new Agent({ keepAlive: true });
let port: number;
let app: RunningApp | undefined;
let entries: RequestEntry[];

beforeEach(async () => {
  [port] = (await freePorts(1)) as [number];
  entries = [];
});
afterEach(() => app?.signal('SIGKILL'));

async function start(behaviour: Partial<Behaviour> = {}): Promise<void> {
  const identity = { pod: 'one', namespace: 'default', container: 'web', ip: ADDRESS, node: 'a', version: 'v1' };
  const usual: App = {
    id: '1',
    addresses: [ADDRESS],
    ports: [port],
    identity,
    healthPaths: ['/healthz'],
    livePaths: ['/live'],
    behaviour: behaviourOf({}, {}),
  };
  const requests = { note: (entry: RequestEntry) => void entries.push(entry) };
  app = runApp({ ...usual, behaviour: { ...usual.behaviour, ...behaviour } }, realClock, requests);
  await until('listening', () =>
    ask('/healthz').then(
      ({ status }) => status > 0,
      () => false,
    ),
  );
}

const told = (): string[] => entries.map(({ what, id, pod }) => `${what} ${id} ${pod}`);

function ask(
  path: string,
  options: { agent?: Agent } = {},
): Promise<{ status: number; body: Record<string, unknown> }> {
  return new Promise((resolve, reject) => {
    const answer = async (response: IncomingMessage) => {
      const text = await response.setEncoding('utf8').reduce((all: string, chunk: string) => all + chunk, '');
      resolve({ status: response.statusCode ?? 0, body: JSON.parse(text) as Record<string, unknown> });
    };
    const headers = { 'x-test': 'yes' };
    get({ ...loopbackOf(ADDRESS, port), path, headers, ...options }, (response) => void answer(response)).on(
      'error',
      reject,
    );
  });
}

test('an answer says who gave it and what it was asked', async () => {
  await start();
  const { status, body } = await ask('/cart?x=1');
  expect(status).toBe(200);
  expect(body).toMatchObject({
    pod: 'one',
    ip: ADDRESS,
    node: 'a',
    version: 'v1',
    method: 'GET',
    path: '/cart?x=1',
    headers: { 'x-test': 'yes' },
  });
});

test('while it is not ready only its health path says so', async () => {
  await start({ ready: false });
  expect([(await ask('/healthz')).status, (await ask('/')).status]).toEqual([503, 200]);
});

test('on SIGTERM it finishes what it has begun, refuses the rest and exits with its code', async () => {
  await start({ exitCode: 7 });
  const begun = ask('/?delayMs=400');
  await ask('/', { agent });
  app?.signal('SIGTERM');
  await until('refused', () =>
    ask('/').then(
      () => false,
      (error: NodeJS.ErrnoException) => error.code === 'ECONNREFUSED',
    ),
  );
  expect((await begun).status).toBe(200);
  expect(await app?.exited).toBe(7);
});

test('idle connections do not keep it from ending, and busy ones are closed after their answer', async () => {
  await start();
  const own = new Agent({ keepAlive: true });
  await ask('/', { agent: own });
  const busy = ask('/?delayMs=300', { agent: own });
  await ask('/');
  app?.signal('SIGTERM');
  await busy;
  expect(await app?.exited).toBe(0);
});

test('a connection that was in the middle of an answer at SIGTERM is closed after it', async () => {
  await start();
  const own = new Agent({ keepAlive: true });
  const busy = ask('/?streamMs=400&chunkEveryMs=100', { agent: own });
  await realClock.sleep(200);
  app?.signal('SIGTERM');
  expect((await busy).status).toBe(200);
  expect(await app?.exited).toBe(0);
});

test('SIGKILL cuts what is under way', async () => {
  await start();
  const begun = ask('/?delayMs=5000').catch((error: NodeJS.ErrnoException) => error.code);
  await ask('/');
  app?.signal('SIGKILL');
  expect(await begun).toBe('ECONNRESET');
  expect(await app?.exited).toBe(KILLED);
});

test('an app told to ignore SIGTERM goes on', async () => {
  await start({ onSigterm: 'ignore' });
  app?.signal('SIGTERM');
  expect((await ask('/')).status).toBe(200);
});

test('a request may ask for an answer that goes on, in chunks', async () => {
  await start();
  const times: number[] = [];
  const response = await new Promise<IncomingMessage>((resolve) =>
    get({ ...loopbackOf(ADDRESS, port), path: '/?streamMs=300&chunkEveryMs=100' }, resolve),
  );
  response.on('data', () => times.push(performance.now()));
  await new Promise((resolve) => response.once('end', resolve));
  expect(response.headers['x-pod']).toBe('default/one');
  expect(times.length).toBeGreaterThanOrEqual(3);
  expect(times.at(-1)! - times[0]!).toBeGreaterThan(150);
});

test('a request with an id is told of when it begins and when it is done, one without is not', async () => {
  await start();
  const answered = (id: string, path: string): Promise<unknown> =>
    new Promise((resolve) => {
      const asked = get({ ...loopbackOf(ADDRESS, port), path, headers: { 'x-request-id': id } }, (response) =>
        response.resume().on('end', resolve),
      );
      asked.on('error', resolve);
    });
  await answered('a', '/');
  const cut = answered('b', '/?delayMs=5000');
  await until('begun', async () => told().includes('began b default/one'));
  app?.signal('SIGKILL');
  await cut;
  expect(told()).toEqual(['began a default/one', 'finished a default/one', 'began b default/one']);
  expect(entries.every(({ leaving }) => !leaving)).toBe(true);
});

test('a client that goes away in the middle of its body harms nobody', async () => {
  await start();
  const half = request({ ...loopbackOf(ADDRESS, port), method: 'POST', headers: { 'content-length': 100 } });
  half.on('error', () => undefined);
  half.write('half');
  await realClock.sleep(50);
  half.destroy();
  await realClock.sleep(50);
  expect((await ask('/')).status).toBe(200);
});

test('an app told to exit at SIGTERM is gone with all it had begun', async () => {
  await start({ onSigterm: 'exit', exitCode: 3 });
  const begun = ask('/?delayMs=5000').catch((error: NodeJS.ErrnoException) => error.code);
  await ask('/');
  app?.signal('SIGTERM');
  expect([await begun, await app?.exited]).toEqual(['ECONNRESET', 3]);
});

test('an idle connection is closed at SIGTERM, while a busy one is not', async () => {
  await start();
  const idle = new Agent({ keepAlive: true });
  await ask('/', { agent: idle });
  const begun = ask('/?delayMs=400');
  const [socket] = Object.values(idle.freeSockets).flatMap((sockets) => sockets ?? []);
  const closed = new Promise((resolve) => socket?.once('close', () => resolve('idle closed')));
  await ask('/');
  app?.signal('SIGTERM');
  expect(await Promise.race([closed, begun.then(() => 'busy answered')])).toBe('idle closed');
  expect((await begun).status).toBe(200);
});

test('an app that is not alive says so on its liveness path only', async () => {
  await start({ live: false });
  expect([(await ask('/live')).status, (await ask('/healthz')).status, (await ask('/')).status]).toEqual([
    503, 200, 200,
  ]);
});

test('a wedged app takes requests and answers none until it is killed', async () => {
  await start();
  app?.configure({ ...behaviourOf({}, {}), wedged: true });
  const asked = ask('/healthz').catch((error: NodeJS.ErrnoException) => error.code);
  const soon = realClock.sleep(300).then(() => 'silence');
  expect(await Promise.race([asked, soon])).toBe('silence');
  app?.signal('SIGTERM');
  app?.signal('SIGKILL');
  expect([await asked, await app?.exited]).toEqual(['ECONNRESET', KILLED]);
});

test('two apps cannot have one address and port', async () => {
  await start();
  const identity = { pod: 'two', namespace: 'default', container: 'web', ip: ADDRESS, node: 'a', version: '' };
  const second = runApp({
    id: '2',
    addresses: [ADDRESS],
    ports: [port],
    identity,
    healthPaths: [],
    livePaths: [],
    behaviour: behaviourOf({}, {}),
  });
  expect(await second.exited).toBe(1);
});

test('behaviour comes from the environment, and annotations win', () => {
  const behaviour = behaviourOf(
    { RESPONSE_DELAY_MS: '20', READY: 'false', EXIT_CODE: 'many' },
    { 'local.podwire.dev/ready': 'true', 'local.podwire.dev/start-delay-ms': '5' },
  );
  expect(behaviour).toMatchObject({ responseDelayMs: 20, ready: true, exitCode: 0, startDelayMs: 5 });
});
