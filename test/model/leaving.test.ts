import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type Company,
  type Departure,
  departureOf,
  instantOf,
  isLeaving,
  judgeLeaving,
  predictReplacement,
  stillServes,
} from '../../src/model/leaving.ts';
import { DRAIN_BUDGET } from './drain/samples.ts';
import { deleted, webPod } from './pods.ts';

const T = Date.UTC(2026, 0, 1, 12);
const SECOND = 1_000;

/** Deadlines of a pod deleted at instant 0: SIGTERM after 45 s, the last moment after 22 s. */
const departure = (more: Partial<Departure> = {}): Departure => ({
  deletedAt: 0,
  sigtermAt: 45 * SECOND,
  normalAt: 0,
  lastAt: 22 * SECOND,
  propagation: 20,
  ...more,
});
const company = (more: Partial<Company> = {}): Company => ({ healthy: 0, before: 1, replacedAt: undefined, ...more });
const at = (seconds: number, one: Partial<Company> = {}, of: Partial<Departure> = {}) =>
  judgeLeaving(departure(of), company(one), seconds * SECOND);

describe('what leaves', () => {
  test.each([
    ['runs', webPod(1), false, true],
    ['is deleted', deleted(webPod(1), T), true, true],
    ['is deleted, its containers no longer ready', deleted(webPod(1, { containersReady: false }), T), true, false],
    ['is ended by the kubelet', webPod(1, { endedByKubelet: true }), true, false],
    ['has failed', webPod(1, { phase: 'Failed' }), true, false],
    ['has completed', webPod(1, { phase: 'Succeeded' }), true, false],
  ] as const)('a pod that %s', (_, pod, leaves, serves) =>
    expect([isLeaving(pod), stillServes(pod)]).toEqual([leaves, serves]),
  );
});

describe('deadlines', () => {
  const of = (pod = deleted(webPod(1), T), hold: number | 'auto' = 0) =>
    departureOf(pod, { ...DRAIN_BUDGET, hold }, { deletedAt: 500_000, start: { ready: 10, healthy: 15 } });

  test('SIGTERM after the sleep; the last one goes propagation and margin before that', () =>
    expect(of()).toEqual({
      deletedAt: 500_000,
      sigtermAt: 545_000,
      normalAt: 500_000,
      lastAt: 522_000,
      propagation: 20,
    }));

  test('a replacement is waited for where a hold is set, or measured', () => {
    expect(of(deleted(webPod(1), T), 10)?.normalAt).toBe(512_000);
    expect(of(deleted(webPod(1), T), 'auto')?.normalAt).toBe(527_000);
  });

  test('a deletion that grants less than the sleep brings SIGTERM forward', () =>
    expect(of(deleted(webPod(1), T, 5))).toMatchObject({ sigtermAt: 505_000, lastAt: 482_000 }));

  test('one container without a sleep is enough to be ended at once', () => {
    const preStops = [...webPod(1).preStops, { container: 'proxy', kind: 'none' as const, seconds: 0 }];
    expect(of(deleted(webPod(1, { preStops }), T))?.sigtermAt).toBe(500_000);
  });

  test('an instant of the API server is ours however the two clocks differ, and never in the future', () => {
    for (const skew of [-60_000, 0, 60_000])
      expect(instantOf(T + skew, { monotonic: 90_000, server: T + 7_000 + skew })).toBe(83_000);
    expect(instantOf(T + 400, { monotonic: 90_000, server: T })).toBe(90_000);
  });
});

