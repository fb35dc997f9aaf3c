import type { TargetDescription } from '@aws-sdk/client-elastic-load-balancing-v2';
import { expect, test } from 'vitest';
import { addInstance } from '../../../src/local/aws/network.ts';
import { simulateProbes } from '../../../src/local/aws/simulated-probes.ts';
import type { ProbeResult } from '../../../src/local/aws/state.ts';
import {
  codeOf,
  createListener,
  createLoadBalancer,
  createStack,
  createTargetGroup,
  createWorld,
  healthOf,
  subnetsOf,
} from './world.ts';

const POD = { Id: '10.0.1.10', Port: 8080 };
const KEY = { id: '10.0.1.10', port: 8080 };
const FAILED: ProbeResult = { ok: false, reason: 'Target.Timeout' };

test('a target of a group that no listener names is unused and is not checked', async () => {
  const world = createWorld();
  const targetGroup = await createTargetGroup(world);
  await world.elb.registerTargets({ TargetGroupArn: targetGroup, Targets: [POD] });
  world.aws.reportProbe(targetGroup, KEY, { ok: true });
  const { TargetHealthDescriptions } = await world.elb.describeTargetHealth({ TargetGroupArn: targetGroup });
  expect(TargetHealthDescriptions).toEqual([
    {
      Target: { Id: '10.0.1.10', Port: 8080, AvailabilityZone: 'eu-central-1a' },
      HealthCheckPort: '8080',
      TargetHealth: {
        State: 'unused',
        Reason: 'Target.NotInUse',
        Description: 'Target group is not configured to receive traffic from the load balancer',
      },
    },
  ]);
});

test('a group that a rule names is in use whatever its weight: its targets are checked before they get anything', async () => {
  const world = createWorld({ registrationMs: 0 });
  const { targetGroup: serving, listener } = await createStack(world);
  const coming = await createTargetGroup(world, { name: 'coming' });
  await world.elb.registerTargets({ TargetGroupArn: coming, Targets: [POD] });
  expect(await healthOf(world, coming)).toEqual({ '10.0.1.10:8080': 'unused Target.NotInUse' });
  const TargetGroups = [
    { TargetGroupArn: serving, Weight: 1 },
    { TargetGroupArn: coming, Weight: 0 },
  ];
  await world.elb.modifyListener({
    ListenerArn: listener,
    DefaultActions: [{ Type: 'forward', ForwardConfig: { TargetGroups } }],
  });
  world.aws.reportProbe(coming, KEY, { ok: true });
  expect(await healthOf(world, coming)).toEqual({ '10.0.1.10:8080': 'healthy' });
});

test('a new target goes through both initial reasons and is healthy after one success', async () => {
  const world = createWorld({ registrationMs: 500 });
  const { targetGroup } = await createStack(world);
  await world.elb.registerTargets({ TargetGroupArn: targetGroup, Targets: [POD] });
  expect(await healthOf(world, targetGroup)).toEqual({ '10.0.1.10:8080': 'initial Elb.RegistrationInProgress' });
  world.aws.reportProbe(targetGroup, KEY, { ok: true });
  expect(await healthOf(world, targetGroup)).toEqual({ '10.0.1.10:8080': 'initial Elb.RegistrationInProgress' });
  await world.clock.advance(500);
  expect(await healthOf(world, targetGroup)).toEqual({ '10.0.1.10:8080': 'initial Elb.InitialHealthChecking' });
  world.aws.reportProbe(targetGroup, KEY, { ok: true });
  expect(await healthOf(world, targetGroup)).toEqual({ '10.0.1.10:8080': 'healthy' });
});

test('the thresholds of the group decide about a target that was healthy once', async () => {
  const world = createWorld({ registrationMs: 0 });
  const { targetGroup } = await createStack(world);
  await world.elb.modifyTargetGroup({
    TargetGroupArn: targetGroup,
    HealthyThresholdCount: 3,
    UnhealthyThresholdCount: 2,
  });
  await world.elb.registerTargets({ TargetGroupArn: targetGroup, Targets: [POD] });
  const states: (string | undefined)[] = [];
  for (const ok of [true, false, true, false, false, true, true, false, true, true, true]) {
    world.aws.reportProbe(targetGroup, KEY, ok ? { ok } : FAILED);
    states.push((await healthOf(world, targetGroup))['10.0.1.10:8080']);
  }
  const unhealthy = 'unhealthy Target.Timeout';
  expect(states).toEqual([...Array(4).fill('healthy'), ...Array(6).fill(unhealthy), 'healthy']);
});

