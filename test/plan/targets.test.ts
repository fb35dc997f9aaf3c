import { describe, expect, test } from 'vitest';
import type { JudgedTarget } from '../../src/plan/fates.ts';
import { all, plan, seen, target, told } from './group-plan.ts';

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