describe('a leaving target', () => {
  test('goes at once while another one is healthy', () => expect(at(0, { healthy: 1, before: 2 }).goes).toBe(true));

  test('waits for its replacement where a hold is set, until that is healthy or the hold is over', () => {
    const held = { normalAt: 12 * SECOND };
    expect(at(5, { healthy: 2, before: 3 }, held)).toMatchObject({ goes: false, until: 12 * SECOND });
    expect(at(5, { healthy: 3, before: 3 }, held).goes).toBe(true);
    expect(at(12, { healthy: 2, before: 3 }, held).goes).toBe(true);
  });

  test('that is the last one waits until its last deadline, which is named', () => {
    expect(at(5)).toMatchObject({ goes: false, until: 22 * SECOND });
    expect(at(5).because).toContain('last deadline');
    expect(at(22)).toMatchObject({ goes: true, because: expect.stringContaining('no replacement') });
  });

  test.each([
    ['expected before SIGTERM', 40, 20, true],
    ['expected too late, and the address stays free for a while', 50, 20, false],
    ['expected too late, and the address is used again before the last node knows', 50, 120, true],
    ['unpredictable', Number.POSITIVE_INFINITY, 20, false],
  ])('at the last deadline, a replacement %s', (_, replacedAt, propagation, goes) =>
    expect(at(30, { replacedAt: replacedAt * SECOND }, { propagation })).toMatchObject({
      goes,
      ...(goes ? {} : { until: 45 * SECOND }),
    }),
  );

  test('goes at SIGTERM in any case: holding a dead target helps nobody', () =>
    expect(at(45, { replacedAt: 50 * SECOND }).goes).toBe(true));

  test('whose pod is not known waits for another healthy one', () => {
    expect(judgeLeaving(undefined, company(), 1e9).goes).toBe(false);
    expect(judgeLeaving(undefined, company({ healthy: 1 }), 0).goes).toBe(true);
  });

  test('property: the last one never goes before its last deadline, and nothing stays beyond SIGTERM', () => {
    const drawn = fc.record({
      healthy: fc.nat(2),
      before: fc.nat(4),
      replacedAt: fc.option(fc.nat(100_000), { nil: undefined }),
      last: fc.integer({ min: -50_000, max: 45_000 }),
      normal: fc.nat(60_000),
      propagation: fc.constantFrom(5, 20, 120),
      now: fc.nat(60_000),
    });
    fc.assert(
      fc.property(drawn, ({ now, last, normal, propagation, ...one }) => {
        const verdict = judgeLeaving(departure({ lastAt: last, normalAt: normal, propagation }), one, now);
        const mustStay = one.healthy === 0 && now < Math.min(last, 45_000);
        const mustGo = now >= 45_000;
        expect({ mustStay, goes: verdict.goes }).not.toEqual({ mustStay: true, goes: true });
        expect({ mustGo, goes: verdict.goes }).not.toEqual({ mustGo: true, goes: false });
        expect(verdict.goes ? now + 1 : verdict.until).toBeGreaterThan(now);
      }),
    );
  });
});

describe('a replacement', () => {
  const clocks = { monotonic: 100 * SECOND, server: T };
  const of = (pods = [webPod(1)], start: { ready: number; healthy: number } | undefined = { ready: 8, healthy: 12 }) =>
    predictReplacement(
      pods,
      { service: { selector: { app: 'web' } }, start, carries: ({ uid }) => uid === 'pod-9' },
      clocks,
    );
  const started = (seconds: number, ready = false) => {
    const when = new Date(T - seconds * SECOND).toISOString();
    return webPod(1, { created: when, containersReady: ready, ...(ready && { containersReadyAt: when }) });
  };

  test('is expected from the creation of the pod, or from its ready containers', () => {
    expect(of([started(5)])).toBe(115 * SECOND);
    expect(of([started(5, true)])).toBe(107 * SECOND);
    expect(of([started(5), started(5, true)])).toBe(107 * SECOND);
  });

  test('that is late may come at any moment, then nobody can say', () => {
    expect(of([started(25)])).toBe(100 * SECOND);
    expect(of([started(40)])).toBe(Number.POSITIVE_INFINITY);
    expect(
      predictReplacement(
        [started(5)],
        { service: { selector: { app: 'web' } }, start: undefined, carries: () => false },
        clocks,
      ),
    ).toBe(Number.POSITIVE_INFINITY);
  });

  test('is none of those that leave, serve already, or belong to somebody else', () => {
    const others = [deleted(webPod(2), T), webPod(9), webPod(3, { labels: { app: 'api' } })];
    expect(of(others)).toBeUndefined();
  });
});
