import { afterEach, expect, test } from 'vitest';
import { addInstance } from '../../../../src/local/aws/network.ts';
import type { SecurityGroupRule } from '../../../../src/local/aws/state.ts';
import { fastClock, fixed, forwardTo, POLL, send, startWorld, type World } from './world.ts';

let world: World;
afterEach(() => world.close());

function nodeGroup() {
  return [...world.aws.state.securityGroups.values()].find(({ name }) => name === 'nodes')!;
}

function loadBalancerGroup() {
  return [...world.aws.state.securityGroups.values()].find(({ name }) => name === 'default')!;
}

const ingress = (port: number, peer: Pick<SecurityGroupRule, 'cidr' | 'groupId'>): SecurityGroupRule => ({
  id: 'sgr-test',
  egress: false,
  protocol: 'tcp',
  fromPort: port,
  toPort: port,
  tags: {},
  ...peer,
});

/** A node with this address whose pods have its prefix; one pod behind an ALB. */
async function podBehindAlb(enforceSecurityGroups = true) {
  world = startWorld(3, { clock: fastClock(20), plane: { enforceSecurityGroups } });
  addInstance(world.aws, { id: 'i-0node', privateAddresses: ['10.0.2.60'], ipv4Prefixes: ['10.0.2.64/28'] });
  const pod = await world.serve((_request, response) => response.end('pod'), '10.0.2.70');
  const group = world.createTargetGroup('shop', { UnhealthyThresholdCount: 2 });
  world.createListener(world.createLoadBalancer(), forwardTo(group));
  world.call('RegisterTargets', { TargetGroupArn: group, Targets: [pod] });
  return { pod, group };
}

test('a node whose security group lets nothing in: probes time out and requests are 504', async () => {
  const { pod, group } = await podBehindAlb();
  await expect.poll(() => world.statesOf(group)[pod.Id], POLL).toBe('unhealthy Target.Timeout');
  expect((await world.ask()).status).toBe(504);
});

test('without enforcement the same target is healthy', async () => {
  const { pod, group } = await podBehindAlb(false);
  await expect.poll(() => world.statesOf(group)[pod.Id], POLL).toBe('healthy');
});

test.each([
  ['from the load balancer’s security group', () => ({ groupId: loadBalancerGroup().id })],
  ['from the load balancer’s subnets', () => ({ cidr: '10.0.101.0/24' })],
])('a rule %s lets it through', async (_name, peer) => {
  const { pod, group } = await podBehindAlb();
  nodeGroup().rules.push(ingress(pod.Port, peer()));
  await expect.poll(() => world.statesOf(group)[pod.Id], POLL).toBe('healthy');
  expect((await world.ask()).body).toBe('pod');
});

test.each([
  ['for another port', (port: number) => ingress(port + 1, { cidr: '0.0.0.0/0' })],
  ['from another group', (port: number) => ingress(port, { groupId: 'sg-other' })],
  ['from another network', (port: number) => ingress(port, { cidr: '192.0.2.0/24' })],
])('a rule %s does not', async (_name, rule) => {
  const { pod, group } = await podBehindAlb();
  nodeGroup().rules.push(rule(pod.Port));
  await expect.poll(() => world.statesOf(group)[pod.Id], POLL).toBe('unhealthy Target.Timeout');
});

test('a load balancer whose security group lets nothing out does not reach its targets', async () => {
  const { pod, group } = await podBehindAlb();
  nodeGroup().rules.push(ingress(pod.Port, { groupId: loadBalancerGroup().id }));
  loadBalancerGroup().rules = loadBalancerGroup().rules.filter(({ egress }) => !egress);
  await expect.poll(() => world.statesOf(group)[pod.Id], POLL).toBe('unhealthy Target.Timeout');
});

test('an instance target is reached at its private address, on the node port', async () => {
  world = startWorld(3, { clock: fastClock(20) });
  addInstance(world.aws, { id: 'i-0node', privateAddresses: ['10.0.2.61'] });
  const hosts: unknown[] = [];
  const node = await world.serve((request, response) => {
    hosts.push(request.headers.host);
    response.end('node');
  }, '10.0.2.61');
  nodeGroup().rules.push(ingress(node.Port, { groupId: loadBalancerGroup().id }));
  const group = world.createTargetGroup('shop', { TargetType: 'instance' });
  world.createListener(world.createLoadBalancer(), forwardTo(group));
  world.call('RegisterTargets', { TargetGroupArn: group, Targets: [{ Id: 'i-0node', Port: node.Port }] });
  await expect.poll(() => world.statesOf(group)['i-0node'], POLL).toBe('healthy');
  expect((await world.ask()).body).toBe('node');
  expect(hosts[0]).toBe(`10.0.2.61:${node.Port}`);
});

test('a client that the load balancer’s security groups do not admit gets no answer', async () => {
  world = startWorld(3);
  world.createListener(world.createLoadBalancer(), fixed('200'));
  const at = await world.listening();
  const rules = loadBalancerGroup().rules.filter(({ egress }) => egress);
  loadBalancerGroup().rules = [...rules, ingress(8080, { cidr: '10.0.0.0/8' })];
  await expect(world.ask()).rejects.toThrow(/socket hang up|ECONNRESET/);
  // A client inside the VPC, at the loopback address that stands for 10.0.2.99.
  const inside = { host: at.host, port: at.port, agent: false as const, localAddress: '127.0.2.99' };
  expect((await send(inside)).status).toBe(200);
  loadBalancerGroup().rules = [...rules, ingress(8081, { cidr: '0.0.0.0/0' })];
  await expect(send(inside)).rejects.toThrow(/socket hang up|ECONNRESET/);
});
