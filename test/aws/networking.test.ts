import { describe, expect, test } from 'vitest';
import { Budget } from '../../src/aws/budget.ts';
import { Facts } from '../../src/aws/facts.ts';
import { markOf, type Networking, type NodeAccess, openNetworking } from '../../src/aws/networking.ts';
import { addInstance, createSecurityGroup } from '../../src/local/aws/network.ts';
import { createWorld, type World } from '../local/aws/world.ts';

const CLUSTER = { name: 'local', uid: 'cluster-uid' };
const OTHER = { name: 'local', uid: 'another' };

type Net = { world: World; networking: Networking; from: string; instance: string; nodes: string };

/** One instance with the node security group, and a backend security group. */
function openNet(world: World = createWorld(), securityGroups?: string[]): Net {
  const vpcId = world.aws.settings.vpcId;
  const instance = addInstance(world.aws, securityGroups ? { securityGroups } : {});
  const groups = [...world.aws.state.securityGroups.values()];
  const from =
    groups.find(({ name }) => name === 'backend')?.id ??
    createSecurityGroup(world.aws, { name: 'backend', description: 'b', vpcId, tags: {} }).id;
  const nodes = groups.find(({ name }) => name === 'nodes')?.id ?? '';
  return { world, networking: networkingOf(world), from, instance, nodes };
}

/** The view of an operator that has just started. */
function networkingOf({ clock, ec2, aws }: World, cluster = CLUSTER): Networking {
  const inBudget = new Budget({ clock }).ec2(ec2);
  const facts = new Facts({ ec2: inBudget, clock, vpcId: aws.settings.vpcId });
  const nodeFacts = {
    instances: (ids: readonly string[]) => facts.instances(ids),
    securityGroups: async () => (await facts.forStack()).securityGroups,
  };
  return openNetworking(inBudget, nodeFacts, cluster);
}

async function inTime<T>({ world }: Net, work: Promise<T>): Promise<T> {
  const [answer] = await Promise.all([work, world.clock.advance(100)]);
  return answer;
}

const access = (net: Net, ports: number[], more: Partial<NodeAccess> = {}): NodeAccess => ({
  from: net.from,
  nodes: [{ name: 'node-1', instance: net.instance }],
  ports,
  ...more,
});

const rules = (net: Net, group = net.nodes): string[] =>
  (net.world.aws.state.securityGroups.get(group)?.rules ?? [])
    .filter((rule) => !rule.egress)
    .map((rule) => `${rule.fromPort} ${rule.description}`)
    .toSorted();

const authorize = (net: Net, port: number, Description: string): Promise<unknown> =>
  net.world.ec2.authorizeSecurityGroupIngress({
    GroupId: net.nodes,
    IpPermissions: [
      { IpProtocol: 'tcp', FromPort: port, ToPort: port, UserIdGroupPairs: [{ GroupId: net.from, Description }] },
    ],
  });

