import { afterEach, expect, test } from 'vitest';
import { openLogs } from '../../src/log.ts';
import { METRICS } from '../../src/metrics.ts';
import { serveStatus, type StatusServer } from '../../src/server/http.ts';
import type { Checks } from '../../src/server/health.ts';
import { openRegistry } from '../../src/server/registry.ts';

const open: StatusServer[] = [];
afterEach(async () => {
  for (const server of open.splice(0)) await server.close();
});

const FINE: Checks = {
  ping: () => undefined,
  'event-loop': () => undefined,
  lease: () => undefined,
  watches: () => undefined,
  clock: () => undefined,
  caches: () => undefined,
  webhook: () => undefined,
  'aws-credentials': () => undefined,
  shutdown: () => undefined,
};

const ADDRESS = { host: '127.0.0.1', port: 0 };

async function serve(checks: Partial<Checks> = {}) {
  const registry = openRegistry();
  const lines: string[] = [];
  const logs = openLogs({ level: 'info', format: 'json', out: { write: (line) => lines.push(line) } });
  const server = await serveStatus({ address: ADDRESS, registry, checks: { ...FINE, ...checks }, logs });
  open.push(server);
  const get = async (path: string, method = 'GET', body?: string): Promise<[number, string]> => {
    const answer = await fetch(`${server.url}${path}`, { method, ...(body !== undefined && { body }) });
    return [answer.status, await answer.text()];
  };
  return { registry, server, get, logs, lines };
}

test('every metric of the table is served, with its kind and its help', async () => {
  const { get } = await serve();
  const [status, text] = await get('/metrics');
  expect(status).toBe(200);
  for (const [name, { kind, help }] of Object.entries(METRICS)) {
    expect(text).toContain(`# TYPE ${name} ${kind}`);
    expect(text).toContain(`# HELP ${name} ${help}`);
  }
});

test('what was measured is served by its labels, and what a reader no longer names is gone', async () => {
  const { get, registry } = await serve();
  const { metrics } = registry;
  let pods = 3;
  metrics.observe('podwire_deregister_lead_seconds', -5, {});
  metrics.count('podwire_drain_deadline_missed_total', { namespace: 'shop' });
  metrics.gauge('podwire_unprotected_target_pods', () =>
    pods === 0 ? [] : [{ labels: { reason: 'TooShort', namespace: 'shop' }, value: pods }],
  );
  metrics.gauge('podwire_hold_active', () => [{ labels: {}, value: 1 }]);
  metrics.gauge('podwire_hold_active', () => [{ labels: {}, value: 2 }]);
  const [, text] = await get('/metrics');
  expect(text).toContain('podwire_deregister_lead_seconds_bucket{le="0"} 1');
  expect(text).toContain('podwire_deregister_lead_seconds_bucket{le="-10"} 0');
  expect(text).toContain('podwire_drain_deadline_missed_total{namespace="shop"} 1');
  expect(text).toContain('podwire_unprotected_target_pods{reason="TooShort",namespace="shop"} 3');
  expect(text).toContain('podwire_hold_active 3');
  expect(text).toContain('podwire_leader 0');
  pods = 0;
  expect((await get('/metrics'))[1]).not.toContain('TooShort');
});

test('R9: a replica is ready once nothing is missing, and alive before', async () => {
  const missing = ['pods', 'nodes'];
  const caches = () => (missing.length === 0 ? undefined : `waiting for ${missing.join(', ')}`);
  const { get } = await serve({ caches });
  const [status, body] = await get('/readyz');
  expect(status).toBe(503);
  expect(body.split('\n')).toEqual([
    '[+]ping ok',
    '[+]clock ok',
    '[-]caches failed: waiting for pods, nodes',
    '[+]webhook ok',
    '[+]aws-credentials ok',
    '[+]shutdown ok',
    'readyz check failed',
    '',
  ]);
  expect(await get('/healthz')).toEqual([200, 'ok']);
  expect(await get('/livez')).toEqual([200, 'ok']);
  missing.length = 0;
  expect(await get('/readyz')).toEqual([200, 'ok']);
});

