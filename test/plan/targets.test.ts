import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { keyOfTarget, type Target } from '../../src/model/target.ts';
import type { Fate, JudgedTarget, TargetHealth } from '../../src/plan/fates.ts';
import { planTargets, type TargetPlan, type TargetPolicy, type TargetStep } from '../../src/plan/targets.ts';

const target = (n: number): Target => ({ id: `10.0.0.${n}`, port: 80, uid: `pod-${n}` });
const seen = (n: number, health: TargetHealth = 'healthy', fate?: Fate): JudgedTarget => ({
  ...target(n),
  health,
  ...(fate ? { fate } : {}),
});
const policy: TargetPolicy = { quota: 1000, peak: 0, mayDeregister: true };
const plan = (wanted: Target[], observed: JudgedTarget[], more: Partial<TargetPolicy> = {}): TargetPlan =>
  planTargets(wanted, observed, { ...policy, ...more });
/** What waits for nothing, then what is done in order. */
const all = ({ steps, departures }: TargetPlan): TargetStep[] => [...departures, ...steps];
const told = (planned: TargetPlan): string[] =>
  all(planned).map((step) => `${step.do} ${step.targets.map(({ id }) => id.split('.')[3]).join(' ')}`);

/** The group after the steps, as AWS would have it with nothing seen yet of what was registered. */
function after(observed: JudgedTarget[], planned: TargetPlan): JudgedTarget[] {
  const group = new Map(observed.map((one) => [keyOfTarget(one), one]));
  for (const step of all(planned))
    for (const one of step.targets)
      if (step.do === 'deregister') group.delete(keyOfTarget(one));
      else group.set(keyOfTarget(one), { ...one, health: 'initial' });
  return [...group.values()];
}

