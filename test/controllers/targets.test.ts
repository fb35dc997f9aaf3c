import { describe, expect, test } from 'vitest';
import { slice } from '../model/samples.ts';
import { at, createTargetsWorld, leaving, pod, pods, rulesOf, serving, watch } from './targets-world.ts';

describe('targets follow the endpoints', () => {
  test('a new group: the targets are registered, opened toward, seen healthy and told', async () => {
    const world = await createTargetsWorld();
    await world.put(pods(1, 2), 10_000);
    expect(world.healthy).toEqual(at(1, 2));
    expect(world.object.status).toMatchObject({ registered: 2, healthy: 2, observedGeneration: 1 });
    expect(
      ['Ready', 'TargetsRegistered', 'NodesReachable', 'PodIPsRoutable'].map((type) => world.condition(type)),
    ).toEqual(['True TargetsHealthy', 'True AllRegistered', 'True RulesOpen', 'True PodIPRoutable']);
  });

  test('a pod added is one RegisterTargets and nothing else', async () => {
    const world = await serving(1, 2, 3);
    await world.put(pods(1, 2, 3, 4), 60_000);
    expect([world.registered, world.calls]).toEqual([at(1, 2, 3, 4), ['RegisterTargets']]);
  });

  test('a pod that leaves is one DeregisterTargets and nothing else', async () => {
    const world = await serving(1, 2, 3);
    await world.put([...pods(1, 2), leaving(3)], 60_000);
    expect([world.registered, world.calls]).toEqual([at(1, 2), ['DeregisterTargets']]);
  });

  test('pods that come and go in one update cost one call each', async () => {
    const world = await serving(1, 2, 3);
    await world.put([...pods(1, 2, 4), leaving(3)], 60_000);
    expect([world.registered, world.calls.toSorted()]).toEqual([at(1, 2, 4), ['DeregisterTargets', 'RegisterTargets']]);
  });

  test('scaled from 3 to 6 and to 2', async () => {
    const world = await serving(1, 2, 3);
    await world.put(pods(1, 2, 3, 4, 5, 6), 10_000);
    await world.put([...pods(1, 2), ...[3, 4, 5, 6].map((n) => leaving(n))], 10_000);
    expect(world.registered).toEqual(at(1, 2));
  });

  test('all pods replaced in one update: never a moment without a healthy target', async () => {
    const world = await serving(1, 2, 3);
    const healthy = watch(world, () => world.healthy.length);
    await world.put([...pods(4, 5, 6), leaving(1), leaving(2), leaving(3)], 30_000);
    expect(world.registered).toEqual(at(4, 5, 6));
    expect(Math.min(...healthy)).toBeGreaterThan(0);
    expect(world.calls.indexOf('RegisterTargets')).toBeLessThan(world.calls.indexOf('DeregisterTargets'));
  });

  test('the same where the old pods vanish from the list at once', async () => {
    const world = await serving(1, 2, 3);
    const healthy = watch(world, () => world.healthy.length);
    await world.put(pods(4, 5, 6), 30_000);
    expect(world.registered).toEqual(at(4, 5, 6));
    expect(Math.min(...healthy)).toBeGreaterThan(0);
  });

  test('replaced by pods that never become healthy: the old ones stay while they serve, and go when they end', async () => {
    const world = await serving(1, 2);
    world.sick.add('10.0.1.3').add('10.0.1.4');
    await world.put([...pods(3, 4), leaving(1), leaving(2)], 60_000);
    expect(world.healthy).toEqual(at(1, 2));
    await world.put([...pods(3, 4), leaving(1, false), leaving(2, false)], 1_000);
    expect(world.registered).toEqual(at(3, 4));
  });

  test('a group scaled to nothing keeps its last target until it ends', async () => {
    const world = await serving(1);
    await world.put([leaving(1)], 60_000);
    expect(world.registered).toEqual(at(1));
    await world.put([], 1_000);
    expect(world.registered).toEqual([]);
    await world.clock.advance(10_000);
    expect(world.condition('Ready')).toBe('False NoEndpoints');
  });

  test('a selector that flips keeps the old pods until the new ones carry', async () => {
    const world = await serving(1, 2);
    world.slices.push(slice(pods(1, 2), { name: 'blue-x', service: 'blue' }));
    const healthy = watch(world, () => world.healthy.length);
    await world.put(pods(11, 12), 30_000);
    expect(world.registered).toEqual(at(11, 12));
    expect(Math.min(...healthy)).toBeGreaterThan(0);
  });

  test('an address that another pod owns now is taken out at once, though the group goes empty', async () => {
    const world = await serving(1);
    const other = pod(1, { pod: { uid: 'other', namespace: 'shop', name: 'other-1' } });
    world.slices.push(slice([other], { name: 'other-x', service: 'other' }));
    await world.put(pods(2));
    expect(world.registered).toEqual(at(2));
    expect(world.calls.slice(0, 2)).toEqual(['DeregisterTargets', 'RegisterTargets']);
  });

  test('an address that another pod of the same Service took over stays registered', async () => {
    const world = await serving(1, 2);
    await world.put([pod(2), pod(1, { pod: { uid: 'next', namespace: 'shop', name: 'web-9' } })], 60_000);
    expect([world.registered, world.calls]).toEqual([at(1, 2), []]);
  });

  test('a target that drains and is wanted again is registered again', async () => {
    const world = await serving(1, 2, 3);
    await world.put([...pods(1, 2), pod(3, { ready: false, serving: false })], 5_000);
    expect(world.registered).toEqual(at(1, 2));
    await world.put(pods(1, 2, 3), 5_000);
    expect(world.registered).toEqual(at(1, 2, 3));
  });

  test('where AWS refuses to register a draining target, it is tried until the drain is over', async () => {
    const world = await createTargetsWorld({ settings: { reregistration: 'refuse' } });
    await world.put(pods(1, 2, 3), 20_000);
    await world.put([...pods(1, 2), pod(3, { ready: false, serving: false })], 5_000);
    await world.put(pods(1, 2, 3), 5_000);
    expect(world.registered).toEqual(at(1, 2));
    expect(world.condition('TargetsRegistered')).toBe('False TargetRefused');
    await world.clock.advance(600_000);
    expect(world.registered).toEqual(at(1, 2, 3));
  });

  test('what AWS refuses is asked for once in a pass, also where health is looked at in between', async () => {
    const world = await createTargetsWorld({ settings: { reregistration: 'refuse' } });
    await world.put(pods(1), 20_000);
    await world.put(pods(3), 60_000);
    expect(world.registered).toEqual(at(3));
    world.resetCalls();
    await world.put(pods(1), 5_000);
    expect(world.registered).toEqual(at(3));
    expect(world.calls.filter((action) => action === 'RegisterTargets')).toHaveLength(1);
  });

  test('where AWS keeps it draining, likewise', async () => {
    const world = await createTargetsWorld({ settings: { reregistration: 'stay-draining' } });
    await world.put(pods(1, 2, 3), 20_000);
    await world.put([...pods(1, 2), pod(3, { ready: false, serving: false })], 5_000);
    await world.put(pods(1, 2, 3), 600_000);
    expect(world.registered).toEqual(at(1, 2, 3));
  });
});

