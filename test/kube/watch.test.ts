import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Change } from '../../src/kube/api.ts';
import { WatchFreshness } from '../../src/kube/freshness.ts';
import { kubeClient } from '../../src/kube/client.ts';
import { RESOURCES } from '../../src/kube/resources.ts';
import { Transport } from '../../src/kube/transport.ts';
import type { WatchTrouble } from '../../src/kube/watch.ts';
import { type Clock, realClock } from '../../src/runtime/clock.ts';
import { VirtualClock } from '../../src/runtime/virtual-clock.ts';
import { FakeApiServer, frame, json, status } from './fake-api-server.ts';

let server: FakeApiServer;
const abort: AbortController[] = [];
const transports: Transport[] = [];

beforeEach(async () => {
  server = await FakeApiServer.start();
});
afterEach(async () => {
  for (const one of abort.splice(0)) one.abort();
  for (const one of transports.splice(0)) one.close();
  await server.close();
});

/** Pauses between tries pass a hundred times faster; time limits of calls stay what the test sets. */
const hasty: Clock = { ...realClock, sleep: (ms, signal) => realClock.sleep(ms / 100, signal) };

/** What a follower of the watch believes the cluster holds, and what it was told. */
function follow(options: { silenceMs?: number; resource?: (typeof RESOURCES)[keyof typeof RESOURCES] } = {}) {
  const access = { server: server.url, tls: {}, headers: async () => ({}) };
  const transport = new Transport(access, {
    clock: realClock,
    limitMs: 5_000,
    silenceMs: options.silenceMs ?? 150_000,
  });
  transports.push(transport);
  const stop = new AbortController();
  abort.push(stop);
  const seen = {
    names: [] as string[],
    replaced: 0,
    ended: false,
    troubles: [] as WatchTrouble[],
    notes: [] as unknown[],
  };
  const held = new Set<string>();
  const api = kubeClient({ transport, clock: hasty, onTrouble: (trouble) => seen.troubles.push(trouble) });
  const take = (change: Change): void => {
    if (change.kind === 'replace') {
      seen.replaced++;
      held.clear();
      for (const { metadata } of change.objects) held.add(metadata.name);
    } else if (change.kind === 'put') {
      held.add(change.object.metadata.name);
      seen.notes.push((change.object.metadata as { note?: string }).note);
    } else held.delete(change.object.metadata.name);
    seen.names = [...held].toSorted();
  };
  const run = async (): Promise<void> => {
    for await (const change of api.watch(options.resource ?? RESOURCES.targetGroup, { signal: stop.signal }))
      take(change);
    seen.ended = true;
  };
  void run();
  return { seen, stop, transport };
}

const until = (check: () => void): Promise<void> => vi.waitFor(check, { timeout: 8_000, interval: 5 });
const holds = (seen: { names: string[] }, ...names: string[]): Promise<void> =>
  until(() => expect(seen.names).toEqual(names));
const troubleOf = ({ troubles }: { troubles: WatchTrouble[] }): string =>
  String((troubles.at(-1)?.error as Error)?.message);

test.each([true, false])('lists and then follows; the server streams lists: %s', async (streams) => {
  server.streamsLists = streams;
  server.put('a');
  const { seen, stop } = follow();
  await holds(seen, 'a');
  server.put('b');
  server.remove('a');
  await holds(seen, 'b');
  expect(seen.replaced).toBe(1);
  expect(seen.troubles).toEqual([]);
  stop.abort();
  await until(() => expect(seen.ended).toBe(true));
  await until(() => expect(server.watching).toBe(0));
});

test('a server that takes a streaming list for an ordinary watch is asked for pages', async () => {
  server.put('a');
  server.next.push((_request, response) => {
    response.writeHead(200);
    response.write(frame('ADDED', { metadata: { name: 'a', namespace: 'shop', resourceVersion: '101' } }));
    response.write(frame('BOOKMARK', { metadata: { resourceVersion: '101' } }));
  });
  const { seen } = follow();
  await holds(seen, 'a');
  expect(server.requests.some(({ query }) => query.get('limit') === '500')).toBe(true);
  server.put('b');
  await holds(seen, 'a', 'b');
});

