import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { keyOfTarget, type Target } from '../../src/model/target.ts';
import type { Fate, JudgedTarget, TargetHealth } from '../../src/plan/fates.ts';
import type { TargetPlan, TargetPolicy } from '../../src/plan/targets.ts';
import { after, all, plan, seen, target, told } from './group-plan.ts';

const health = fc.constantFrom<TargetHealth>(
  'unknown',
  'initial',
  'healthy',
  'unhealthy',
  'unused',
  'draining',
  'unavailable',
);
const fateOf = fc.constantFrom<Fate>('leaving', 'ended', 'unready', 'deselected', 'unlisted', 'recycled');
const group = fc.record({
  members: fc.uniqueArray(
    fc.record({ n: fc.nat(40), role: fc.constantFrom('wanted', 'registered', 'both'), health, fate: fateOf }),
    { selector: ({ n }) => n, maxLength: 24 },
  ),
  quota: fc.integer({ min: 1, max: 30 }),
  peak: fc.nat(24),
});
type Group = typeof group extends fc.Arbitrary<infer T> ? T : never;

const wantedOf = ({ members }: Group): Target[] =>
  members.filter((m) => m.role !== 'registered').map((m) => target(m.n));
const observedOf = ({ members }: Group): JudgedTarget[] =>
  members.filter((m) => m.role !== 'wanted').map((m) => seen(m.n, m.health, m.role === 'both' ? undefined : m.fate));
const serves = (one: JudgedTarget): boolean =>
  (one.health === 'healthy' || one.health === 'unavailable') && one.fate !== 'ended' && one.fate !== 'recycled';

/** Whether a plan leaves a group without a healthy target that had one which still serves. */
const empties = (observed: JudgedTarget[], planned: TargetPlan): boolean =>
  observed.some(serves) && !after(observed, planned).some(serves);

/** Targets that leave, each with deadlines of its own, beside others of any kind. */
const departing = fc.record({
  members: fc.uniqueArray(
    fc.record({
      n: fc.nat(40),
      role: fc.constantFrom('wanted', 'leaving'),
      health,
      sigtermAt: fc.integer({ min: 0, max: 60_000 }),
      needs: fc.integer({ min: 0, max: 40_000 }),
      hold: fc.constantFrom(0, 10_000),
      propagation: fc.constantFrom(20, 120),
    }),
    { selector: ({ n }) => n, maxLength: 12 },
  ),
  now: fc.nat(60_000),
  peak: fc.nat(12),
  replacedAt: fc.option(fc.nat(80_000), { nil: undefined }),
  doubtful: fc.boolean(),
});
type Departing = typeof departing extends fc.Arbitrary<infer T> ? T : never;

const leaversOf = ({ members }: Departing): JudgedTarget[] =>
  members.map(({ n, role, health: is, sigtermAt, needs, hold, propagation }) => {
    if (role === 'wanted') return seen(n, is);
    const departure = { deletedAt: 0, sigtermAt, normalAt: hold, lastAt: sigtermAt - needs, propagation };
    return { ...seen(n, is, 'leaving'), departure };
  });
const planLeaving = (drawn: Departing, more: Partial<TargetPolicy> = {}): TargetPlan =>
  plan(
    drawn.members.filter(({ role }) => role === 'wanted').map(({ n }) => target(n)),
    leaversOf(drawn),
    { ...drawn, ...more },
  );

/** Whether a healthy target that serves goes before its last deadline although no other healthy one remains. */
const goesTooEarly = (drawn: Departing, planned: TargetPlan): boolean => {
  if (drawn.members.some(({ role, health: is }) => role === 'wanted' && (is === 'healthy' || is === 'unavailable')))
    return false;
  const inUse = leaversOf(drawn).some((one) => one.health !== 'unused' && one.health !== 'draining');
  const gone = planned.departures.flatMap(({ targets }) => targets);
  return (
    inUse &&
    gone.some(
      ({ health: is, departure }) => is === 'healthy' && departure !== undefined && drawn.now < departure.lastAt,
    )
  );
};

