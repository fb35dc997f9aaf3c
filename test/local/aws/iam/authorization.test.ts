import { beforeEach, describe, expect, test } from 'vitest';
import { createEc2Api, createElbApi } from '../../../../src/aws/clients.ts';
import { policyOf, type PolicyRequest } from '../../../../src/aws/policy.ts';
import { FEATURE_NAMES } from '../../../../src/aws/rights/features.ts';
import { Denied } from '../../../../src/errors.ts';
import { LocalAws } from '../../../../src/local/aws/aws.ts';
import { localEc2Api, localElbApi } from '../../../../src/local/aws/in-memory.ts';
import { startLocalAws } from '../../../../src/local/aws/server.ts';
import { TAG } from '../../../../src/model/tags.ts';
import { VirtualClock } from '../../../../src/runtime/virtual-clock.ts';

const tagged = (name: string) => [{ Key: TAG.cluster, Value: name }];
const DENIED = { Code: 'AccessDenied', httpStatus: 403 };
const UNAUTHORIZED = { Code: 'UnauthorizedOperation', httpStatus: 403 };

/** One account; the operator of `blue` has its policy, and whoever has no key may do everything. */
class Two {
  readonly aws = new LocalAws({ clock: new VirtualClock() });
  readonly admin = { elb: localElbApi(this.aws), ec2: localEc2Api(this.aws) };
  readonly blue = { elb: localElbApi(this.aws, 'blue-1'), ec2: localEc2Api(this.aws, 'blue-1') };
  readonly VpcId = this.aws.settings.vpcId;

  permit(more: Partial<PolicyRequest> = {}): void {
    const policy = policyOf({ clusterName: 'blue', vpcId: this.VpcId, features: FEATURE_NAMES, ...more });
    this.aws.configure({ policies: { blue: policy } });
  }

  async loadBalancer(elb = this.admin.elb, Name = 'blue'): Promise<string> {
    const { subnets, securityGroups } = this.aws.state;
    const open = [...subnets.values()].filter(({ mapPublicIpOnLaunch }) => mapPublicIpOnLaunch);
    const made = await elb.createLoadBalancer({
      Name,
      Subnets: open.map(({ id }) => id),
      SecurityGroups: [...securityGroups.keys()].slice(0, 1),
      Tags: tagged(Name),
    });
    return made.LoadBalancers?.[0]?.LoadBalancerArn ?? '';
  }

  async group(elb = this.admin.elb, Name = 'blue', Tags: { Key: string; Value: string }[] | undefined = tagged(Name)) {
    const made = await elb.createTargetGroup({
      Name,
      Protocol: 'HTTP',
      Port: 80,
      VpcId: this.VpcId,
      TargetType: 'ip',
      ...(Tags && { Tags }),
    });
    return made.TargetGroups?.[0]?.TargetGroupArn ?? '';
  }

  async listener(LoadBalancerArn: string, elb = this.admin.elb, name = 'blue'): Promise<string> {
    const fixed = { Type: 'fixed-response' as const, FixedResponseConfig: { StatusCode: '404' } };
    const made = await elb.createListener({
      LoadBalancerArn,
      Port: 80,
      Protocol: 'HTTP',
      DefaultActions: [fixed],
      Tags: tagged(name),
    });
    return made.Listeners?.[0]?.ListenerArn ?? '';
  }

  rule(ListenerArn: string, elb = this.admin.elb, name = 'blue') {
    const Conditions = [{ Field: 'path-pattern', PathPatternConfig: { Values: ['/a'] } }];
    const Actions = [{ Type: 'fixed-response' as const, FixedResponseConfig: { StatusCode: '200' } }];
    return elb.createRule({ ListenerArn, Priority: 1, Conditions, Actions, Tags: tagged(name) });
  }

