import { beforeEach, describe, expect, test } from 'vitest';
import { RESOURCES } from '../../src/kube/resources.ts';
import { localEc2Api, localElbApi } from '../../src/local/aws/in-memory.ts';
import type { AwsState } from '../../src/local/aws/state.ts';
import { ingress, service, slice } from './manifests.ts';
import { awsShape, clusterShape } from './shape.ts';
import { ingressClass, openWorld, type World } from './world.ts';

const SWEEP_MS = 900_000;
const RULES = [
  { host: 'shop.example.com', path: '/cart', service: 'cart' },
  { host: 'shop.example.com', path: '/', service: 'web' },
];

let world: World;

beforeEach(async () => {
  world = await openWorld();
  await world.apply(
    service({ name: 'web' }),
    service({ name: 'cart' }),
    slice({ service: 'web', addresses: ['10.0.1.50', '10.0.2.50'] }),
    slice({ service: 'cart', addresses: ['10.0.3.50'] }),
    ingress({ name: 'shop', rules: RULES }),
  );
  await world.start();
  await world.advance(60_000);
});

const shape = async (): Promise<string[]> => [...awsShape(world), ...(await clusterShape(world))];
const oneOf = <T>(map: Map<string, T>, is: (one: T) => boolean = () => true): T => [...map.values()].find(is) as T;
const group = (state: AwsState, service: string) =>
  oneOf(state.targetGroups, ({ name }) => name.includes(`-${service}-`));
const ours = (lines: string[]): string[] => lines.filter((line) => line.includes('podwire.dev/'));

describe('what somebody changes by hand in AWS is put back by the next sweep', () => {
  const elb = () => localElbApi(world.aws);
  const ec2 = () => localEc2Api(world.aws);
  const node = (state: AwsState) => oneOf(state.securityGroups, ({ name }) => name === 'nodes');
  const backend = (state: AwsState) => oneOf(state.securityGroups, ({ name }) => name.startsWith('podwire-backend'));

  const HANDS: { name: string; change: (state: AwsState) => Promise<unknown> }[] = [
    {
      name: 'a listener is deleted',
      change: ({ listeners }) => elb().deleteListener({ ListenerArn: oneOf(listeners).arn }),
    },
    {
      name: 'a listener answers something else',
      change: ({ listeners }) =>
        elb().modifyListener({
          ListenerArn: oneOf(listeners).arn,
          DefaultActions: [{ Type: 'fixed-response', FixedResponseConfig: { StatusCode: '418' } }],
        }),
    },
    {
      name: 'a rule is deleted',
      change: ({ rules }) => elb().deleteRule({ RuleArn: oneOf(rules, ({ priority }) => priority === 1).arn }),
    },
    {
      name: 'a rule forwards elsewhere',
      change: (state) =>
        elb().modifyRule({
          RuleArn: oneOf(state.rules, ({ priority }) => priority === 1).arn,
          Actions: [{ Type: 'forward', TargetGroupArn: group(state, 'web').arn }],
        }),
    },
    {
      name: 'a rule is added',
      change: ({ rules, targetGroups }) =>
        elb().createRule({
          ListenerArn: oneOf(rules).listenerArn,
          Priority: 77,
          Conditions: [{ Field: 'path-pattern', Values: ['/own'] }],
          Actions: [{ Type: 'forward', TargetGroupArn: oneOf(targetGroups).arn }],
        }),
    },
    {
      name: 'a target is deregistered',
      change: (state) =>
        elb().deregisterTargets({
          TargetGroupArn: group(state, 'web').arn,
          Targets: [{ Id: '10.0.1.50', Port: 8080 }],
        }),
    },
    {
      name: 'the only target is deregistered',
      change: (state) =>
        elb().deregisterTargets({
          TargetGroupArn: group(state, 'cart').arn,
          Targets: [{ Id: '10.0.3.50', Port: 8080 }],
        }),
    },
    {
      name: 'a target is registered that is none',
      change: (state) =>
        elb().registerTargets({ TargetGroupArn: group(state, 'web').arn, Targets: [{ Id: '10.0.1.99', Port: 8080 }] }),
    },
    {
      name: 'a health check is changed',
      change: (state) =>
        elb().modifyTargetGroup({ TargetGroupArn: group(state, 'web').arn, HealthCheckPath: '/other' }),
    },
    {
      name: 'the rule toward the nodes is revoked',
      change: (state) =>
        ec2().revokeSecurityGroupIngress({
          GroupId: node(state).id,
          IpPermissions: [
            { IpProtocol: 'tcp', FromPort: 8080, ToPort: 8080, UserIdGroupPairs: [{ GroupId: backend(state).id }] },
          ],
        }),
    },
    {
      name: 'clients are admitted no more',
      change: ({ securityGroups }) =>
        ec2().revokeSecurityGroupIngress({
          GroupId: oneOf(securityGroups, ({ name }) => name.startsWith('pw-')).id,
          IpPermissions: [{ IpProtocol: 'tcp', FromPort: 80, ToPort: 80, IpRanges: [{ CidrIp: '0.0.0.0/0' }] }],
        }),
    },
    {
      name: 'the backend security group is taken off and deleted',
      change: async (state) => {
        const { id } = backend(state);
        const { arn, securityGroups } = oneOf(state.loadBalancers);
        await elb().setSecurityGroups({
          LoadBalancerArn: arn,
          SecurityGroups: securityGroups.filter((one) => one !== id),
        });
        const UserIdGroupPairs = [{ GroupId: id }];
        const IpPermissions = [{ IpProtocol: 'tcp', FromPort: 8080, ToPort: 8080, UserIdGroupPairs }];
        await ec2().revokeSecurityGroupIngress({ GroupId: node(state).id, IpPermissions });
        await ec2().deleteSecurityGroup({ GroupId: id });
      },
    },
    {
      name: 'the load balancer is deleted',
      change: ({ loadBalancers }) => elb().deleteLoadBalancer({ LoadBalancerArn: oneOf(loadBalancers).arn }),
    },
  ];

  test.each(HANDS)('$name', async ({ change }) => {
    const before = await shape();
    await change(world.aws.state);
    expect(await shape()).not.toEqual(before);
    await world.advance(2 * SWEEP_MS);
    expect(await shape()).toEqual(before);
  });
});