describe('brake', () => {
  test('an EndpointSlice list that comes back empty takes nothing out, ever', async () => {
    const world = await serving(1, 2, 3);
    world.slices = [];
    await world.changed(3_600_000);
    expect(world.registered).toEqual(at(1, 2, 3));
  });

  test('a slice that lost its endpoints holds them for five minutes', async () => {
    const world = await serving(1, 2, 3);
    await world.put([], 290_000);
    expect(world.registered).toEqual(at(1, 2, 3));
    await world.clock.advance(60_000);
    expect(world.registered).toEqual([]);
  });

  test('a missing Service takes nothing out and is told', async () => {
    const world = await serving(1, 2);
    world.services.clear();
    world.slices = [];
    await world.changed(600_000);
    expect(world.registered).toEqual(at(1, 2));
    expect(world.condition('TargetsRegistered')).toBe('False ServiceNotFound');
  });

  test('a pod that leaves while health is polled does not wait for the answer', async () => {
    const world = await serving(1, 2, 3, 4, 5, 6);
    await world.put([...[1, 2, 3].map((n) => leaving(n)), ...pods(4, 5, 6, 7, 8, 9, 10)], 500);
    expect(world.registered).toEqual(at(4, 5, 6, 7, 8, 9, 10));
    world.aws.configure({ latencyMs: 20_000 });
    await world.clock.advance(1_000); // the poll is on its way
    await world.put([leaving(4), ...pods(5, 6, 7, 8, 9, 10)], 21_000);
    expect(world.registered).toEqual(at(5, 6, 7, 8, 9, 10));
    expect(world.calls.slice(-2)).toEqual(['DescribeTargetHealth', 'DeregisterTargets']);
  });

  test('nothing is deregistered until every store is full', async () => {
    const world = await serving(1, 2, 3);
    world.synced = false;
    await world.put([...pods(1, 2), leaving(3, false), pod(4)], 60_000);
    expect(world.registered).toEqual(at(1, 2, 3, 4));
    world.synced = true;
    await world.changed(5_000);
    expect(world.registered).toEqual(at(1, 2, 4));
  });

  test('all readiness probes failing at once leaves the targets to the load balancer', async () => {
    const world = await serving(1, 2, 3, 4);
    await world.put(
      [1, 2, 3, 4].map((n) => pod(n, { ready: false, serving: false })),
      600_000,
    );
    expect(world.registered).toEqual(at(1, 2, 3, 4));
  });
});