test('a target that never answered stays initial until the unhealthy threshold', async () => {
  const world = createWorld({ registrationMs: 0 });
  const { targetGroup } = await createStack(world);
  await world.elb.registerTargets({ TargetGroupArn: targetGroup, Targets: [POD] });
  world.aws.reportProbe(targetGroup, KEY, FAILED);
  expect(await healthOf(world, targetGroup)).toEqual({ '10.0.1.10:8080': 'initial Elb.InitialHealthChecking' });
  const description = 'Health checks failed with these codes: [500]';
  world.aws.reportProbe(targetGroup, KEY, { ok: false, reason: 'Target.ResponseCodeMismatch', description });
  const { TargetHealthDescriptions } = await world.elb.describeTargetHealth({ TargetGroupArn: targetGroup });
  expect(TargetHealthDescriptions?.[0]?.TargetHealth).toEqual({
    State: 'unhealthy',
    Reason: 'Target.ResponseCodeMismatch',
    Description: description,
  });
});

test('a deregistered target is listed as draining for the whole delay, then it is not registered', async () => {
  const world = createWorld({ registrationMs: 0 });
  const { targetGroup } = await createStack(world);
  await world.elb.registerTargets({ TargetGroupArn: targetGroup, Targets: [POD] });
  world.aws.reportProbe(targetGroup, KEY, { ok: true });
  await world.elb.deregisterTargets({ TargetGroupArn: targetGroup, Targets: [POD] });
  await world.clock.advance(299_999);
  expect(await healthOf(world, targetGroup)).toEqual({ '10.0.1.10:8080': 'draining Target.DeregistrationInProgress' });
  world.aws.reportProbe(targetGroup, KEY, FAILED);
  world.aws.reportProbe(targetGroup, KEY, FAILED);
  expect(await healthOf(world, targetGroup)).toEqual({ '10.0.1.10:8080': 'draining Target.DeregistrationInProgress' });
  await world.clock.advance(1);
  expect(await healthOf(world, targetGroup)).toEqual({});
  const named = await world.elb.describeTargetHealth({ TargetGroupArn: targetGroup, Targets: [POD] });
  expect(named.TargetHealthDescriptions?.[0]?.TargetHealth).toMatchObject({
    State: 'unused',
    Reason: 'Target.NotRegistered',
  });
});

test.each([
  ['a wrong port', { Id: '10.0.1.10', Port: 9999 }],
  ['no port, where the target has one of its own', { Id: '10.0.1.10' }],
  ['an unknown address', { Id: '10.0.1.99', Port: 8080 }],
])('deregistering with %s succeeds and changes nothing', async (_case, target) => {
  const world = createWorld({ registrationMs: 0 });
  const { targetGroup } = await createStack(world);
  await world.elb.registerTargets({ TargetGroupArn: targetGroup, Targets: [{ Id: '10.0.1.10', Port: 9090 }] });
  await world.elb.deregisterTargets({ TargetGroupArn: targetGroup, Targets: [target] });
  expect(await healthOf(world, targetGroup)).toEqual({ '10.0.1.10:9090': 'initial Elb.InitialHealthChecking' });
});

test('targets are told apart by id and port', async () => {
  const world = createWorld({ registrationMs: 0 });
  const { targetGroup } = await createStack(world);
  const other = { Id: POD.Id, Port: 9090 };
  await world.elb.registerTargets({ TargetGroupArn: targetGroup, Targets: [POD, other] });
  await world.elb.deregisterTargets({ TargetGroupArn: targetGroup, Targets: [other] });
  expect(await healthOf(world, targetGroup)).toEqual({
    '10.0.1.10:8080': 'initial Elb.InitialHealthChecking',
    '10.0.1.10:9090': 'draining Target.DeregistrationInProgress',
  });
});