test('a list of more than one page is read to its end', async () => {
  server.streamsLists = false;
  for (let n = 0; n < 1_203; n++) server.put(`o${String(n).padStart(4, '0')}`);
  const { seen } = follow();
  await until(() => expect(seen.names).toHaveLength(1_203));
  expect(server.requests.filter(({ query }) => query.has('limit'))).toHaveLength(3);
});

test('after a reset it goes on from the last version, without a list, and misses nothing', async () => {
  server.put('a');
  const { seen } = follow();
  await holds(seen, 'a');
  server.resetAll();
  server.put('b');
  await holds(seen, 'a', 'b');
  expect(seen.replaced).toBe(1);
  expect(troubleOf(seen)).toBe('watch targetgroups.podwire.dev: the API server closed the connection');
});

test('a bookmark moves the version on', async () => {
  server.put('a');
  const { seen } = follow();
  await holds(seen, 'a');
  server.bookmark();
  server.raw(frame('BOOKMARK', { metadata: { resourceVersion: '777' } }));
  server.put('b');
  await holds(seen, 'a', 'b');
  server.raw(frame('BOOKMARK', { metadata: { resourceVersion: '900' } }));
  server.put('c', { resourceVersion: '901' });
  await holds(seen, 'a', 'b', 'c');
  server.resetAll();
  await until(() => expect(server.watching).toBe(1));
  expect(server.requests.at(-1)?.query.get('resourceVersion')).toBe('901');
});

test('a version that is no longer kept leads to a new list, which drops what has gone meanwhile', async () => {
  server.put('a');
  server.put('b');
  const { seen } = follow();
  await holds(seen, 'a', 'b');
  server.forgotten = 1_000;
  server.resetAll();
  server.remove('a');
  await holds(seen, 'b');
  expect(seen.replaced).toBe(2);
});

test('an ERROR frame of another kind keeps the version', async () => {
  server.put('a');
  const { seen } = follow();
  await holds(seen, 'a');
  server.raw(frame('ERROR', status(500, 'etcdserver: leader changed')));
  await until(() => expect(troubleOf(seen)).toContain('etcdserver: leader changed'));
  server.put('b');
  await holds(seen, 'a', 'b');
  expect(seen.replaced).toBe(1);
});

test('garbage on the line is reported, and nothing after it is lost', async () => {
  server.put('a');
  const { seen } = follow();
  await holds(seen, 'a');
  server.raw('<html>bad gateway</html>\n');
  server.put('b');
  await holds(seen, 'a', 'b');
  expect(troubleOf(seen)).toContain('wanted a frame, given "<html>bad gateway</html>"');
});

test('garbage that comes back again and again leads to a new list', async () => {
  server.put('a');
  const { seen } = follow();
  await holds(seen, 'a');
  const garbage = (
    _request: unknown,
    response: { writeHead: (code: number) => { end: (text: string) => void } },
  ): void => response.writeHead(200).end('{"type":\n');
  server.next.push(garbage, garbage, garbage);
  server.endWatches();
  server.put('b');
  await holds(seen, 'a', 'b');
  await until(() => expect(seen.replaced).toBe(2));
});

test('a silent connection is given up and everything is listed again', async () => {
  server.put('a');
  const { seen } = follow({ silenceMs: 100 });
  await until(() => expect(seen.replaced).toBeGreaterThan(2));
  expect(troubleOf(seen)).toBe('watch targetgroups.podwire.dev: nothing heard for 0.1 s');
  server.put('b');
  await holds(seen, 'a', 'b');
});

