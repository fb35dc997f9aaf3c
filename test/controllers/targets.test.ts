import { describe, expect, test } from 'vitest';
import {
  pod,
  leaving,
  addNode,
  addTargetGroup,
  attach,
  createTargetsWorld,
  KEY,
  type TargetsWorld,
} from './targets-world.ts';
import { service, slice } from '../model/samples.ts';

const at = (...ns: number[]): string[] => ns.map((n) => `10.0.1.${n}:8080`).toSorted();
const pods = (...ns: number[]) => ns.map((n) => pod(n));

/** A world whose group serves the pods, seen healthy, with its status written. */
async function serving(...ns: number[]): Promise<TargetsWorld> {
  const world = await createTargetsWorld();
  await world.put(pods(...ns), 20_000);
  world.resetCalls();
  return world;
}

/** Runs `during` at every change of the group, and returns what it found. */
function watch<T>(world: TargetsWorld, look: () => T): T[] {
  const found: T[] = [];
  world.aws.onChange(({ kind }) => {
    if (kind === 'targets') found.push(look());
  });
  return found;
}

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

  test('pods that come and go in one update are registered first', async () => {
    const world = await serving(1, 2, 3);
    await world.put([...pods(1, 2, 4), leaving(3)], 60_000);
    expect([world.registered, world.calls]).toEqual([at(1, 2, 4), ['RegisterTargets', 'DeregisterTargets']]);
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
    for (let calls = 1; calls <= 8; calls++) {
      const world = await createTargetsWorld();
      world.crashAfter = calls;
      await world.put(pods(1, 2, 3), 8_000);
      await world.put([...pods(3, 4, 5), leaving(1), leaving(2, false)], 8_000);
      const healthy = watch(world, () => world.healthy.length);
      world.restart();
      await world.clock.advance(30_000);
      expect(world.registered, `killed after call ${calls}`).toEqual(at(3, 4, 5));
      if (healthy.length > 0 && calls > 4) expect(Math.min(...healthy)).toBeGreaterThan(0);
      expect(rulesOf(world), `killed after call ${calls}`).toEqual([8080]);
    }
  });
});

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

  test('a failing registration holds up no deregistration', async () => {
    const world = await serving(1, 2, 3);
    world.aws.configure({ faults: [{ action: 'RegisterTargets', code: 'AccessDenied', message: 'no' }] });
    await world.put([...pods(1, 2, 4), leaving(3)], 10_000);
    expect(world.registered).toEqual(at(1, 2));
    expect(world.condition('TargetsRegistered')).toBe('False RegisterTargetsFailed');
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

describe('other groups', () => {
  test('IPv6 pods', async () => {
    const world = await createTargetsWorld({ settings: { ipv6: true }, spec: { addressFamily: 'IPv6' } });
    world.services.set('web', service({ ipFamilies: ['IPv6'] }));
    const [subnet] = [...world.aws.state.subnets.values()].flatMap(({ ipv6Cidrs }) => ipv6Cidrs);
    const address = (subnet ?? '').replace('::/64', '::17');
    world.slices = [slice([pod(1, { addresses: [address] })], { addressType: 'IPv6' })];
    await world.changed(10_000);
    expect(world.healthy).toEqual([`${address}:8080`]);
  });

  test('nodes come and go in instance mode', async () => {
    const world = await createTargetsWorld({ spec: { targetType: 'instance' } });
    world.services.set(
      'web',
      service({
        type: 'NodePort',
        ports: [{ name: 'http', port: 80, protocol: 'TCP', targetPort: 8080, nodePort: 30080 }],
      }),
    );
    const idOf = (n: number): string => `${world.nodes[n]?.providerID.split('/').at(-1)}:30080`;
    await world.put(pods(1), 10_000);
    const first = idOf(0);
    expect(world.registered).toEqual([first]);
    addNode(world, 2);
    await world.changed(10_000);
    const second = idOf(1);
    expect(world.registered).toEqual([first, second].toSorted());
    world.nodes = world.nodes.slice(1);
    await world.changed(10_000);
    expect(world.registered).toEqual([second]);
    expect(rulesOf(world)).toEqual([30080]);
  });

  test('in a mixed network the reachable pods are registered and the others named', async () => {
    const world = await createTargetsWorld();
    await world.put([pod(1), pod(2, { addresses: ['172.16.0.2'] })], 10_000);
    expect(world.registered).toEqual(at(1));
    expect(world.condition('PodIPsRoutable')).toBe('False PartlyRoutable');
    expect(JSON.stringify(world.object.status.conditions)).toContain('172.16.0.2');
  });

  test('a group that no listener uses yet is filled, and told when it is attached', async () => {
    const world = await createTargetsWorld({ unattached: true });
    await world.put(pods(1, 2), 10_000);
    expect([world.registered, world.object.status.healthy]).toEqual([at(1, 2), 0]);
    await attach(world, 'web', world.object.spec.arn);
    await world.clock.advance(15_000);
    expect(world.object.status.healthy).toBe(2);
  });
});

/** Ports that the node security group admits from the backend security group. */
function rulesOf(world: TargetsWorld): (number | undefined)[] {
  const rules = world.aws.state.securityGroups.get(world.nodeGroup)?.rules ?? [];
  return rules
    .filter((rule) => !rule.egress && rule.groupId === world.backend)
    .map((rule) => rule.fromPort)
    .toSorted();
}

describe('rules toward nodes', () => {
  test('open before the first pod is ready, closed when the last target at the port is gone', async () => {
    const world = await createTargetsWorld();
    await world.put([pod(1, { ready: false, serving: false })], 1_000);
    expect(rulesOf(world)).toEqual([8080]);
    await world.put(pods(1, 2), 20_000);
    world.slices = [slice(pods(1, 2), { ports: [{ name: 'http', port: 9090, protocol: 'TCP' }] })];
    await world.changed(20_000);
    expect(rulesOf(world)).toEqual([8080, 9090]);
    await world.clock.advance(400_000);
    expect(world.registered).toEqual(['10.0.1.1:9090', '10.0.1.2:9090']);
    expect(rulesOf(world)).toEqual([9090]);
  });

  test('closed with the last group that needs them', async () => {
    const world = await serving(1);
    await addTargetGroup(world, { name: 'web2' });
    await world.changed(10_000);
    await world.remove('shop/web2');
    expect(rulesOf(world)).toEqual([8080]);
    await world.remove(KEY);
    expect(rulesOf(world)).toEqual([]);
  });
});