describe('deadlines', () => {
  test('the last healthy target never goes before its last deadline', () => {
    fc.assert(
      fc.property(departing, (drawn) => {
        expect(goesTooEarly(drawn, planLeaving(drawn))).toBe(false);
      }),
      { numRuns: 2000 },
    );
  });

  test('control: without the hold it does', () => {
    const found = fc.check(
      fc.property(departing, (drawn) => !goesTooEarly(drawn, planLeaving(drawn, { hasty: true }))),
      { numRuns: 2000 },
    );
    expect(found.failed).toBe(true);
  });

  test('whatever is due to get SIGTERM goes, and what is held is judged again by then', () => {
    fc.assert(
      fc.property(departing, (drawn) => {
        for (const { target: one, until } of planLeaving(drawn).held) {
          expect(one.departure?.sigtermAt).toBeGreaterThan(drawn.now);
          expect(until).toBeLessThanOrEqual(one.departure?.sigtermAt ?? 0);
          expect(until).toBeGreaterThan(drawn.now);
        }
      }),
      { numRuns: 2000 },
    );
  });

  test('those that are nearest to SIGTERM are named first', () => {
    const leaving = (n: number, sigtermAt: number): JudgedTarget => ({
      ...seen(n, 'healthy', 'leaving'),
      departure: { deletedAt: 0, sigtermAt, normalAt: 0, lastAt: 0, propagation: 20 },
    });
    expect(told(plan([target(1)], [seen(1), leaving(7, 30), leaving(8, 10), leaving(9, 20)]))).toEqual([
      'deregister 8 9 7',
    ]);
  });
});

describe('properties', () => {
  test('a group that serves is never emptied by our own hand', () => {
    fc.assert(
      fc.property(group, (drawn) => {
        const observed = observedOf(drawn);
        expect(empties(observed, plan(wantedOf(drawn), observed, drawn))).toBe(false);
      }),
      { numRuns: 1000 },
    );
  });

  test('a plan that deregisters everything unwanted at once is caught by that property', () => {
    const naive = (drawn: Group): TargetPlan => {
      const targets = observedOf(drawn).filter(({ fate }) => fate !== undefined);
      const because = 'not wanted';
      return { steps: [{ do: 'deregister', targets, because }], departures: [], held: [], unplaced: [] };
    };
    const found = fc.check(
      fc.property(group, (drawn) => !empties(observedOf(drawn), naive(drawn))),
      { numRuns: 1000 },
    );
    expect(found.failed).toBe(true);
  });

  test('S15: what runs is never deregistered below half of what ran', () => {
    fc.assert(
      fc.property(group, (drawn) => {
        const observed = observedOf(drawn).filter((one) => one.health !== 'unused');
        const gone = all(plan(wantedOf(drawn), observed, drawn)).flatMap((step) =>
          step.do === 'deregister' ? step.targets : [],
        );
        if (!gone.some(({ fate }) => fate === 'unready' || fate === 'unlisted')) return;
        const wants = new Set(wantedOf(drawn).map(keyOfTarget));
        const carry = observed.filter(
          (o) => wants.has(keyOfTarget(o)) && ['healthy', 'unavailable'].includes(o.health),
        );
        expect(carry.length).toBeGreaterThanOrEqual(Math.max(1, drawn.peak / 2));
      }),
      { numRuns: 1000 },
    );
  });

  test('a settled group needs no steps', () => {
    fc.assert(
      fc.property(group, (drawn) => {
        const wanted = wantedOf(drawn);
        expect(
          plan(
            wanted,
            wanted.map((one) => ({ ...one, health: 'healthy' as const })),
            { peak: drawn.peak },
          ).steps,
        ).toEqual([]);
      }),
    );
  });

  test('a second plan on what the first one made registers nothing and repeats nothing', () => {
    fc.assert(
      fc.property(group, (drawn) => {
        const observed = observedOf(drawn);
        const first = plan(wantedOf(drawn), observed, { peak: drawn.peak });
        const second = plan(wantedOf(drawn), after(observed, first), { peak: drawn.peak });
        expect(second.steps.filter((step) => step.do === 'register')).toEqual([]);
      }),
    );
  });

  test('registers first, but for recycled addresses and groups at their quota', () => {
    fc.assert(
      fc.property(group, (drawn) => {
        const { steps } = plan(wantedOf(drawn), observedOf(drawn), drawn);
        const registers = steps.findIndex((step) => step.do === 'register');
        const early = steps.slice(0, Math.max(0, registers));
        expect(early.every((step) => /another pod owns|target quota/.test(step.because))).toBe(true);
      }),
      { numRuns: 1000 },
    );
  });

  test('every registered target that is not wanted goes or is held', () => {
    fc.assert(
      fc.property(group, (drawn) => {
        const observed = observedOf(drawn);
        const planned = plan(wantedOf(drawn), observed, drawn);
        const { held } = planned;
        const gone = all(planned).flatMap((step) => (step.do === 'deregister' ? step.targets.map(keyOfTarget) : []));
        const unwanted = observed.filter((one) => one.fate && one.health !== 'draining').map(keyOfTarget);
        expect([...gone, ...held.map((one) => keyOfTarget(one.target))].toSorted()).toEqual(unwanted.toSorted());
      }),
    );
  });
});