test('R9: a blackholed watch is opened again within 90 s, from where it stood', async () => {
  server.put('a');
  const clock = new VirtualClock();
  const transport = new Transport({ server: server.url, tls: {}, headers: async () => ({}) }, { clock });
  transports.push(transport);
  const stop = new AbortController();
  abort.push(stop);
  const freshness = new WatchFreshness(clock);
  const troubles: WatchTrouble[] = [];
  const api = kubeClient({ transport, clock, freshness, onTrouble: (trouble) => troubles.push(trouble) });
  const changes: Change[] = [];
  const run = async (): Promise<void> => {
    for await (const change of api.watch(RESOURCES.targetGroup, { signal: stop.signal })) changes.push(change);
  };
  void run();
  await until(() => expect(changes).toHaveLength(1));
  const watches = () => server.requests.filter(({ query }) => query.has('watch')).length;
  const before = watches();
  await clock.advance(79_000);
  expect(freshness.ages()).toMatchObject([{ kind: 'TargetGroup', silentMs: 79_000 }]);
  expect(troubles).toEqual([]);
  await clock.advance(1_000);
  await until(() => expect(troubles).toHaveLength(1));
  await clock.advance(9_000);
  await until(() => expect(watches()).toBe(before + 1));
  server.put('b');
  await until(() => expect(changes.map(({ kind }) => kind)).toEqual(['replace', 'put']));
  expect(freshness.ages()[0]?.silentMs).toBeLessThan(1_000);
  stop.abort();
  await until(() => expect(freshness.ages()).toEqual([]));
});

test('characters of several bytes survive any cut', async () => {
  const { seen } = follow();
  await until(() => expect(seen.replaced).toBe(1));
  const bytes = Buffer.from(frame('ADDED', { metadata: { name: 'u', resourceVersion: '500', note: 'Gemüse 🥕' } }));
  for (const byte of bytes) server.raw(Buffer.from([byte]));
  await holds(seen, 'u');
  expect(seen.notes).toEqual(['Gemüse 🥕']);
});

test('a server that is throttling, broken or not JSON is asked again until it answers', async () => {
  server.streamsLists = false;
  server.put('a');
  server.next.push(
    (_request, response) => void response.writeHead(429, { 'retry-after': '1' }).end('slow down'),
    (_request, response) => json(response, 500, status(500, 'boom')),
    (_request, response) => void response.writeHead(200).end('<html>not ready</html>'),
    (_request, response) => void response.destroy(),
    (_request, response) => json(response, 403, status(403, 'no right to list')),
  );
  const { seen } = follow();
  await holds(seen, 'a');
  expect(seen.troubles[0]?.retryInMs).toBe(1_000);
  expect(seen.troubles.length).toBeGreaterThanOrEqual(4);
});

test('a kind the server does not know is an empty list once, and is found when it appears', async () => {
  server.serves = false;
  server.groups = [];
  const { seen } = follow();
  await until(() => expect(seen.replaced).toBe(1));
  await until(() => expect(seen.troubles.length).toBeGreaterThan(2));
  expect(seen.replaced).toBe(1);
  expect(seen.troubles.every(({ retryInMs }) => retryInMs === 30_000)).toBe(true);
  server.serves = true;
  server.groups = ['podwire.dev'];
  server.put('a');
  await holds(seen, 'a');
});

test('a 404 that discovery does not confirm never empties what is held', async () => {
  server.put('a');
  const { seen } = follow();
  await holds(seen, 'a');
  server.forgotten = 1_000;
  for (let n = 0; n < 30; n++) {
    server.next.push(({ path }, response) => {
      if (!path.endsWith('/targetgroups')) return false;
      response.writeHead(404).end('not found');
    });
  }
  server.resetAll();
  await until(() =>
    expect(seen.troubles.filter(({ error }) => (error as Error).name === 'Gone').length).toBeGreaterThan(2),
  );
  expect(seen.names).toEqual(['a']);
  server.next.splice(0);
  server.put('b');
  await holds(seen, 'a', 'b');
});

test('a server that ends each watch at once is not asked in a tight loop', async () => {
  server.put('a');
  server.streamsLists = false;
  const { seen } = follow();
  await holds(seen, 'a');
  for (let n = 0; n < 4; n++) server.next.push((_request, response) => void response.writeHead(200).end());
  server.endWatches();
  await until(() => expect(seen.troubles.length).toBeGreaterThanOrEqual(4));
  const delays = seen.troubles.map(({ retryInMs }) => retryInMs);
  expect(delays[3]).toBeGreaterThan(delays[0] as number);
});

test('reconnects and calls share a few connections', async () => {
  server.put('a');
  const { seen } = follow();
  await holds(seen, 'a');
  for (let n = 0; n < 5; n++) {
    server.endWatches();
    server.put(`b${n}`);
    await until(() => expect(seen.names).toContain(`b${n}`));
  }
  expect(server.connections).toBeLessThanOrEqual(2);
});