  async securityGroup(ec2 = this.admin.ec2, GroupName = 'blue', name = GroupName): Promise<string> {
    const TagSpecifications = [{ ResourceType: 'security-group' as const, Tags: tagged(name) }];
    const { GroupId = '' } = await ec2.createSecurityGroup({
      GroupName,
      Description: 'x',
      VpcId: this.VpcId,
      TagSpecifications,
    });
    return GroupId;
  }
}

let world: Two;
const Targets = [{ Id: '10.0.1.1', Port: 80 }];
const IpPermissions = [{ IpProtocol: 'tcp', FromPort: 80, ToPort: 80, IpRanges: [{ CidrIp: '0.0.0.0/0' }] }];

beforeEach(() => {
  world = new Two();
  world.permit();
});

test('an operator does to what is its own whatever it has to', async () => {
  const { elb, ec2 } = world.blue;
  const loadBalancer = await world.loadBalancer(elb);
  const group = await world.group(elb);
  const listener = await world.listener(loadBalancer, elb);
  const rule = (await world.rule(listener, elb)).Rules?.[0]?.RuleArn ?? '';
  await elb.setRulePriorities({ RulePriorities: [{ RuleArn: rule, Priority: 7 }] });
  await elb.registerTargets({ TargetGroupArn: group, Targets });
  await elb.deregisterTargets({ TargetGroupArn: group, Targets });
  await elb.addTags({ ResourceArns: [group, rule], Tags: [{ Key: 'team', Value: 'a' }] });
  await elb.modifyListener({ ListenerArn: listener, Port: 81 });
  await elb.deleteRule({ RuleArn: rule });
  await elb.deleteListener({ ListenerArn: listener });
  await elb.deleteTargetGroup({ TargetGroupArn: group });
  await elb.deleteLoadBalancer({ LoadBalancerArn: loadBalancer });
  const GroupId = await world.securityGroup(ec2);
  await ec2.authorizeSecurityGroupIngress({ GroupId, IpPermissions });
  await ec2.revokeSecurityGroupIngress({ GroupId, IpPermissions });
  await ec2.createTags({ Resources: [GroupId], Tags: [{ Key: 'team', Value: 'a' }] });
  await ec2.deleteSecurityGroup({ GroupId });
  expect(world.aws.state.loadBalancers.size + world.aws.state.targetGroups.size).toBe(0);
});

