import { afterEach, expect, test } from 'vitest';
import { METRICS } from '../../src/metrics.ts';
import { serveStatus, type StatusServer } from '../../src/server/http.ts';
import { openRegistry } from '../../src/server/registry.ts';

const open: StatusServer[] = [];
afterEach(async () => {
  for (const server of open.splice(0)) await server.close();
});

async function serve(missing: () => string[] = () => []) {
  const registry = openRegistry();
  const server = await serveStatus({ address: { host: '127.0.0.1', port: 0 }, registry, missing });
  open.push(server);
  const get = async (path: string, method = 'GET'): Promise<[number, string]> => {
    const answer = await fetch(`${server.url}${path}`, { method });
    return [answer.status, await answer.text()];
  };
  return { registry, server, get };
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

test('a replica is ready once nothing is missing', async () => {
  const missing = ['pods', 'nodes'];
  const { get } = await serve(() => missing);
  expect(await get('/readyz')).toEqual([503, 'waiting for pods, nodes\n']);
  expect(await get('/healthz')).toEqual([200, 'ok\n']);
  expect(await get('/livez')).toEqual([200, 'ok\n']);
  missing.length = 0;
  expect(await get('/readyz')).toEqual([200, 'ok\n']);
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
  const again = serveStatus({ address: { host: '127.0.0.1', port }, registry: openRegistry(), missing: () => [] });
  await expect(again).rejects.toThrow(/^--metrics-address: .*EADDRINUSE/);
});