test('R9: what another replica could not do better makes it not ready at first, and is only told once it was ready', async () => {
  let trouble: string | undefined = 'they expired';
  let webhook: string | undefined;
  const { get } = await serve({ 'aws-credentials': () => trouble, webhook: () => webhook });
  expect((await get('/readyz'))[0]).toBe(503);
  trouble = undefined;
  expect(await get('/readyz')).toEqual([200, 'ok']);
  trouble = 'they expired';
  const [status, body] = await get('/readyz?verbose');
  expect(status).toBe(200);
  expect(body).toContain('[-]aws-credentials failed: they expired (it was ready before)');
  webhook = 'not served yet';
  expect((await get('/readyz'))[0]).toBe(503);
});

test('R9: /livez?verbose has a line for each check, in the words of Kubernetes', async () => {
  const { get } = await serve({ clock: () => '412 s behind the API server' });
  const checks = ['[+]ping ok', '[+]event-loop ok', '[+]lease ok', '[+]watches ok'];
  const clock = '[-]clock failed: 412 s behind the API server (no reason to restart)';
  expect(await get('/livez?verbose')).toEqual([200, [...checks, clock, 'livez check passed', ''].join('\n')]);
  expect(await get('/livez')).toEqual([200, 'ok']);
  expect((await get('/readyz'))[0]).toBe(503);
});

test('R9: one check is asked for by its name, and one can be left out', async () => {
  const watches = () => {
    throw new Error('nothing heard of Pod');
  };
  const { get } = await serve({ watches });
  expect(await get('/livez/watches')).toEqual([503, 'watches failed: nothing heard of Pod\n']);
  expect(await get('/livez/lease')).toEqual([200, 'ok']);
  expect((await get('/livez'))[0]).toBe(503);
  const [status, body] = await get('/livez?exclude=watches&exclude=nothing&verbose');
  expect(status).toBe(200);
  expect(body).toContain('[+]watches excluded: ok\n');
  expect(body).toContain('warn: some health checks cannot be excluded: no matches for "nothing"\n');
  expect((await get('/livez/caches'))[0]).toBe(404);
});

test('R2: the level is read and set over HTTP, of all that is logged or of one module', async () => {
  const { get, logs, lines } = await serve();
  logs.of('aws').debug('not yet');
  expect((await get('/loglevel?module=aws', 'PUT', 'debug'))[0]).toBe(200);
  logs.of('aws').debug('now');
  logs.of('kube').debug('still not');
  expect(JSON.parse((await get('/loglevel'))[1])).toMatchObject({ aws: 'debug', kube: 'info' });
  expect(lines.map((line) => (JSON.parse(line) as { msg: string }).msg)).toEqual(['now']);
  expect((await get('/loglevel', 'PUT', 'loud'))[1]).toBe(
    'wanted trace, debug, info, warn, error as body, given "loud"\n',
  );
  expect((await get('/loglevel?module=cloud', 'PUT', 'info'))[0]).toBe(400);
});

test('a reader that throws costs one answer and not the server', async () => {
  const { get, registry } = await serve();
  let broken = true;
  registry.metrics.gauge('podwire_leader', () => {
    if (broken) throw new Error('not now');
    return [{ labels: {}, value: 1 }];
  });
  expect(await get('/metrics')).toEqual([500, 'Error: not now\n']);
  broken = false;
  expect((await get('/metrics'))[1]).toContain('podwire_leader 1');
});

test('other paths and methods are refused', async () => {
  const { get } = await serve();
  expect((await get('/debug'))[0]).toBe(404);
  expect((await get('/metrics', 'POST'))[0]).toBe(405);
});

test('an address that is taken is named with its setting', async () => {
  const { server } = await serve();
  const port = Number(new URL(server.url).port);
  const again = serveStatus({
    address: { host: '127.0.0.1', port },
    registry: openRegistry(),
    checks: FINE,
    logs: openLogs({ level: 'info', format: 'json' }),
  });
  await expect(again).rejects.toThrow(/^--metrics-address: .*EADDRINUSE/);
});