test('a delay of zero takes the target out at once', async () => {
  const world = createWorld({ registrationMs: 0 });
  const { targetGroup } = await createStack(world);
  const Attributes = [{ Key: 'deregistration_delay.timeout_seconds', Value: '0' }];
  await world.elb.modifyTargetGroupAttributes({ TargetGroupArn: targetGroup, Attributes });
  await world.elb.registerTargets({ TargetGroupArn: targetGroup, Targets: [POD] });
  await world.elb.deregisterTargets({ TargetGroupArn: targetGroup, Targets: [POD] });
  expect(await healthOf(world, targetGroup)).toEqual({});
});

test.each([
  ['accept', 'initial Elb.InitialHealthChecking', undefined],
  ['stay-draining', 'draining Target.DeregistrationInProgress', undefined],
  ['refuse', 'draining Target.DeregistrationInProgress', 'InvalidTarget'],
] as const)('registering a draining target with the policy %s', async (reregistration, state, code) => {
  const world = createWorld({ registrationMs: 0, reregistration });
  const { targetGroup } = await createStack(world);
  await world.elb.registerTargets({ TargetGroupArn: targetGroup, Targets: [POD] });
  await world.elb.deregisterTargets({ TargetGroupArn: targetGroup, Targets: [POD] });
  const call = world.elb.registerTargets({ TargetGroupArn: targetGroup, Targets: [POD] });
  expect(await codeOf(call)).toEqual(code ?? {});
  expect(await healthOf(world, targetGroup)).toEqual({ '10.0.1.10:8080': state });
  await world.clock.advance(300_000);
  expect(Object.keys(await healthOf(world, targetGroup))).toHaveLength(reregistration === 'accept' ? 1 : 0);
});

test('a target whose zone the load balancer leaves is unused, and is checked again when the zone comes back', async () => {
  const world = createWorld({ registrationMs: 0 });
  const { loadBalancer, targetGroup } = await createStack(world);
  await world.elb.registerTargets({ TargetGroupArn: targetGroup, Targets: [POD] });
  world.aws.reportProbe(targetGroup, KEY, { ok: true });
  const subnets = subnetsOf(world.aws, 'public');
  await world.elb.setSubnets({ LoadBalancerArn: loadBalancer, Subnets: subnets.slice(1) });
  expect(await healthOf(world, targetGroup)).toEqual({ '10.0.1.10:8080': 'unused Target.NotInUse' });
  await world.elb.setSubnets({ LoadBalancerArn: loadBalancer, Subnets: subnets });
  expect(await healthOf(world, targetGroup)).toEqual({ '10.0.1.10:8080': 'initial Elb.InitialHealthChecking' });
});

test('deleting the load balancer leaves its targets registered and unused', async () => {
  const world = createWorld({ registrationMs: 0 });
  const { loadBalancer, targetGroup } = await createStack(world);
  await world.elb.registerTargets({ TargetGroupArn: targetGroup, Targets: [POD] });
  await world.elb.deleteLoadBalancer({ LoadBalancerArn: loadBalancer });
  expect(await healthOf(world, targetGroup)).toEqual({ '10.0.1.10:8080': 'unused Target.NotInUse' });
});

test('a stopped instance is unused and cannot be registered anew', async () => {
  const world = createWorld({ registrationMs: 0 });
  const id = addInstance(world.aws, { zone: 'eu-central-1a' });
  const targetGroup = await createTargetGroup(world, { name: 'nodes', type: 'instance' });
  await createListener(world, { loadBalancer: await createLoadBalancer(world), targetGroup });
  await world.elb.registerTargets({ TargetGroupArn: targetGroup, Targets: [{ Id: id, Port: 30080 }] });
  const stop = world.ec2 as unknown as { stopInstances(input: object): Promise<unknown> };
  await stop.stopInstances({ InstanceIds: [id] });
  expect(await healthOf(world, targetGroup)).toEqual({ [`${id}:30080`]: 'unused Target.InvalidState' });
  const again = world.elb.registerTargets({ TargetGroupArn: targetGroup, Targets: [{ Id: id, Port: 30081 }] });
  expect(await codeOf(again)).toBe('InvalidTarget');
});

