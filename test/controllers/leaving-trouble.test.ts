import { describe, expect, test } from 'vitest';
import { DRAIN_BUDGET } from '../model/drain/samples.ts';
import { deleted } from '../model/pods.ts';
import { service, slice } from '../model/samples.ts';
import { SECOND, podAt, serving, remove, untilGone } from './leaving-world.ts';
import { at, addTargetGroup, pods, type TargetsWorld } from './targets-world.ts';

describe('deregistration in trouble', () => {
  const fail = (action: string, more: object = {}) => ({ action, code: 'InternalFailure', httpStatus: 500, ...more });
  const attempts = (world: TargetsWorld): number => world.calls.filter((one) => one === 'DeregisterTargets').length;

  test('is tried again after 0.5, 1, 2 and 4 s and no less often, and a missed deadline is told', async () => {
    const world = await serving([1, 2, 3]);
    world.aws.configure({ faults: [fail('DeregisterTargets')] });
    await remove(world, [3]);
    await world.clock.advance(23 * SECOND);
    expect(attempts(world)).toBeGreaterThanOrEqual(8);
    expect(world.told).toEqual([]);
    expect(world.condition('TargetsRegistered')).toBe('False DeregisterTargetsFailed');
    await world.clock.advance(8 * SECOND);
    expect(world.told.map((one) => one.split(':')[0])).toEqual(['Pod web-3 DrainDeadlineMissed']);
    world.aws.configure({ faults: [] });
    await world.clock.advance(4.1 * SECOND);
    expect(world.registered).toEqual(at(1, 2));
  });

  test('is not frozen by a registration or a look that hangs', async () => {
    const world = await serving([1, 2, 3]);
    world.aws.configure({ latencyMs: 60_000 });
    world.pods.push(podAt(4));
    await world.put(pods(1, 2, 3, 4), 100); // the registration of 4 is on its way
    world.aws.configure({ latencyMs: 0 });
    await remove(world, [3]);
    expect(world.registered).toEqual(at(1, 2));
  });

  test('without an answer about health keeps the last two until the last deadline, and no longer', async () => {
    const world = await serving([1, 2]);
    world.aws.configure({ faults: [fail('DescribeTargetHealth')] });
    await remove(world, [2]);
    await world.clock.advance(10 * SECOND);
    expect(world.registered).toEqual(at(1, 2));
    expect(await untilGone(world, 2)).toBe(22 - 11);
  });

  test('without an answer about health is not put off until SIGTERM by another pod that is late', async () => {
    const world = await serving([1, 2]);
    world.aws.configure({ faults: [fail('DescribeTargetHealth')] });
    world.pods.push(podAt(3, { ready: false, containersReady: false }));
    await remove(world, [2]);
    expect(await untilGone(world, 2)).toBe(21);
  });

  test.each(['after', 'half'] as const)('that took effect in part (%s) harms nobody', async (when) => {
    const world = await serving([1, 2, 3, 4, 5]);
    world.aws.configure({ faults: [{ ...fail('DeregisterTargets'), when, next: 1 }] });
    await remove(world, [3, 4, 5]);
    await world.clock.advance(2 * SECOND);
    expect(world.registered).toEqual(at(1, 2));
  });

  test('is asked for in the order of SIGTERM, over all groups', async () => {
    const world = await serving([1, 2, 3]);
    await addTargetGroup(world, { name: 'api', service: 'api', spec: { drain: DRAIN_BUDGET } });
    world.services.set('api', service({ name: 'api', selector: { app: 'api' } }));
    world.slices.push(slice(pods(50, 51, 52), { name: 'api-x', service: 'api' }));
    await world.changed(20 * SECOND);
    const order: string[] = [];
    world.aws.onChange(({ kind }) => kind === 'targets' && order.push(`${world.registered.length}`));
    world.aws.configure({ faults: [{ action: 'DeregisterTargets', code: 'Throttling', next: 4 }] });
    const now = world.clock.now();
    const hurried = podAt(52, { preStops: [{ container: 'app', kind: 'sleep', seconds: 30 }] });
    world.pods = [podAt(1), podAt(2), deleted(podAt(3), now), podAt(50), podAt(51), deleted(hurried, now)];
    await world.changed(10 * SECOND);
    expect(order).toEqual(['3', '2']);
  });
});