describe('S1: what another cluster of the account has is out of reach', () => {
  test('its load balancers, listeners, rules and target groups', async () => {
    const { elb } = world.blue;
    const loadBalancer = await world.loadBalancer(world.admin.elb, 'green');
    const group = await world.group(world.admin.elb, 'green');
    const listener = await world.listener(loadBalancer, world.admin.elb, 'green');
    const rule = (await world.rule(listener, world.admin.elb, 'green')).Rules?.[0]?.RuleArn ?? '';
    const before = JSON.stringify([...world.aws.state.rules.values(), ...world.aws.state.listeners.values()]);
    await expect(elb.registerTargets({ TargetGroupArn: group, Targets })).rejects.toMatchObject(DENIED);
    await expect(elb.deregisterTargets({ TargetGroupArn: group, Targets })).rejects.toMatchObject(DENIED);
    await expect(elb.deleteTargetGroup({ TargetGroupArn: group })).rejects.toMatchObject(DENIED);
    await expect(elb.deleteLoadBalancer({ LoadBalancerArn: loadBalancer })).rejects.toMatchObject(DENIED);
    await expect(elb.modifyListener({ ListenerArn: listener, Port: 81 })).rejects.toMatchObject(DENIED);
    await expect(elb.modifyRule({ RuleArn: rule, Conditions: [] })).rejects.toMatchObject(DENIED);
    await expect(elb.deleteRule({ RuleArn: rule })).rejects.toMatchObject(DENIED);
    await expect(world.listener(loadBalancer, elb)).rejects.toMatchObject(DENIED);
    await expect(world.rule(listener, elb)).rejects.toMatchObject(DENIED);
    await expect(elb.addTags({ ResourceArns: [group], Tags: tagged('blue') })).rejects.toMatchObject(DENIED);
    expect(JSON.stringify([...world.aws.state.rules.values(), ...world.aws.state.listeners.values()])).toBe(before);
    expect(world.aws.state.targetGroups.get(group)?.tags).toEqual({ [TAG.cluster]: 'green' });
  });

  test('its security groups, in the VPC of both', async () => {
    const { ec2 } = world.blue;
    world.permit({ features: ['security-groups'] });
    const GroupId = await world.securityGroup(world.admin.ec2, 'green');
    await expect(ec2.deleteSecurityGroup({ GroupId })).rejects.toMatchObject(UNAUTHORIZED);
    await expect(ec2.authorizeSecurityGroupIngress({ GroupId, IpPermissions })).rejects.toMatchObject(UNAUTHORIZED);
    await expect(ec2.createTags({ Resources: [GroupId], Tags: tagged('blue') })).rejects.toMatchObject(UNAUTHORIZED);
  });

  test('it cannot be given away: the tag of what is ours keeps the name of its cluster', async () => {
    const group = await world.group();
    await expect(world.blue.elb.addTags({ ResourceArns: [group], Tags: tagged('green') })).rejects.toMatchObject(
      DENIED,
    );
  });

  test('nothing is created in the name of another cluster, or of none', async () => {
    const { elb, ec2 } = world.blue;
    await expect(world.group(elb, 'x', tagged('green'))).rejects.toMatchObject(DENIED);
    await expect(world.group(elb, 'x', undefined)).rejects.toMatchObject(DENIED);
    await expect(world.loadBalancer(elb, 'green')).rejects.toMatchObject(DENIED);
    await expect(world.securityGroup(ec2, 'x', 'green')).rejects.toMatchObject(UNAUTHORIZED);
    expect(world.aws.state.targetGroups.size).toBe(0);
  });

  test('one of two resources is enough for the whole call to be denied', async () => {
    const [own, other] = [await world.group(), await world.group(world.admin.elb, 'green')];
    const Tags = [{ Key: 'team', Value: 'a' }];
    await expect(world.blue.elb.addTags({ ResourceArns: [own, other], Tags })).rejects.toMatchObject(DENIED);
    expect(world.aws.state.targetGroups.get(own)?.tags).toEqual({ [TAG.cluster]: 'blue' });
  });
});

describe('groups made by hand', () => {
  test('have targets from the feature bindings only, and no more than targets', async () => {
    const group = await world.group(world.admin.elb, 'by-hand', undefined);
    world.aws.state.targetGroups.get(group)!.tags = { team: 'a' };
    await world.blue.elb.registerTargets({ TargetGroupArn: group, Targets });
    await expect(world.blue.elb.deleteTargetGroup({ TargetGroupArn: group })).rejects.toMatchObject(DENIED);
    world.permit({ features: FEATURE_NAMES.filter((name) => name !== 'bindings') });
    await expect(world.blue.elb.deregisterTargets({ TargetGroupArn: group, Targets })).rejects.toMatchObject(DENIED);
  });
});

describe('security groups of nodes', () => {
  const open = (GroupId: string) => world.blue.ec2.authorizeSecurityGroupIngress({ GroupId, IpPermissions });

  test('are those of the VPC', async () => {
    const GroupId = await world.securityGroup(world.admin.ec2, 'nodes-1', 'nobody');
    await open(GroupId);
    world.permit({ vpcId: 'vpc-other' });
    await expect(open(GroupId)).rejects.toMatchObject(UNAUTHORIZED);
  });

  test('without a VPC they are those tagged for the cluster', async () => {
    const GroupId = await world.securityGroup(world.admin.ec2, 'nodes-1', 'nobody');
    const { vpcId: _, ...rest } = { vpcId: '', clusterName: 'blue' };
    world.aws.configure({ policies: { blue: policyOf(rest) } });
    await expect(open(GroupId)).rejects.toMatchObject(UNAUTHORIZED);
    await world.admin.ec2.createTags({
      Resources: [GroupId],
      Tags: [{ Key: 'kubernetes.io/cluster/blue', Value: 'owned' }],
    });
    await open(GroupId);
  });
});