test('simulated probes follow the interval of the group', async () => {
  const world = createWorld({ registrationMs: 500 });
  const { targetGroup } = await createStack(world);
  let ok = true;
  const stop = simulateProbes(world.aws, () => (ok ? { ok } : FAILED));
  await world.elb.registerTargets({ TargetGroupArn: targetGroup, Targets: [POD] });
  await world.clock.advance(500);
  expect(await healthOf(world, targetGroup)).toEqual({ '10.0.1.10:8080': 'healthy' });
  ok = false;
  await world.clock.advance(59_000);
  expect(await healthOf(world, targetGroup)).toEqual({ '10.0.1.10:8080': 'healthy' });
  await world.clock.advance(1_500);
  expect(await healthOf(world, targetGroup)).toEqual({ '10.0.1.10:8080': 'unhealthy Target.Timeout' });
  stop();
  await world.elb.deregisterTargets({ TargetGroupArn: targetGroup, Targets: [POD] });
  await world.clock.advance(300_000);
  expect(world.clock.pending).toBe(0);
});

/** What AWS refuses as a target, and why. */
test.each<[string, TargetDescription, string, string]>([
  ['an address that is none', { Id: 'banana' }, 'ValidationError', 'not a valid IPv4'],
  ['a public address', { Id: '8.8.8.8', AvailabilityZone: 'all' }, 'ValidationError', 'valid range'],
  ['the wrong family', { Id: 'fd00::1' }, 'ValidationError', "IP address type 'ipv4'"],
  ['an address outside the VPC without zone', { Id: '192.168.1.1' }, 'ValidationError', "select 'all'"],
  ['an address in the VPC range but in no subnet', { Id: '10.0.77.1' }, 'ValidationError', "select 'all'"],
  [
    'an address of the VPC with zone all',
    { Id: '10.0.1.10', AvailabilityZone: 'all' },
    'ValidationError',
    "from 'eu-central-1a'",
  ],
  [
    'an address of another zone',
    { Id: '10.0.1.10', AvailabilityZone: 'eu-central-1b' },
    'ValidationError',
    'within the VPC',
  ],
  ['an address of a load balancer', { Id: '10.0.101.254' }, 'InvalidTarget', 'in use by a load balancer'],
])('RegisterTargets refuses %s, and takes none of the call', async (_case, target, ...[code, words]) => {
  const world = createWorld();
  const { targetGroup } = await createStack(world);
  const call = world.elb.registerTargets({ TargetGroupArn: targetGroup, Targets: [POD, target] });
  await expect(call).rejects.toMatchObject({ Code: code, message: expect.stringContaining(words) });
  expect(await healthOf(world, targetGroup)).toEqual({});
});

test('an address outside the VPC is taken with the zone all', async () => {
  const world = createWorld({ registrationMs: 0 });
  const { targetGroup } = await createStack(world);
  await world.elb.registerTargets({
    TargetGroupArn: targetGroup,
    Targets: [{ Id: '192.168.1.1', AvailabilityZone: 'all' }],
  });
  expect(await healthOf(world, targetGroup)).toEqual({ '192.168.1.1:8080': 'initial Elb.InitialHealthChecking' });
});

test('quotas of targets hold on registering and on attaching', async () => {
  const world = createWorld({ quotas: { 'targets-per-target-group': 3, 'targets-per-application-load-balancer': 2 } });
  const targetGroup = await createTargetGroup(world);
  const targets = (...hosts: number[]) => hosts.map((host) => ({ Id: `10.0.1.${host}`, Port: 80 }));
  await world.elb.registerTargets({ TargetGroupArn: targetGroup, Targets: targets(1, 2, 3) });
  expect(await codeOf(world.elb.registerTargets({ TargetGroupArn: targetGroup, Targets: targets(4) }))).toBe(
    'TooManyTargets',
  );
  const loadBalancer = await createLoadBalancer(world);
  expect(await codeOf(createListener(world, { loadBalancer, targetGroup }))).toBe('TooManyTargets');
  expect(world.aws.state.listeners.size).toBe(0);
});
