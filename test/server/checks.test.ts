import { expect, test } from 'vitest';
import { WatchFreshness } from '../../src/kube/freshness.ts';
import { RESOURCES } from '../../src/kube/resources.ts';
import { VirtualClock } from '../../src/runtime/virtual-clock.ts';
import type { Stall } from '../../src/runtime/watchdog.ts';
import { type CheckedParts, checksOf } from '../../src/server/checks.ts';
import { answerHealth, CHECKS } from '../../src/server/health.ts';

function parts(more: Partial<CheckedParts> = {}) {
  const clock = new VirtualClock();
  const freshness = new WatchFreshness(clock);
  const stop = new AbortController();
  const all: CheckedParts = {
    clock,
    watchdog: { stalls: () => [] },
    lease: undefined,
    freshness,
    aheadMs: () => undefined,
    unsynced: () => [],
    webhook: () => undefined,
    credentials: async () => undefined,
    signal: stop.signal,
    ...more,
  };
  return { clock, freshness, stop, checks: checksOf(all) };
}

test('R8: a replica whose stores are full is alive and ready, whoever holds the lease', async () => {
  const { checks } = parts({ lease: { idleMs: () => 900 } });
  for (const endpoint of ['livez', 'readyz'] as const)
    expect(await answerHealth({ endpoint, verbose: false, exclude: [] }, checks)).toEqual({ status: 200, body: 'ok' });
});

test('R9: every check of the table is made', () => {
  expect(Object.keys(parts().checks).toSorted()).toEqual(Object.keys(CHECKS).toSorted());
});

test('R9: stalls of half of the last minute fail the event loop, and are forgotten after it', async () => {
  const stalls: Stall[] = [];
  const { checks, clock } = parts({ watchdog: { stalls: () => stalls } });
  await clock.advance(120_000);
  const stall = (agoMs: number, ms: number) => stalls.push({ time: new Date(clock.now() - agoMs).toISOString(), ms });
  stall(50_000, 20_000);
  expect(await checks['event-loop']()).toBeUndefined();
  stall(20_000, 12_000);
  expect(await checks['event-loop']()).toBe('stood still for 32 s of the last minute');
  await clock.advance(60_000);
  expect(await checks['event-loop']()).toBeUndefined();
});

test('R9: a lease that nobody looks at any more fails its check; one that was not contended for does not', async () => {
  let idle: number | undefined;
  const { checks } = parts({ lease: { idleMs: () => idle } });
  expect(await checks.lease()).toBeUndefined();
  idle = 2_000;
  expect(await checks.lease()).toBeUndefined();
  idle = 61_000;
  expect(await checks.lease()).toBe('neither renewed nor looked at for 61 s');
});

test('R9: a watch that is neither heard nor tried again fails its check; one that is tried in vain does not', async () => {
  const { checks, clock, freshness } = parts();
  const node = freshness.follow(RESOURCES.node);
  const pod = freshness.follow(RESOURCES.pod);
  for (let minute = 0; minute < 4; minute++) {
    await clock.advance(60_000);
    pod.tried();
    node.heard();
  }
  expect(await checks.watches()).toBeUndefined();
  await clock.advance(300_000);
  node.heard();
  expect(await checks.watches()).toBe('nothing heard of Pod for 540 s, and not tried again');
  pod.ended();
  expect(await checks.watches()).toBeUndefined();
});

test('R9: a clock five minutes off makes a replica not ready, and restarts nothing', async () => {
  let ahead: number | undefined = 299_000;
  const { checks } = parts({ aheadMs: () => ahead });
  expect(await checks.clock()).toBeUndefined();
  ahead = -412_000;
  expect(await checks.clock()).toBe('412 s ahead of the API server');
  expect((await answerHealth({ endpoint: 'readyz', verbose: false, exclude: [] }, checks)).status).toBe(503);
  const livez = await answerHealth({ endpoint: 'livez', verbose: true, exclude: [] }, checks);
  expect(livez.status).toBe(200);
  expect(livez.body).toContain('[-]clock failed: 412 s ahead of the API server (no reason to restart)');
});

test('R9: a process that was told to stop is not ready, and alive', async () => {
  const { checks, stop } = parts();
  stop.abort();
  expect((await answerHealth({ endpoint: 'readyz', verbose: false, exclude: [] }, checks)).status).toBe(503);
  expect((await answerHealth({ endpoint: 'livez', verbose: false, exclude: [] }, checks)).status).toBe(200);
});