test('control: before the sweep it stays as it was changed', async () => {
  const { arn } = oneOf(world.aws.state.listeners);
  await localElbApi(world.aws).deleteListener({ ListenerArn: arn });
  const changed = await shape();
  await world.advance(120_000);
  expect(await shape()).toEqual(changed);
});

describe('what somebody deletes in the cluster', () => {
  test('a LoadBalancer object is written anew from what AWS has, without a change there', async () => {
    const before = await shape();
    const writes = world.life.mutating.length;
    await world.delete(RESOURCES.loadBalancer, 'ingress.shop.shop');
    await world.advance(30_000);
    expect(await shape()).toEqual(before);
    expect(world.life.mutating.slice(writes)).toEqual([]);
  });

  test('so are all of them, deleted while the operator was down', async () => {
    const before = await shape();
    world.kill();
    await world.delete(RESOURCES.loadBalancer, 'ingress.shop.shop');
    for (const { metadata } of await world.kube.list(RESOURCES.targetGroup))
      await world.delete(RESOURCES.targetGroup, metadata.name, 'shop');
    await world.start();
    await world.advance(30_000);
    expect(await shape()).toEqual(before);
    expect(world.life.mutating.filter((action) => action !== 'registerTargets')).toEqual([]);
  });

  test('a TargetGroup object comes back, and its targets never leave', async () => {
    const before = await shape();
    const [object] = await world.kube.list(RESOURCES.targetGroup);
    await world.delete(RESOURCES.targetGroup, object?.metadata.name ?? '', 'shop');
    await world.advance(60_000);
    expect(await shape()).toEqual(before);
    expect(world.life.mutating).not.toContain('deregisterTargets');
    expect(world.life.mutating).not.toContain('deleteTargetGroup');
  });

  test('with the class gone the Ingress is served on, and goes when it is deleted itself', async () => {
    const before = await shape();
    await world.delete(RESOURCES.ingressClass, 'podwire');
    await world.advance(60_000);
    expect(ours(await shape())).toEqual(ours(before));
    await world.restart();
    await world.advance(60_000);
    expect(ours(await shape())).toEqual(ours(before));
    await world.delete(RESOURCES.ingress, 'shop', 'shop');
    await world.advance(120_000);
    expect(ours(await shape())).toEqual([]);
    expect(await world.kube.list(RESOURCES.ingress)).toEqual([]);
  });

  test('a namespace takes all with it, and is not held up', async () => {
    await world.delete(RESOURCES.namespace, 'shop');
    await world.advance(120_000);
    expect(ours(await shape())).toEqual([]);
    expect(await world.kube.get(RESOURCES.namespace, { name: 'shop' })).toBeUndefined();
  });
});

test('an Ingress handed to another controller is let go: nothing of ours is left in AWS or on it', async () => {
  expect(await clusterShape(world)).toContainEqual(expect.stringMatching(/^Ingress shop\/shop .* at=pw-/));
  await world.apply(ingressClass('other', 'example.com/other'));
  await world.patch(RESOURCES.ingress, 'shop', { namespace: 'shop', body: { spec: { ingressClassName: 'other' } } });
  await world.advance(120_000);
  expect(ours(await shape())).toEqual([]);
  const object = await world.kube.get(RESOURCES.ingress, { namespace: 'shop', name: 'shop' });
  expect(object?.metadata.finalizers ?? []).toEqual([]);
  expect(JSON.stringify(object?.['status'] ?? {})).not.toContain('hostname');
});