test('what AWS needs beside an action is asked for too', async () => {
  const group = await world.group();
  const policy = policyOf({ clusterName: 'blue' });
  const without = (action: string) => {
    const Statement = policy.Statement.map((one) => ({ ...one, Action: one.Action.filter((each) => each !== action) }));
    world.aws.configure({ policies: { blue: { ...policy, Statement } } });
  };
  without('ec2:DescribeInternetGateways');
  await expect(world.blue.elb.registerTargets({ TargetGroupArn: group, Targets })).rejects.toThrow(
    'ec2:DescribeInternetGateways',
  );
  without('elasticloadbalancing:AddTags');
  await expect(world.group(world.blue.elb, 'more', tagged('blue'))).rejects.toThrow('elasticloadbalancing:AddTags');
  without('iam:CreateServiceLinkedRole');
  await world.group(world.blue.elb, 'more', tagged('blue')); // the role is there
  world.aws.reset();
  await expect(world.group(world.blue.elb, 'more', tagged('blue'))).rejects.toThrow('iam:CreateServiceLinkedRole');
});

test('what is not there is told as such', async () => {
  const group = await world.group();
  await world.admin.elb.deleteTargetGroup({ TargetGroupArn: group });
  await expect(world.blue.elb.registerTargets({ TargetGroupArn: group, Targets })).rejects.toMatchObject({
    Code: 'TargetGroupNotFound',
  });
});

test('of several prefixes the longest counts, and a key that has none may do everything', async () => {
  const group = await world.group();
  world.aws.configure({
    policies: { blue: policyOf({ clusterName: 'green' }), 'blue-1': policyOf({ clusterName: 'blue' }) },
  });
  await world.blue.elb.registerTargets({ TargetGroupArn: group, Targets });
  await expect(
    localElbApi(world.aws, 'blue-2').registerTargets({ TargetGroupArn: group, Targets }),
  ).rejects.toMatchObject(DENIED);
  await localElbApi(world.aws, 'somebody').registerTargets({ TargetGroupArn: group, Targets });
});

describe('over the wire', () => {
  test('each service says no in its own words, by the access key of the signature, and the policy changes at run time', async () => {
    const { url, close } = await startLocalAws();
    const credentials = { accessKeyId: 'operator-1', secretAccessKey: 'x' };
    const settings = { region: 'eu-central-1', endpoint: url, credentials };
    const [elb, ec2] = [createElbApi(settings), createEc2Api(settings)];
    try {
      await elb.describeLoadBalancers({});
      const policy = { Statement: [{ Effect: 'Allow', Action: 'ec2:DescribeVpcs', Resource: '*' }] };
      const put = (policies: object) =>
        fetch(`${url}/_podwire/settings`, { method: 'PATCH', body: JSON.stringify({ policies }) });
      expect((await put({ operator: policy })).status).toBe(200);
      const elbError: unknown = await elb.describeLoadBalancers({}).catch((error: unknown) => error);
      const ec2Error: unknown = await ec2.describeSubnets({}).catch((error: unknown) => error);
      expect(elbError).toBeInstanceOf(Denied);
      expect(elbError).toMatchObject({ cause: { Code: 'AccessDenied', $metadata: { httpStatusCode: 403 } } });
      expect(ec2Error).toBeInstanceOf(Denied);
      expect(ec2Error).toMatchObject({ cause: { Code: 'UnauthorizedOperation', $metadata: { httpStatusCode: 403 } } });
      expect(String(elbError)).toContain('elasticloadbalancing:DescribeLoadBalancers');
      await ec2.describeVpcs({});
      expect(await (await put({ operator: { Statement: [] } })).json()).toMatchObject({
        error: expect.stringContaining('Statement'),
      });
      await put({});
      await elb.describeLoadBalancers({});
    } finally {
      await close();
    }
  });
});
