import { expect, test } from 'vitest';
import {
  codeOf,
  createListener,
  createLoadBalancer,
  createStack,
  createTargetGroup,
  createWorld,
  healthOf,
  subnetsOf,
} from '../world.ts';

test('the same creation twice returns the one load balancer; other settings are refused', async () => {
  const world = createWorld();
  const first = await createLoadBalancer(world);
  expect(await createLoadBalancer(world)).toBe(first);
  const other = world.elb.createLoadBalancer({
    Name: 'web',
    Subnets: subnetsOf(world.aws, 'private'),
    Scheme: 'internal',
  });
  await expect(other).rejects.toMatchObject({
    name: 'DuplicateLoadBalancerNameException',
    message: "A load balancer with the same name 'web' exists, but with different settings",
  });
  expect(world.aws.state.loadBalancers.size).toBe(1);
});

test('a load balancer is provisioning in the answer and active after the settable time', async () => {
  const world = createWorld({ provisioningMs: 2000 });
  const { LoadBalancers } = await world.elb.createLoadBalancer({
    Name: 'web',
    Subnets: subnetsOf(world.aws, 'public'),
  });
  expect(LoadBalancers?.[0]?.State).toEqual({ Code: 'provisioning' });
  await world.clock.advance(1999);
  expect((await world.elb.describeLoadBalancers({})).LoadBalancers?.[0]?.State?.Code).toBe('provisioning');
  await world.clock.advance(1);
  expect((await world.elb.describeLoadBalancers({})).LoadBalancers?.[0]?.State?.Code).toBe('active');
});

test.each([
  ['a name with a hyphen at its end', { Name: 'web-' }, 'ValidationError'],
  ['a name of 33 characters', { Name: 'a'.repeat(33) }, 'ValidationError'],
  ['a name that begins with internal-', { Name: 'internal-web' }, 'ValidationError'],
  ['one subnet', { Subnets: ['a0'] }, 'ValidationError'],
  ['two subnets of one zone', { Subnets: ['a0', 'p0'] }, 'InvalidConfigurationRequest'],
  ['a subnet that is not there', { Subnets: ['a0', 'subnet-1'] }, 'SubnetNotFound'],
  ['a security group that is not there', { SecurityGroups: ['sg-1'] }, 'InvalidSecurityGroup'],
  ['a scheme AWS does not know', { Scheme: 'public' as 'internal' }, 'ValidationError'],
  ['dualstack on subnets without IPv6', { IpAddressType: 'dualstack' as const }, 'InvalidConfigurationRequest'],
  ['a tag key twice', { Tags: [{ Key: 'a' }, { Key: 'a' }] }, 'DuplicateTagKeys'],
  ['51 tags', { Tags: Array.from({ length: 51 }, (_, i) => ({ Key: `k${i}` })) }, 'TooManyTags'],
])('CreateLoadBalancer refuses %s', async (_case, change, code) => {
  const world = createWorld();
  const names: Record<string, string | undefined> = {
    a0: subnetsOf(world.aws, 'public')[0],
    p0: subnetsOf(world.aws, 'private')[0],
  };
  const input = { Name: 'web', Subnets: subnetsOf(world.aws, 'public'), ...change };
  const Subnets = input.Subnets.map((id) => names[id] ?? id);
  expect(await codeOf(world.elb.createLoadBalancer({ ...input, Subnets }))).toBe(code);
  expect(world.aws.state.loadBalancers.size).toBe(0);
  expect(world.aws.state.networkInterfaces.size).toBe(0);
});

test('the quota of load balancers holds', async () => {
  const world = createWorld({ quotas: { 'application-load-balancers': 1 } });
  await createLoadBalancer(world, 'one');
  const two = world.elb.createLoadBalancer({ Name: 'two', Subnets: subnetsOf(world.aws, 'public') });
  expect(await codeOf(two)).toBe('TooManyLoadBalancers');
});

test('deletion protection holds until it is switched off; deleting what is gone succeeds', async () => {
  const world = createWorld();
  const { loadBalancer } = await createStack(world);
  const protect = (Value: string) =>
    world.elb.modifyLoadBalancerAttributes({
      LoadBalancerArn: loadBalancer,
      Attributes: [{ Key: 'deletion_protection.enabled', Value }],
    });
  await protect('true');
  expect(await codeOf(world.elb.deleteLoadBalancer({ LoadBalancerArn: loadBalancer }))).toBe('OperationNotPermitted');
  await protect('false');
  await world.elb.deleteLoadBalancer({ LoadBalancerArn: loadBalancer });
  await world.elb.deleteLoadBalancer({ LoadBalancerArn: loadBalancer });
  const { loadBalancers, listeners, rules, targetGroups } = world.aws.state;
  expect([loadBalancers.size, listeners.size, rules.size, targetGroups.size]).toEqual([0, 0, 0, 1]);
});

