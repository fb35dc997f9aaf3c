import { expect, test } from 'vitest';
import { codeOf, createStack, createTargetGroup, createWorld } from '../world.ts';

const BASE = { Name: 'pods', Protocol: 'HTTP', Port: 80, TargetType: 'ip' } as const;

test('an HTTP group has the defaults of AWS', async () => {
  const world = createWorld();
  const { TargetGroups } = await world.elb.createTargetGroup({ ...BASE, VpcId: world.aws.settings.vpcId });
  expect(TargetGroups?.[0]).toMatchObject({
    ProtocolVersion: 'HTTP1',
    IpAddressType: 'ipv4',
    HealthCheckProtocol: 'HTTP',
    HealthCheckPort: 'traffic-port',
    HealthCheckPath: '/',
    HealthCheckIntervalSeconds: 30,
    HealthCheckTimeoutSeconds: 5,
    HealthyThresholdCount: 5,
    UnhealthyThresholdCount: 2,
    HealthCheckEnabled: true,
    Matcher: { HttpCode: '200' },
    LoadBalancerArns: [],
  });
});

test('the same creation twice returns the one group; other settings are refused', async () => {
  const world = createWorld();
  const first = await createTargetGroup(world);
  expect(await createTargetGroup(world)).toBe(first);
  const other = world.elb.createTargetGroup({ ...BASE, VpcId: world.aws.settings.vpcId, Port: 81 });
  expect(await codeOf(other)).toBe('DuplicateTargetGroupName');
});

test.each([
  ['no VPC', { VpcId: undefined }, 'ValidationError'],
  ['a VPC that is not there', { VpcId: 'vpc-1' }, 'ValidationError'],
  ['no protocol', { Protocol: undefined }, 'ValidationError'],
  ['port 99999', { Port: 99999 }, 'ValidationError'],
  ['an interval of 4 s', { HealthCheckIntervalSeconds: 4 }, 'ValidationError'],
  [
    'a timeout not below the interval',
    { HealthCheckIntervalSeconds: 10, HealthCheckTimeoutSeconds: 10 },
    'ValidationError',
  ],
  ['a threshold of 1', { HealthyThresholdCount: 1 }, 'ValidationError'],
  ['a path without slash', { HealthCheckPath: 'health' }, 'ValidationError'],
  ['a matcher beyond 499', { Matcher: { HttpCode: '200,500' } }, 'ValidationError'],
  ['a matcher that is no list of codes', { Matcher: { HttpCode: '2xx' } }, 'ValidationError'],
  ['a health check switched off', { HealthCheckEnabled: false }, 'InvalidConfigurationRequest'],
  ['a protocol version of TCP', { Protocol: 'TCP' as const, ProtocolVersion: 'HTTP1' }, 'InvalidConfigurationRequest'],
  ['a lambda group', { TargetType: 'lambda' as const }, 'InvalidConfigurationRequest'],
])('CreateTargetGroup refuses %s', async (_case, change, code) => {
  const world = createWorld();
  const call = world.elb.createTargetGroup({ ...BASE, VpcId: world.aws.settings.vpcId, ...change });
  expect(await codeOf(call)).toBe(code);
  expect(world.aws.state.targetGroups.size).toBe(0);
});

test('a group in use cannot be deleted; one that is gone counts as deleted', async () => {
  const world = createWorld();
  const { targetGroup, listener } = await createStack(world);
  const remove = () => world.elb.deleteTargetGroup({ TargetGroupArn: targetGroup });
  expect(await codeOf(remove())).toBe('ResourceInUse');
  await world.elb.deleteListener({ ListenerArn: listener });
  await remove();
  await remove();
  expect(world.aws.state.targetGroups.size).toBe(0);
});

test('with a consistency lag a released group stays in use for a while', async () => {
  const world = createWorld({ consistencyLagMs: 2000 });
  const { targetGroup, listener } = await createStack(world);
  await world.elb.deleteListener({ ListenerArn: listener });
  expect(await codeOf(world.elb.deleteTargetGroup({ TargetGroupArn: targetGroup }))).toBe('ResourceInUse');
  await world.clock.advance(2000);
  await world.elb.deleteTargetGroup({ TargetGroupArn: targetGroup });
  expect(world.aws.state.targetGroups.size).toBe(0);
});

test.each([
  ['a delay of 3601 s', [{ Key: 'deregistration_delay.timeout_seconds', Value: '3601' }], 'ValidationError'],
  ['a slow start of 10 s', [{ Key: 'slow_start.duration_seconds', Value: '10' }], 'ValidationError'],
  ['an attribute of network load balancers', [{ Key: 'proxy_protocol_v2.enabled', Value: 'true' }], 'ValidationError'],
  [
    'slow start with least outstanding requests',
    [
      { Key: 'slow_start.duration_seconds', Value: '30' },
      { Key: 'load_balancing.algorithm.type', Value: 'least_outstanding_requests' },
    ],
    'InvalidConfigurationRequest',
  ],
])('ModifyTargetGroupAttributes refuses %s', async (_case, Attributes, code) => {
  const world = createWorld();
  const TargetGroupArn = await createTargetGroup(world);
  expect(await codeOf(world.elb.modifyTargetGroupAttributes({ TargetGroupArn, Attributes }))).toBe(code);
});

test('an attribute that AWS may have added since is kept as it is', async () => {
  const world = createWorld();
  const TargetGroupArn = await createTargetGroup(world);
  const Attributes = [{ Key: 'brand_new.setting.enabled', Value: 'true' }];
  await world.elb.modifyTargetGroupAttributes({ TargetGroupArn, Attributes });
  const answer = await world.elb.describeTargetGroupAttributes({ TargetGroupArn });
  expect(answer.Attributes).toContainEqual(Attributes[0]);
  expect(answer.Attributes).toContainEqual({ Key: 'deregistration_delay.timeout_seconds', Value: '300' });
});