describe('planTargets', () => {
  test('registers what is missing, and deregisters what left without waiting for that', () => {
    const wanted = [target(1), target(2), target(3)];
    expect(told(plan(wanted, [seen(1), seen(2), seen(9, 'healthy', 'leaving')]))).toEqual([
      'deregister 9',
      'register 3',
    ]);
  });

  test('all replaced at once: the new are registered, and the old stay until one of them is healthy', () => {
    const old = [7, 8, 9].map((n) => seen(n, 'healthy', 'leaving'));
    const wanted = [target(1), target(2), target(3)];
    const first = plan(wanted, old);
    expect(told(first)).toEqual(['register 1 2 3']);
    expect(first.held).toHaveLength(3);
    expect(told(plan(wanted, [...old, seen(1), seen(2, 'initial'), seen(3, 'initial')]))).toEqual(['deregister 7 8 9']);
  });

  test('the last one that leaves stays while it serves, and goes when it does not', () => {
    expect(told(plan([], [seen(1, 'healthy', 'leaving')]))).toEqual([]);
    expect(told(plan([], [seen(1, 'healthy', 'ended')]))).toEqual(['deregister 1']);
  });

  test('a leaving target that takes no traffic is not kept while others are there', () => {
    expect(told(plan([target(1)], [seen(1, 'initial'), seen(2, 'unhealthy', 'leaving')]))).toEqual(['deregister 2']);
  });

  test('a draining target that is wanted again is registered again', () => {
    const { steps } = plan([target(1)], [seen(1, 'draining')]);
    expect(steps).toMatchObject([{ do: 'register', targets: [target(1)] }]);
    expect(steps[0]?.because).toContain('draining');
  });

  test('a draining target that is not wanted is left alone', () => {
    expect(all(plan([], [seen(1, 'draining', 'ended')]))).toEqual([]);
  });

  test('an address that another pod owns goes first, below any floor', () => {
    const planned = plan([target(2)], [seen(1, 'healthy', 'recycled'), seen(3, 'healthy', 'ended')]);
    expect(told(planned)).toEqual(['deregister 1', 'deregister 3', 'register 2']);
    expect(planned.departures[0]?.because).toContain('another pod owns the address');
  });

  test('in a group that nothing uses yet, what is registered suffices', () => {
    expect(told(plan([target(1)], [seen(1, 'unused'), seen(2, 'unused', 'leaving')]))).toEqual(['deregister 2']);
  });

  describe('brake', () => {
    const failing = (n: number): JudgedTarget => seen(n, 'unhealthy', 'unready');

    test('half may fail their readiness probe and go', () => {
      expect(told(plan([target(1), target(2)], [seen(1), seen(2), failing(3), failing(4)]))).toEqual([
        'deregister 3 4',
      ]);
    });

    test('more than half stay, since health checks then know better', () => {
      const { steps, held } = plan([target(1)], [seen(1), failing(2), failing(3), failing(4)]);
      expect([steps, held.length]).toEqual([[], 3]);
    });

    test('what ran within the window counts, so that the group cannot fail step by step', () => {
      expect(told(plan([target(1), target(2)], [seen(1), seen(2), failing(3)]))).toEqual(['deregister 3']);
      expect(told(plan([target(1), target(2)], [seen(1), seen(2), failing(3)], { peak: 6 }))).toEqual([]);
    });

    test('a flipped selector keeps the old ones until the new ones carry', () => {
      const old = [7, 8].map((n) => seen(n, 'healthy', 'unlisted'));
      const wanted = [target(1), target(2)];
      expect(told(plan(wanted, [...old, seen(1, 'initial'), seen(2, 'initial')]))).toEqual([]);
      expect(told(plan(wanted, [...old, seen(1), seen(2)]))).toEqual(['deregister 7 8']);
    });

    test('what went within the window counts, however healthy the rest is', () => {
      const group = [seen(1), seen(2), failing(3), failing(4)];
      expect(told(plan([target(1), target(2)], group, { removed: 1 }))).toEqual(['deregister 3']);
      const held = plan([target(1), target(2)], group, { removed: 2 });
      expect([told(held), held.held.every(({ braked }) => braked)]).toEqual([[], true]);
    });

    test('released by time it keeps one healthy target, by hand none', () => {
      const group = [seen(1), failing(2), failing(3), failing(4)];
      expect(told(plan([target(1)], group, { released: 'by-time' }))).toEqual(['deregister 2 3 4']);
      expect(told(plan([], group.slice(1), { released: 'by-time' }))).toEqual([]);
      expect(told(plan([], group.slice(1), { released: 'by-hand' }))).toEqual(['deregister 2 3 4']);
    });

    test('what the Service does not select any more stays until all that it selects are healthy', () => {
      const old = [6, 7, 8, 9].map((n) => seen(n, 'healthy', 'deselected'));
      expect(told(plan([target(1), target(2)], [...old, seen(1), seen(2, 'initial')]))).toEqual([]);
      expect(told(plan([target(1), target(2)], [...old, seen(1), seen(2)]))).toEqual(['deregister 6 7 8 9']);
    });

    test('nothing goes while the stores are not full', () => {
      const observed = [seen(1), seen(2, 'healthy', 'ended'), seen(3, 'healthy', 'recycled')];
      const planned = plan([target(1), target(4)], observed, { mayDeregister: false });
      expect([told(planned), planned.held.length]).toEqual([['register 4'], 2]);
    });
  });

  describe('quota', () => {
    test('a full group breaks before it makes, and says so', () => {
      const observed = [seen(1), seen(2), seen(3, 'healthy', 'leaving')];
      const { steps } = plan([target(1), target(2), target(4)], observed, { quota: 3 });
      expect(steps.map((step) => step.do)).toEqual(['deregister', 'register']);
      expect(steps[0]?.because).toContain('target quota');
    });

    test('what does not fit is named', () => {
      const planned = plan([target(1), target(2), target(3)], [seen(1)], { quota: 2 });
      expect([told(planned), planned.unplaced]).toEqual([['register 2'], [target(3)]]);
    });

    test('a group above its quota gives up nothing for nothing', () => {
      const old = [seen(1, 'healthy', 'leaving'), seen(2, 'unknown', 'leaving')];
      expect(told(plan([], old, { quota: 1 }))).toEqual([]);
      expect(told(plan([target(3)], old, { quota: 2 }))).toEqual(['deregister 2', 'register 3']);
    });

    test('a full group that is replaced whole gives up half of the old', () => {
      const old = [6, 7, 8, 9].map((n) => seen(n, 'healthy', 'leaving'));
      const wanted = [1, 2, 3, 4].map(target);
      expect(told(plan(wanted, old, { quota: 4 }))).toEqual(['deregister 6 7', 'register 1 2']);
    });
  });
});

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