test('a modification of attributes is all or nothing', async () => {
  const world = createWorld();
  const LoadBalancerArn = await createLoadBalancer(world);
  const Attributes = [
    { Key: 'idle_timeout.timeout_seconds', Value: '120' },
    { Key: 'idle_timeout.seconds', Value: '1' },
  ];
  expect(await codeOf(world.elb.modifyLoadBalancerAttributes({ LoadBalancerArn, Attributes }))).toBe('ValidationError');
  const read = async () => {
    const answer = await world.elb.describeLoadBalancerAttributes({ LoadBalancerArn });
    return answer.Attributes?.find(({ Key }) => Key === 'idle_timeout.timeout_seconds')?.Value;
  };
  expect(await read()).toBe('60');
  await world.elb.modifyLoadBalancerAttributes({ LoadBalancerArn, Attributes: Attributes.slice(0, 1) });
  expect(await read()).toBe('120');
});

test('network interfaces of a deleted load balancer hold its security group for the settable time', async () => {
  const world = createWorld({ networkInterfaceLingerMs: 3000 });
  const { GroupId = '' } = await world.ec2.createSecurityGroup({
    GroupName: 'web',
    Description: 'web',
    VpcId: world.aws.settings.vpcId,
  });
  const { LoadBalancers } = await world.elb.createLoadBalancer({
    Name: 'web',
    Subnets: subnetsOf(world.aws, 'public'),
    SecurityGroups: [GroupId],
  });
  const arn = LoadBalancers?.[0]?.LoadBalancerArn ?? '';
  const { NetworkInterfaces = [] } = await world.ec2.describeNetworkInterfaces({
    Filters: [{ Name: 'description', Values: [`ELB ${arn.split('loadbalancer/')[1]}`] }],
  });
  const zones = new Set(NetworkInterfaces.map(({ AvailabilityZone }) => AvailabilityZone));
  expect(zones).toEqual(new Set(world.aws.settings.zones.map(({ name }) => name)));
  await world.elb.deleteLoadBalancer({ LoadBalancerArn: arn });
  expect(await codeOf(world.ec2.deleteSecurityGroup({ GroupId }))).toBe('DependencyViolation');
  await world.clock.advance(3000);
  await world.ec2.deleteSecurityGroup({ GroupId });
  expect(world.aws.state.securityGroups.has(GroupId)).toBe(false);
});

test('subnets keep the network interface of a zone that stays', async () => {
  const world = createWorld();
  const LoadBalancerArn = await createLoadBalancer(world);
  const nodes = () => world.aws.state.loadBalancers.get(LoadBalancerArn)?.nodes ?? [];
  const before = nodes().map((node) => node.networkInterfaceId);
  const answer = await world.elb.setSubnets({ LoadBalancerArn, Subnets: subnetsOf(world.aws, 'public').slice(0, 2) });
  expect(answer.AvailabilityZones?.map(({ ZoneName }) => ZoneName)).toEqual(['eu-central-1a', 'eu-central-1b']);
  expect(nodes().map((node) => node.networkInterfaceId)).toEqual(before.slice(0, 2));
});

test('load balancers are described by name, by ARN and in pages', async () => {
  const world = createWorld();
  const arns: string[] = [];
  for (const name of ['a', 'b', 'c']) arns.push(await createLoadBalancer(world, name));
  const first = await world.elb.describeLoadBalancers({ PageSize: 2 });
  const second = await world.elb.describeLoadBalancers({ PageSize: 2, Marker: first.NextMarker });
  const seen = [...(first.LoadBalancers ?? []), ...(second.LoadBalancers ?? [])].map(
    ({ LoadBalancerArn }) => LoadBalancerArn,
  );
  expect(seen).toEqual(arns);
  expect(second.NextMarker).toBeUndefined();
  expect((await world.elb.describeLoadBalancers({ Names: ['b'] })).LoadBalancers?.[0]?.LoadBalancerArn).toBe(arns[1]);
  expect(await codeOf(world.elb.describeLoadBalancers({ Names: ['z'] }))).toBe('LoadBalancerNotFound');
});

test('the answer is a copy: changing it does not change local AWS', async () => {
  const world = createWorld();
  const { targetGroup } = await createStack(world);
  const { TargetGroups } = await world.elb.describeTargetGroups({ TargetGroupArns: [targetGroup] });
  TargetGroups?.[0]?.LoadBalancerArns?.pop();
  expect(world.aws.state.targetGroups.get(targetGroup)?.loadBalancerArns).toHaveLength(1);
  expect(await healthOf(world, targetGroup)).toEqual({});
});

test('one target group serves one load balancer only', async () => {
  const world = createWorld();
  const { targetGroup } = await createStack(world);
  const loadBalancer = await createLoadBalancer(world, 'second');
  expect(await codeOf(createListener(world, { loadBalancer, targetGroup }))).toBe('TargetGroupAssociationLimit');
  const own = await createTargetGroup(world, { name: 'own' });
  expect(await createListener(world, { loadBalancer, targetGroup: own })).toContain(':listener/app/second/');
});