describe('opening', () => {
  test('the node is resolved, the rules read and the port opened, once', async () => {
    const net = openNet();
    expect(await inTime(net, net.networking.open(access(net, [8080])))).toEqual([]);
    expect(rules(net)).toEqual([`8080 ${markOf(CLUSTER)}`]);
    expect(net.world.aws.calls.counts()).toEqual({
      AuthorizeSecurityGroupIngress: 1,
      DescribeInstances: 1,
      DescribeSecurityGroups: 1,
    });
    net.world.aws.calls.clear();
    await inTime(net, net.networking.open(access(net, [8080])));
    expect(net.world.aws.calls.counts()).toEqual({});
  });

  test('several ports are one call, and a known node is not asked for again', async () => {
    const net = openNet();
    await inTime(net, net.networking.open(access(net, [8080])));
    net.world.aws.calls.clear();
    await inTime(net, net.networking.open(access(net, [8080, 9090, 9091])));
    expect(net.world.aws.calls.counts()).toEqual({ AuthorizeSecurityGroupIngress: 1 });
  });

  test('after a start what is open is read and not opened again', async () => {
    const net = openNet();
    await inTime(net, net.networking.open(access(net, [8080])));
    net.world.aws.calls.clear();
    await inTime(net, networkingOf(net.world).open(access(net, [8080])));
    expect(net.world.aws.calls.counts()).toEqual({ DescribeInstances: 1, DescribeSecurityGroups: 1 });
  });

  test('a rule that appeared in between is no failure, and the others are opened', async () => {
    const net = openNet();
    await inTime(net, net.networking.open(access(net, [8080])));
    await authorize(net, 9090, 'by hand');
    await inTime(net, net.networking.open(access(net, [9090, 9091])));
    expect(rules(net)).toEqual([`8080 ${markOf(CLUSTER)}`, '9090 by hand', `9091 ${markOf(CLUSTER)}`]);
  });

  test('two groups that open the same port at once make it one rule', async () => {
    const net = openNet();
    await inTime(
      net,
      Promise.all([net.networking.open(access(net, [8080])), net.networking.open(access(net, [8080]))]),
    );
    expect(net.world.aws.calls.counts()['AuthorizeSecurityGroupIngress']).toBe(1);
  });

  test('of several security groups the one tagged for the cluster is taken', async () => {
    const world = createWorld();
    const vpcId = world.aws.settings.vpcId;
    const plain = createSecurityGroup(world.aws, { name: 'plain', description: 'p', vpcId, tags: {} }).id;
    const nodes = [...world.aws.state.securityGroups.values()].find(({ name }) => name === 'nodes')?.id ?? '';
    const net = openNet(world, [plain, nodes]);
    expect(await inTime(net, net.networking.open(access(net, [8080])))).toEqual([]);
    expect([rules(net).length, rules(net, plain).length]).toEqual([1, 0]);
  });

  test('several that are tagged, or none, are named, and nothing is opened', async () => {
    const world = createWorld();
    const vpcId = world.aws.settings.vpcId;
    const make = (name: string) => createSecurityGroup(world.aws, { name, description: name, vpcId, tags: {} }).id;
    const [a, b] = [make('a'), make('b')];
    const net = openNet(world, [a, b]);
    const [problem] = await inTime(net, net.networking.open(access(net, [8080])));
    expect(problem).toMatchObject({ node: 'node-1', reason: 'AmbiguousSecurityGroup' });
    expect(problem?.message).toContain(a);
    expect(problem?.message).toContain('kubernetes.io/cluster/local');
    expect([...rules(net, a), ...rules(net, b)]).toEqual([]);
  });

  test('a node that is no instance is named, and the others are opened', async () => {
    const net = openNet();
    const nodes = [{ name: 'fargate' }, { name: 'node-1', instance: net.instance }];
    const problems = await inTime(net, net.networking.open(access(net, [8080], { nodes })));
    expect(problems.map(({ node, reason }) => [node, reason])).toEqual([['fargate', 'NotAnInstance']]);
    expect(rules(net)).toHaveLength(1);
  });
});

describe('closing', () => {
  test('only ours, only from this source, only what is not in use', async () => {
    const net = openNet();
    await authorize(net, 7070, 'by hand');
    await authorize(net, 7071, markOf(OTHER));
    await inTime(net, net.networking.open(access(net, [8080, 9090])));
    await inTime(net, net.networking.close(net.from, new Set([9090])));
    expect(rules(net)).toEqual(['7070 by hand', `7071 ${markOf(OTHER)}`, `9090 ${markOf(CLUSTER)}`]);
  });

  test('after it a port is opened again', async () => {
    const net = openNet();
    await inTime(net, net.networking.open(access(net, [8080])));
    await inTime(net, net.networking.close(net.from, new Set()));
    await inTime(net, net.networking.open(access(net, [8080])));
    expect(rules(net)).toHaveLength(1);
  });

  test('a rule that somebody else took away is no failure', async () => {
    const net = openNet();
    await inTime(net, net.networking.open(access(net, [8080])));
    await inTime(net, networkingOf(net.world).closeAll(net.from));
    await inTime(net, net.networking.close(net.from, new Set()));
    expect(rules(net)).toEqual([]);
  });

  test('before the source is deleted all of ours are closed, also by an operator that has just started', async () => {
    const net = openNet();
    await authorize(net, 7070, 'by hand');
    await inTime(net, net.networking.open(access(net, [8080, 9090])));
    await inTime(net, networkingOf(net.world).closeAll(net.from));
    expect(rules(net)).toEqual(['7070 by hand']);
  });
});