test.each([2, 8, 12, 20])('so is one whose operator died after call %i of its making', async (call) => {
  await world.apply(ingressClass('other', 'example.com/other'));
  world.kill();
  await world.start({ call, when: 'answer lost' });
  await world.apply(ingress({ name: 'late', rules: [{ service: 'web' }] }));
  await world.advance(30_000);
  world.kill();
  await world.patch(RESOURCES.ingress, 'late', { namespace: 'shop', body: { spec: { ingressClassName: 'other' } } });
  await world.start();
  await world.advance(60_000);
  const late = await world.kube.get(RESOURCES.ingress, { namespace: 'shop', name: 'late' });
  expect(late?.metadata.finalizers ?? []).toEqual([]);
  expect(awsShape(world).filter((line) => line.includes('shop/late'))).toEqual([]);
});

test('an Ingress that leaves for a group where it is refused does not keep an address that is no more', async () => {
  await world.annotate('shop', {
    'alb.ingress.kubernetes.io/group.name': 'all',
    'alb.ingress.kubernetes.io/target-type': 'pod',
  });
  await world.advance(700_000);
  expect(await clusterShape(world)).toContainEqual(expect.stringMatching(/^Ingress shop\/shop .* at=$/));
});

test('a name that somebody else has in AWS is told, and what they have stays theirs', async () => {
  const Subnets = [...world.aws.state.subnets.values()].filter((one) => !one.mapPublicIpOnLaunch).map(({ id }) => id);
  await localElbApi(world.aws).createLoadBalancer({ Name: 'front', Scheme: 'internal', Subnets });
  const theirs = awsShape(world).filter((line) => line.startsWith('load-balancer front'));
  const annotations = { 'load-balancer-name': 'front' };
  await world.apply(ingress({ name: 'named', annotations, rules: [{ service: 'web' }] }));
  await world.advance(60_000);
  expect((await world.events('named')).join('\n')).toMatch(/create load-balancer: .*front/);
  expect(awsShape(world).filter((line) => line.startsWith('load-balancer front'))).toEqual(theirs);
  await world.apply(
    ingress({ name: 'named', annotations: { 'load-balancer-name': 'own' }, rules: [{ service: 'web' }] }),
  );
  await world.advance(60_000);
  expect(awsShape(world).filter((line) => line.startsWith('load-balancer own'))).toHaveLength(1);
});

describe('an API server that sends garbage', () => {
  const GARBAGE = {
    'an Ingress whose rules are a word': {
      storage: 'networking.k8s.io/ingresses',
      key: 'shop/garbage',
      more: { spec: { rules: 'none' } },
    },
    'an Ingress without anything': { storage: 'networking.k8s.io/ingresses', key: 'shop/garbage', more: {} },
    'a Service whose ports are a number': { storage: '/services', key: 'shop/garbage', more: { spec: { ports: 5 } } },
    'an EndpointSlice whose endpoints are words': {
      storage: 'discovery.k8s.io/endpointslices',
      key: 'shop/garbage',
      more: {
        metadata: { labels: { 'kubernetes.io/service-name': 'web' } },
        addressType: 'IPv4',
        endpoints: ['a', null],
        ports: 'http',
      },
    },
    'a TargetGroup of nothing': {
      storage: 'podwire.dev/targetgroups',
      key: 'shop/garbage',
      more: { spec: { arn: 5 } },
    },
    'a Node with an impossible provider id': {
      storage: '/nodes',
      key: 'garbage',
      more: { spec: { providerID: { a: 1 } } },
    },
  };

  test.each(Object.entries(GARBAGE))('%s', async (_name, { storage, key, more }) => {
    const before = ours(await shape());
    const [namespace, name] = key.includes('/') ? key.split('/') : [undefined, key];
    const given = more as { metadata?: object };
    const metadata = {
      name,
      namespace,
      uid: 'uid-garbage',
      creationTimestamp: '2026-01-01T00:00:00Z',
      ...given.metadata,
    };
    world.cluster.store.put(storage, key, { ...more, metadata } as never);
    await world.advance(30_000);
    expect(ours(await shape()).filter((line) => !line.includes('garbage'))).toEqual(before);
    await world.restart();
    await world.apply(slice({ service: 'cart', addresses: ['10.0.3.50', '10.0.3.51'] }));
    await world.advance(30_000);
    expect(ours(await shape()).join('\n')).toContain('10.0.3.51:8080 healthy');
    expect(world.life.mutating).not.toContain('deregisterTargets');
  });

  test('an object that turns to garbage stays as it was last read', async () => {
    const before = ours(await shape());
    const stored = world.cluster.store.get('networking.k8s.io/ingresses', 'shop/shop');
    world.cluster.store.put('networking.k8s.io/ingresses', 'shop/shop', { ...stored, spec: { rules: 7 } } as never);
    await world.advance(60_000);
    expect(ours(await shape())).toEqual(before);
    const told = world.log.filter(({ message }) => message === 'object cannot be read');
    expect(told.length).toBeGreaterThan(0);
    expect(JSON.stringify(told)).toMatch(/"name":"shop".*rules/);
  });
});
