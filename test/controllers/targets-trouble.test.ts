import { describe, expect, test } from 'vitest';
import { service, slice } from '../model/samples.ts';
import { addTargetGroup, at, createTargetsWorld, leaving, pod, pods, serving } from './targets-world.ts';

describe('trouble', () => {
  test('one bad target among 200 keeps nobody out and is named', async () => {
    const world = await createTargetsWorld();
    const good = Array.from({ length: 199 }, (_, n) => pod(n + 5));
    const bad = pod(1, { addresses: ['192.168.0.1'] });
    const group = world.aws.state.targetGroups.get(world.object.spec.arn);
    Object.assign(group?.attributes ?? {}, { 'load_balancing.cross_zone.enabled': 'false' });
    await world.put([...good, bad], 20_000);
    expect(world.registered).toHaveLength(199);
    expect(world.condition('TargetsRegistered')).toBe('False TargetRefused');
    expect(JSON.stringify(world.object.status)).toContain('192.168.0.1');
  });

  test('throttled calls are made later, and count as no failure', async () => {
    const world = await serving(1, 2);
    world.aws.configure({
      faults: [{ action: 'RegisterTargets', code: 'Throttling', message: 'Rate exceeded', next: 12 }],
    });
    await world.put(pods(1, 2, 3), 120_000);
    expect(world.registered).toEqual(at(1, 2, 3));
  });

  test('a registration that nothing answered is undone when its pod is gone before AWS answers again', async () => {
    const world = await serving(1, 2);
    world.aws.configure({ faults: [{ action: '*', code: 'InternalFailure', when: 'after' }] });
    await world.put(pods(1, 2, 3), 10_000);
    expect(world.registered).toEqual(at(1, 2, 3));
    await world.put(pods(1, 2), 10_000);
    world.aws.configure({ faults: [] });
    await world.clock.advance(60_000);
    expect(world.registered).toEqual(at(1, 2));
  });

  test('a failing registration holds up no deregistration', async () => {
    const world = await serving(1, 2, 3);
    world.aws.configure({ faults: [{ action: 'RegisterTargets', code: 'AccessDenied', message: 'no' }] });
    await world.put([...pods(1, 2, 4), leaving(3)], 10_000);
    expect(world.registered).toEqual(at(1, 2));
    expect(world.condition('TargetsRegistered')).toBe('False AccessDenied');
    world.aws.configure({ faults: [] });
    await world.clock.advance(120_000);
    expect(world.registered).toEqual(at(1, 2, 4));
  });

  test('subnets that cannot be read hold up no deregistration, and nothing new is registered', async () => {
    const world = await serving(1, 2, 3);
    world.restart();
    await world.clock.advance(20_000);
    world.aws.configure({ faults: [{ action: 'DescribeSubnets', code: 'UnauthorizedOperation', message: 'no' }] });
    await world.put([...pods(1, 2, 4), leaving(3)], 10_000);
    expect(world.registered).toEqual(at(1, 2));
    expect(world.condition('TargetsRegistered')).toBe('False SubnetsNotRead');
    world.aws.configure({ faults: [] });
    await world.clock.advance(120_000);
    expect(world.registered).toEqual(at(1, 2, 4));
  });

  test('where AWS cannot be read, what may still serve stays', async () => {
    const world = await serving(1, 2);
    world.aws.configure({ faults: [{ action: 'DescribeTargetHealth', code: 'InternalFailure', httpStatus: 500 }] });
    await world.put([...pods(3), leaving(1), leaving(2)], 20_000);
    expect(world.registered).toEqual(at(1, 2, 3));
    world.aws.configure({ faults: [] });
    await world.clock.advance(120_000);
    expect(world.registered).toEqual(at(3));
  });

  test.each(['DescribeTargetHealth', '*'])(
    "what another Service's pod has got goes soon after AWS answers again (%s)",
    async (action) => {
      const world = await serving(1, 2, 3);
      world.kill();
      world.aws.configure({ faults: [{ action, code: 'ServiceUnavailable', httpStatus: 503 }] });
      world.slices = [slice(pods(1, 3, 4)), slice(pods(2), { name: 'api-x', service: 'api' })];
      world.start();
      await world.clock.advance(600_000);
      expect(world.registered).toContain(at(2)[0]);
      world.aws.configure({ faults: [] });
      await world.clock.advance(6_000);
      expect(world.registered).toEqual(at(1, 3, 4));
    },
  );

  test('while AWS cannot be read the object and the failures say so', async () => {
    const world = await serving(1, 2);
    world.aws.configure({ faults: [{ action: 'DescribeTargetHealth', code: 'InternalFailure', httpStatus: 500 }] });
    world.restart();
    await world.put(pods(1, 3), 60_000);
    expect(world.condition('TargetsRegistered')).toBe('False DescribeTargetHealthFailed');
    const [last] = world.failures.slice(-1);
    expect(last?.failures).toBeGreaterThan(5);
    expect(String(last?.error)).toContain('InternalFailure');
  });

  test('many groups that AWS does not answer for make no storm', async () => {
    const world = await createTargetsWorld();
    for (let n = 0; n < 60; n++) await addTargetGroup(world, { name: `group-${n}`, unattached: true });
    world.slices = [slice(pods(1))];
    for (const [key, object] of world.objects) world.objects.set(key, { ...object, status: { registeredHash: 'old' } });
    world.aws.configure({ faults: [{ action: 'DescribeTargetHealth', code: 'InternalFailure', httpStatus: 500 }] });
    world.restart();
    await world.clock.advance(60_000);
    world.resetCalls();
    await world.clock.advance(30_000);
    const looks = world.calls.filter((action) => action === 'DescribeTargetHealth').length;
    expect(looks).toBeGreaterThan(60);
    expect(looks / 30).toBeLessThan(7);
  });

  test('a group in trouble delays no other', async () => {
    const world = await createTargetsWorld();
    await addTargetGroup(world, { name: 'api', service: 'api' });
    world.services.set('api', service({ name: 'api' }));
    world.slices.push(slice(pods(50), { name: 'api-x', service: 'api' }));
    world.aws.state.targetGroups.delete(world.object.spec.arn);
    await world.put(pods(1), 10_000);
    const api = world.objects.get('shop/api');
    expect(world.targetsOf(api?.spec.arn ?? '', () => true)).toEqual(at(50));
    expect(world.condition('TargetsRegistered')).toBe('False TargetGroupNotFound');
  });

  test('a full group takes what fits, and the rest when there is room', async () => {
    const world = await createTargetsWorld({ settings: { quotas: { 'targets-per-target-group': 3 } } });
    await world.put(pods(1, 2, 3, 4, 5), 20_000);
    expect(world.registered).toHaveLength(3);
    expect(world.condition('TargetsRegistered')).toBe('False TargetQuotaReached');
    world.aws.configure({ quotas: {} });
    await world.clock.advance(60_000);
    expect(world.registered).toEqual(at(1, 2, 3, 4, 5));
  });

  test('the status is written at most every five seconds', async () => {
    const world = await serving(1, 2, 3);
    const before = world.statusWrites.length;
    for (let n = 4; n < 24; n++) await world.put([...pods(1, 2, 3), ...pods(n)], 500);
    await world.clock.advance(20_000);
    const writes = world.statusWrites.slice(before);
    expect(writes.length).toBeGreaterThan(1);
    const gaps = writes.slice(1).map((write, index) => write - (writes[index] as number));
    expect(Math.min(...gaps)).toBeGreaterThanOrEqual(5_000);
  });

  test('with the budget short, changes of a group are gathered', async () => {
    const world = await createTargetsWorld();
    await world.put(pods(1, 2, 3), 10_000);
    for (let n = 4; n < 24; n++) await world.put(pods(1, 2, 3, ...Array.from({ length: n - 3 }, (_, i) => i + 4)));
    world.resetCalls();
    for (let n = 24; n < 124; n++) await world.put(pods(1, 2, 3, ...Array.from({ length: n - 3 }, (_, i) => i + 4)), 2);
    await world.clock.advance(5_000);
    expect(world.registered).toHaveLength(123);
    expect(world.calls.length).toBeLessThan(20);
  });
});
