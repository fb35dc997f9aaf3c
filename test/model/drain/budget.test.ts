import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { DrainBudget } from '../../../src/cluster/objects.ts';
import {
  deadlinesOf,
  delayLimitOf,
  deregistrationDelayOf,
  effectivePreStop,
  nodePortBudget,
  preStopOf,
  settledPreStop,
} from '../../../src/model/drain/budget.ts';
import { DRAIN_BUDGET } from './samples.ts';

const ALB = DRAIN_BUDGET;
const NLB: DrainBudget = { ...ALB, propagation: 120, margin: 8 };

const scaled = (budget: DrainBudget, by: number): DrainBudget => ({
  ...budget,
  detect: budget.detect / by,
  controllerGap: budget.controllerGap / by,
  propagation: budget.propagation / by,
  margin: budget.margin / by,
});

describe('the budget', () => {
  test('is 45 seconds for an application load balancer and 150 for a network one', () => {
    expect([ALB, NLB].map((budget) => preStopOf(budget))).toEqual([45, 150]);
  });

  test('divided by five is 9 and 30: fractions are added before the sum is rounded up', () => {
    expect([ALB, NLB].map((budget) => preStopOf(scaled(budget, 5)))).toEqual([9, 30]);
  });

  test('is a whole number that covers the sum, by less than one second', () => {
    const tenths = fc.integer({ min: 0, max: 18_000 }).map((n) => n / 10);
    fc.assert(
      fc.property(tenths, tenths, tenths, tenths, tenths, (detect, hold, controllerGap, propagation, margin) => {
        const given = preStopOf({ ...ALB, detect, hold, controllerGap, propagation, margin });
        const exact = Math.round((detect + hold + controllerGap + propagation + margin) * 10);
        expect(Number.isInteger(given)).toBe(true);
        expect(given * 10).toBeGreaterThanOrEqual(exact);
        expect(given * 10).toBeLessThan(exact + 10);
      }),
    );
  });

  test('with hold auto waits for what was measured, at most 180 seconds', () => {
    const auto: DrainBudget = { ...ALB, hold: 'auto' };
    expect(preStopOf(auto)).toBe(45);
    expect(preStopOf(auto, { ready: 25, healthy: 14.5 })).toBe(85);
    expect(preStopOf(auto, { ready: 500, healthy: 30 })).toBe(225);
  });

  test('with hold auto keeps the last pod until every node may know the next one, which takes a network load balancer longer than a health check', () => {
    const auto: DrainBudget = { ...NLB, hold: 'auto' };
    expect(preStopOf(auto, { ready: 25, healthy: 3 })).toBe(150 + 25 + 100);
    expect(preStopOf(auto, { ready: 25, healthy: 112 })).toBe(150 + 25 + 112);
    const starts = fc.record({ ready: fc.integer({ min: 0, max: 60 }), healthy: fc.integer({ min: 0, max: 5 }) });
    fc.assert(
      fc.property(fc.constantFrom(ALB, NLB), starts, (given, start) => {
        const budget: DrainBudget = { ...given, hold: 'auto' };
        const preStop = preStopOf(budget, start);
        const lastAfter = preStop - budget.propagation - budget.margin;
        expect(lastAfter).toBeGreaterThanOrEqual(start.ready + budget.propagation);
      }),
    );
  });

  test('of a measured hold stands while it changes by less than 5 seconds or a tenth', () => {
    const auto = { hold: 'auto', standing: 100 } as const;
    expect([109, 91, 104].map((needed) => settledPreStop(needed, auto))).toEqual([100, 100, 100]);
    expect([110, 90].map((needed) => settledPreStop(needed, auto))).toEqual([110, 90]);
    expect(settledPreStop(24, { hold: 'auto', standing: 20 })).toBe(20);
    expect(settledPreStop(25, { hold: 'auto', standing: 20 })).toBe(25);
    expect(settledPreStop(46, { hold: 0, standing: 45 })).toBe(46);
    expect(settledPreStop(46, { hold: 'auto' })).toBe(46);
  });
});

describe('the deregistration delay', () => {
  test('is 60 for an application load balancer and 150 for a network one', () => {
    const delay = ({ propagation }: DrainBudget): number => deregistrationDelayOf({ propagation, maxRequest: 30 });
    expect([ALB, NLB].map(delay)).toEqual([60, 150]);
  });

  test('is a multiple of 30 from 30 to 3600', () => {
    const seconds = fc.integer({ min: 0, max: 50_000 }).map((n) => n / 10);
    fc.assert(
      fc.property(seconds, seconds, (propagation, maxRequest) => {
        const delay = deregistrationDelayOf({ propagation, maxRequest });
        expect(delay % 30).toBe(0);
        expect(delay).toBeGreaterThanOrEqual(30);
        expect(delay).toBeLessThanOrEqual(3_600);
        expect(delay + 1e-6).toBeGreaterThanOrEqual(Math.min(3_600, propagation + maxRequest));
      }),
    );
  });

  test('of the defaults ends before the address belongs to another pod', () => {
    expect(delayLimitOf(ALB)).toBe(73);
    expect(delayLimitOf(NLB)).toBe(178);
  });
});

describe('node ports', () => {
  const healthCheck = { intervalSeconds: 10, unhealthyThreshold: 2 };
  test.each([
    ['Cluster', 'application', 15],
    ['Cluster', 'network', 15],
    ['Local', 'application', 30],
    ['Local', 'network', 60],
  ] as const)('policy %s behind an %s load balancer: %i seconds and no gate', (policy, loadBalancerType, seconds) => {
    const budget = nodePortBudget(ALB, { policy, healthCheck, loadBalancerType });
    expect(preStopOf(budget)).toBe(seconds);
    expect(budget.gate).toBe(false);
  });
});

describe('a pod', () => {
  const sleep = (seconds: number) => ({ container: 'app', kind: 'sleep' as const, seconds });
  const none = { container: 'proxy', kind: 'none' as const, seconds: 0 };

  test('serves as long as the shortest of its containers', () => {
    expect(effectivePreStop({ preStops: [sleep(45), sleep(10)] })).toBe(10);
    expect(effectivePreStop({ preStops: [sleep(45), none] })).toBe(0);
    expect(effectivePreStop({ preStops: [] })).toBe(0);
  });

  test('that is deleted has its deadlines by the clock of the API server', () => {
    const pod = { deletionTimestamp: '2026-01-01T00:01:15Z', deletionGraceSeconds: 75, preStops: [sleep(45)] };
    const at = (seconds: number): number => Date.parse('2026-01-01T00:00:00Z') + seconds * 1_000;
    expect(deadlinesOf(pod, ALB)).toEqual({
      deletedAt: at(0),
      sigtermAt: at(45),
      endsAt: at(75),
      normalAt: at(2),
      lastAt: at(22),
    });
    expect(deadlinesOf({ preStops: [sleep(45)] }, ALB)).toBeUndefined();
  });

  test('whose grace was cut gets SIGTERM at its end', () => {
    const pod = { deletionTimestamp: '2026-01-01T00:00:05Z', deletionGraceSeconds: 5, preStops: [sleep(45)] };
    const { sigtermAt, endsAt } = deadlinesOf(pod, ALB) ?? { sigtermAt: 0, endsAt: 1 };
    expect(sigtermAt).toBe(endsAt);
  });
});
