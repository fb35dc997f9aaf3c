import { describe, expect, test } from 'vitest';
import { service, slice } from '../model/samples.ts';
import {
  addNode,
  addTargetGroup,
  at,
  attach,
  createTargetsWorld,
  KEY,
  pod,
  pods,
  rulesOf,
  serving,
} from './targets-world.ts';

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

  test('stay open for a group that has not said since the start what it needs', async () => {
    const world = await serving(1);
    await addTargetGroup(world, { name: 'web2', service: 'web2', spec: { targetType: 'instance' } });
    const ports = [{ name: 'http', port: 80, protocol: 'TCP' as const, targetPort: 9090, nodePort: 30080 }];
    world.services.set('web2', service({ name: 'web2', type: 'NodePort', ports }));
    await world.changed(20_000);
    expect(rulesOf(world)).toEqual([8080, 30080]);
    world.kill();
    world.slices = [slice(pods(1, 2))];
    world.aws.configure({ faults: [{ action: 'DescribeSubnets', code: 'InternalError', httpStatus: 500 }] });
    world.start();
    await world.clock.advance(10_000);
    addNode(world, 2);
    await world.changed(60_000);
    expect(rulesOf(world)).toEqual([8080, 30080]);
    world.aws.configure({ faults: [] });
    await world.clock.advance(120_000);
    expect(world.healthy).toEqual(at(1, 2));
    expect(rulesOf(world)).toEqual([8080, 30080]);
  });

  test('closed after a start once AWS was asked what still drains, once for each group that may need them', async () => {
    const world = await serving(1);
    await addTargetGroup(world, { name: 'web2', service: 'web2' });
    world.services.set('web2', service({ name: 'web2' }));
    const ports = [{ name: 'http', port: 9090, protocol: 'TCP' }];
    const other = slice(pods(7), { name: 'web2', service: 'web2', ports });
    world.slices = [...world.slices, other];
    await world.changed(20_000);
    expect(rulesOf(world)).toEqual([8080, 9090]);
    world.restart();
    await world.clock.advance(10_000);
    world.resetCalls();
    await world.changed(10_000);
    expect(world.calls).toEqual([]);
    await world.remove(KEY);
    await world.changed(10_000);
    expect(rulesOf(world)).toEqual([9090]);
    expect(world.calls.filter((action) => action === 'DescribeTargetHealth')).toHaveLength(1);
  });

  test('stay after a start for what drains since before it', async () => {
    const world = await serving(1, 2);
    world.slices = [slice([], { ports: [] })];
    await world.changed(320_000);
    expect(world.registered).toEqual([]);
    world.restart();
    await world.clock.advance(1_000);
    world.slices = [slice(pods(3), { ports: [{ name: 'http', port: 9090, protocol: 'TCP' }] })];
    await world.changed(20_000);
    expect(rulesOf(world)).toEqual([8080, 9090]);
    await world.clock.advance(400_000);
    expect(rulesOf(world)).toEqual([9090]);
  });

  test('are told to be open again when the node whose rules are not ours to open is gone', async () => {
    const world = await serving(1);
    await world.put([...pods(1), pod(2, { node: 'somewhere' })], 10_000);
    expect(world.condition('NodesReachable')).toBe('False NotAnInstance');
    await world.put(pods(1), 10_000);
    expect(world.condition('NodesReachable')).toBe('True RulesOpen');
  });
});
