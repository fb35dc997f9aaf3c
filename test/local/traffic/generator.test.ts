import * as http from 'node:http';
import * as https from 'node:https';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { mintCertificate } from '../../../src/certificate.ts';
import { LoadGenerator, type LoadOptions, type LoadReport } from '../../../src/local/traffic/generator.ts';
import { until } from '../../../src/local/until.ts';
import { realClock } from '../../../src/runtime/clock.ts';

const servers: (http.Server | https.Server)[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.close();
    server.closeAllConnections();
  }
});

async function listen(server: http.Server | https.Server): Promise<number> {
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

const serve = (handler: http.RequestListener): Promise<number> => listen(http.createServer(handler));

async function load(options: Partial<LoadOptions> & Pick<LoadOptions, 'targets'>, ms = 300): Promise<LoadReport> {
  const generator = new LoadGenerator(realClock, { rate: 100, timeoutMs: 5_000, ...options });
  await realClock.sleep(ms);
  return generator.stop();
}

const at = (port: number, path = '/') => ({
  url: `http://shop.localhost${path}`,
  connect: { host: '127.0.0.1', port },
});

test('a healthy target: nothing is lost, and the answers are counted by who gave them', async () => {
  const hosts = new Set<unknown>();
  const ports = await Promise.all(
    ['a', 'b'].map((pod) =>
      serve((request, response) => {
        hosts.add(request.headers.host);
        response.end(JSON.stringify({ pod }));
      }),
    ),
  );
  const { phases, inconclusive } = await load({ targets: ports.map((port) => at(port)) });
  const [phase] = phases;
  expect(phase).toMatchObject({ failed: 0, failures: {}, statuses: { 200: phase!.requests } });
  expect(phase!.requests).toBeGreaterThan(10);
  expect(Math.abs(phase!.backends['a']! - phase!.backends['b']!)).toBeLessThanOrEqual(1);
  expect(phase!.latency.histogram.reduce((sum, { count }) => sum + count, 0)).toBe(phase!.requests);
  expect([...hosts]).toEqual(['shop.localhost']);
  expect(inconclusive).toBe(phase!.stalls.length > 0);
});

test('connections that are idle are closed by the client, before the load balancer does', async () => {
  let answered = 0;
  // The first ones take long, so that each has a connection of its own.
  const server = http.createServer((_, response) => {
    if (answered++ < 10) void realClock.sleep(300).then(() => response.end('{}'));
    else response.end('{}');
  });
  server.keepAliveTimeout = 600_000; // who closes is not the server
  const port = await listen(server);
  const count = (): Promise<number> =>
    new Promise((resolve, reject) => server.getConnections((error, found) => (error ? reject(error) : resolve(found))));
  const options = { rate: 50, newConnectionShare: 0, idleMs: 200, targets: [at(port)] };
  const generator = new LoadGenerator(realClock, options);
  const seen = { most: 0 };
  await until('only connections that are used', async () => {
    const open = await count();
    seen.most = Math.max(seen.most, open);
    return seen.most >= 10 && open < 5;
  });
  expect((await generator.stop()).phases).toMatchObject([{ failed: 0 }]);
});

test('refused connections are all counted, with examples', async () => {
  const server = http.createServer();
  const port = await listen(server);
  await new Promise((resolve) => server.close(resolve));
  const [phase] = (await load({ targets: [{ ...at(port), name: 'closed' }] })).phases;
  expect(phase!.failed).toBe(phase!.requests);
  expect(phase!.failures.refused?.count).toBe(phase!.requests);
  expect(phase!.failures.refused?.examples).toHaveLength(5);
  expect(phase!.failures.refused?.examples[0]).toMatchObject({ target: 'closed' });
  expect(phase!.longestGapMs).toBeGreaterThanOrEqual(phase!.durationMs - 1);
});

test.each([
  [
    'before the answer',
    'reset',
    (_: http.IncomingMessage, response: http.ServerResponse) => response.socket?.resetAndDestroy(),
  ],
  [
    'within the answer',
    'cut',
    (_: http.IncomingMessage, response: http.ServerResponse) => {
      response.writeHead(200, { 'Content-Length': 10 });
      response.write('half');
      setImmediate(() => response.destroy());
    },
  ],
])('connections reset %s are counted as %s', async (_name, kind, handler) => {
  const [phase] = (await load({ targets: [at(await serve(handler as http.RequestListener))] })).phases;
  expect(phase!.requests).toBeGreaterThan(0);
  expect(phase!.failures).toMatchObject({ [kind]: { count: phase!.requests } });
});

test('answers that do not come, or do not end, in time are counted', async () => {
  const port = await serve((request, response) => {
    if (request.url === '/begun') response.write('begun');
  });
  const [phase] = (await load({ targets: [at(port), at(port, '/begun')], timeoutMs: 200 })).phases;
  expect(phase!.failures).toMatchObject({ timeout: { count: phase!.requests } });
});

test('500 and above are lost and named by status; 404 only where another status was expected', async () => {
  const port = await serve((request, response) => response.writeHead(Number(request.url?.slice(1))).end('why'));
  const targets = [at(port, '/503'), at(port, '/404'), { ...at(port, '/404'), expectStatus: 200 }, at(port, '/302')];
  const [phase] = (await load({ targets })).phases;
  const { failures, failed, statuses } = phase!;
  expect(failures.status?.examples[0]).toMatchObject({ status: 503, error: 'why' });
  expect(failures.unexpected?.examples[0]).toMatchObject({ status: 404 });
  expect(failures.status!.count).toBe(statuses['503']);
  expect(failed).toBe(failures.status!.count + failures.unexpected!.count);
  expect(failed).toBeLessThan(phase!.requests);
});

test('one request that is lost among many is seen, and not sent again', async () => {
  let seen = 0;
  const port = await serve((_request, response) => {
    if (++seen === 5) response.socket?.resetAndDestroy();
    else response.end();
  });
  const [phase] = (await load({ targets: [at(port)] })).phases;
  expect([phase!.failed, phase!.failures.reset?.count]).toEqual([1, 1]);
  expect(seen).toBe(phase!.requests);
});

test('requests belong to the phase in which they began, and an outage is a gap', async () => {
  let up = true;
  const port = await serve((_request, response) => void (up ? response.end() : response.writeHead(500).end()));
  const generator = new LoadGenerator(realClock, { targets: [at(port)], rate: 100, phase: 'before' });
  await realClock.sleep(200);
  generator.phase('during');
  await realClock.sleep(1_000); // what began before is answered by then
  up = false;
  await realClock.sleep(300);
  up = true;
  await realClock.sleep(200);
  generator.phase('after');
  await realClock.sleep(200);
  const { phases } = await generator.stop();
  expect(phases.map(({ name }) => name)).toEqual(['before', 'during', 'after']);
  expect(phases.map(({ failed }) => failed > 0)).toEqual([false, true, false]);
  expect(phases[1]!.longestGapMs).toBeGreaterThanOrEqual(290);
  expect(phases[2]!.longestGapMs).toBeLessThan(phases[1]!.longestGapMs);
});

test.each([
  [0, false],
  [1, true],
])('with a share of %d new connections each request has its own: %s', async (newConnectionShare, all) => {
  const sockets = new Set<unknown>();
  const port = await serve((request, response) => {
    sockets.add(request.socket);
    response.end();
  });
  const [phase] = (await load({ targets: [at(port)], newConnectionShare })).phases;
  expect(phase!.failed).toBe(0);
  expect(phase!.requests).toBeGreaterThan(10);
  expect(sockets.size === phase!.requests).toBe(all);
});

test('TLS is checked against the given authority', async () => {
  const pair = await mintCertificate(['shop.localhost'], new Date());
  const server = https.createServer({ cert: pair.certificate, key: pair.privateKey }, (_, response) => response.end());
  const port = await listen(server);
  const targets = [{ url: 'https://shop.localhost/', connect: { host: '127.0.0.1', port } }];
  const trusted = (await load({ targets, ca: pair.authority })).phases[0]!;
  expect([trusted.failed, trusted.requests > 0]).toEqual([0, true]);
  const other = await mintCertificate(['shop.localhost'], new Date());
  const refused = (await load({ targets, ca: other.authority })).phases[0]!;
  expect(refused.failures).toMatchObject({ tls: { count: refused.requests } });
});