describe('after a start', () => {
  test('an unchanged group costs no call, and the next change is one', async () => {
    const world = await serving(1, 2, 3);
    world.restart();
    await world.clock.advance(600_000);
    expect(world.calls).toEqual([]);
    await world.put([...pods(1, 2), leaving(3)], 60_000);
    expect(world.calls).toEqual(['DeregisterTargets']);
  });

  test('the first pod added after a start costs one read of the subnets more', async () => {
    const world = await serving(1, 2, 3);
    world.restart();
    await world.clock.advance(10_000);
    await world.put(pods(1, 2, 3, 4), 20_000);
    await world.put(pods(1, 2, 3, 4, 5), 20_000);
    expect(world.calls).toEqual(['DescribeSubnets', 'RegisterTargets', 'RegisterTargets']);
  });

  test('a changed group is registered at once and read before anything is deregistered', async () => {
    const world = await serving(1, 2, 3);
    world.kill();
    await world.put([...pods(1, 2, 4), leaving(3)]);
    world.start();
    await world.clock.advance(20_000);
    expect(world.registered).toEqual(at(1, 2, 4));
    const elb = world.calls.filter((action) => /Target/.test(action));
    expect(elb.slice(0, 3)).toEqual(['RegisterTargets', 'DescribeTargetHealth', 'DeregisterTargets']);
  });

  test('killed after each call of a change, it converges', async () => {
    const emptied: number[] = [];
    for (let calls = 1; calls <= 8; calls++) {
      const world = await createTargetsWorld();
      world.crashAfter = calls;
      await world.put(pods(1, 2, 3), 8_000);
      await world.put([...pods(3, 4, 5), leaving(1), leaving(2, false)], 8_000);
      const healthy = watch(world, () => world.healthy.length);
      world.restart();
      await world.clock.advance(30_000);
      expect(world.registered, `killed after call ${calls}`).toEqual(at(3, 4, 5));
      emptied.push(...(calls > 4 ? healthy.filter((count) => count === 0) : []));
      expect(rulesOf(world), `killed after call ${calls}`).toEqual([8080]);
    }
    expect(emptied).toEqual([]);
  });
});
