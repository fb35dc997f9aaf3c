import { beforeEach, describe, expect, test } from 'vitest';
import { Denied, Retry } from '../../src/errors.ts';
import { RESOURCES } from '../../src/kube/resources.ts';
import { localEc2Api, localElbApi } from '../../src/local/aws/in-memory.ts';
import { ingress, type IngressOptions, service, slice } from './manifests.ts';
import { awsShape } from './shape.ts';
import { applyNew, served, unannounced } from './shops.ts';
import { openWorld, type World } from './world.ts';

const INGRESSES = 'networking.k8s.io/ingresses';
const HOUR_MS = 3_600_000;

let world: World;

const shop = (more: Partial<IngressOptions> = {}): object =>
  ingress({ name: 'shop', rules: [{ host: 'shop.example.com', service: 'web' }], ...more });
const ours = (): string[] => awsShape(world).filter((line) => line.includes('podwire.dev/'));
const oneOf = <T>(map: Map<string, T>, is: (one: T) => boolean = () => true): T => [...map.values()].find(is) as T;

beforeEach(async () => {
  world = await openWorld();
  await world.apply(service({ name: 'web' }), slice({ service: 'web', addresses: ['10.0.1.50', '10.0.2.50'] }), shop());
});

async function start(): Promise<void> {
  await world.start();
  await world.advance(60_000);
}

/** The same API but for some of its methods. */
const instead = <Api extends object>(api: Api, changes: Partial<Api>): Api =>
  new Proxy(api, { get: (target, name) => Reflect.get(name in changes ? changes : target, name) as unknown });

/** What the API server sends of it makes no sense to the next operator. */
function garble(name: string): void {
  const stored = world.cluster.store.get(INGRESSES, `shop/${name}`);
  world.cluster.store.put(INGRESSES, `shop/${name}`, { ...stored, spec: { rules: 7 } } as never);
}

describe('an Ingress that cannot be read after a restart is not taken for deleted', () => {
  const restartWithout = async (name: string): Promise<void> => {
    world.kill();
    garble(name);
    await world.start();
    await world.advance(2 * HOUR_MS);
  };

  test('by its own stack', async () => {
    await start();
    const before = ours();
    await restartWithout('shop');
    expect(world.life.mutating).toEqual([]);
    expect(ours()).toEqual(before);
  });

  test('by its own stack whose LoadBalancer object is gone too', async () => {
    await start();
    const before = ours();
    world.kill();
    await world.delete(RESOURCES.loadBalancer, 'ingress.shop.shop');
    await restartWithout('shop');
    expect(world.life.mutating).toEqual([]);
    expect(ours()).toEqual(before);
  });

  test('by the group it is in', async () => {
    const annotations = { 'group.name': 'front' };
    await world.apply(
      shop({ annotations }),
      ingress({ name: 'cart', annotations, rules: [{ host: 'cart.example.com', service: 'web' }] }),
    );
    await start();
    const before = ours();
    await restartWithout('cart');
    expect(world.life.mutating).toEqual([]);
    expect(ours()).toEqual(before);
  });

  test('control: one that was deleted meanwhile is', async () => {
    await start();
    world.kill();
    await world.patch(RESOURCES.ingress, 'shop', { namespace: 'shop', body: { metadata: { finalizers: null } } });
    await world.delete(RESOURCES.ingress, 'shop', 'shop');
    await start();
    await world.advance(120_000);
    expect(ours()).toEqual([]);
  });
});

test('a load balancer that was deleted by hand comes back with the next change, not only with the next sweep', async () => {
  await start();
  await localElbApi(world.aws).deleteLoadBalancer({ LoadBalancerArn: oneOf(world.aws.state.loadBalancers).arn });
  await world.apply(shop({ rules: [{ host: 'new.example.com', service: 'web' }] }));
  await world.advance(60_000);
  expect(ours().join('\n')).toContain('new.example.com');
  expect(ours().filter((line) => line.startsWith('load-balancer'))).toHaveLength(1);
});

test('a security group that somebody else refers to is not asked for again and again', async () => {
  await start();
  const backend = oneOf(world.aws.state.securityGroups, ({ name }) => name.startsWith('podwire-backend'));
  const ec2 = localEc2Api(world.aws);
  const { GroupId } = await ec2.createSecurityGroup({ GroupName: 'db', Description: 'db', VpcId: backend.vpcId });
  const UserIdGroupPairs = [{ GroupId: backend.id }];
  const IpPermissions = [{ IpProtocol: 'tcp', FromPort: 5432, ToPort: 5432, UserIdGroupPairs }];
  await ec2.authorizeSecurityGroupIngress({ GroupId, IpPermissions });
  await world.delete(RESOURCES.ingress, 'shop', 'shop');
  await world.advance(HOUR_MS);
  const before = world.life.calls.length;
  await world.advance(HOUR_MS);
  expect(world.life.calls.length - before).toBeLessThan(1_000);
  expect(world.aws.state.securityGroups.get(GroupId ?? '')?.rules).toHaveLength(2);
  await ec2.revokeSecurityGroupIngress({ GroupId, IpPermissions });
  await world.advance(HOUR_MS);
  expect(ours()).toEqual([]);
});

test('an API server that takes no TargetGroup while the load balancer is made does not end the operator', async () => {
  const unhandled: unknown[] = [];
  const note = (reason: unknown): void => void unhandled.push(reason);
  process.on('unhandledRejection', note);
  let down = true;
  world.between = ({ kube, elb, ec2 }) => ({
    kube: instead(kube, {
      create: (resource, object) =>
        down && resource.kind === 'TargetGroup' ? Promise.reject(new Retry('down')) : kube.create(resource, object),
    }),
    elb: instead(elb, {
      createLoadBalancer: async (input) => {
        await new Promise((resolve) => void setImmediate(resolve));
        return elb.createLoadBalancer(input);
      },
    }),
    ec2,
  });
  await start();
  down = false;
  await world.advance(120_000);
  process.off('unhandledRejection', note);
  expect(unhandled).toEqual([]);
  expect(ours().join('\n')).toContain('10.0.1.50:8080 healthy');
});

describe('a removal that does not go through', () => {
  const told = async (): Promise<string> =>
    [
      ...(await world.events('shop')),
      ...(await world.conditions(RESOURCES.loadBalancer, 'ingress.shop.shop')).filter((line) =>
        line.startsWith('Ready'),
      ),
    ].join('\n');

  test('for deletion protection is told on the Ingress and in its LoadBalancer object, and goes on without it', async () => {
    await world.apply(shop({ annotations: { 'load-balancer-attributes': 'deletion_protection.enabled=true' } }));
    await start();
    await world.delete(RESOURCES.ingress, 'shop', 'shop');
    await world.advance(60_000);
    expect(await told()).toMatch(/^Held: delete load-balancer .*deletion protection is on/m);
    expect(await told()).toMatch(/^Ready=False Held: delete load-balancer/m);
    await localElbApi(world.aws).modifyLoadBalancerAttributes({
      LoadBalancerArn: oneOf(world.aws.state.loadBalancers).arn,
      Attributes: [{ Key: 'deletion_protection.enabled', Value: 'false' }],
    });
    await world.advance(120_000);
    expect(ours()).toEqual([]);
  });

  test('for want of a right is told too', async () => {
    await start();
    world.aws.configure({ faults: [{ action: 'DeleteLoadBalancer', code: 'AccessDenied', httpStatus: 403 }] });
    await world.delete(RESOURCES.ingress, 'shop', 'shop');
    await world.advance(60_000);
    expect(await told()).toMatch(/^AccessDenied: delete load-balancer .*elasticloadbalancing:DeleteLoadBalancer/m);
    expect(await told()).toMatch(/^Ready=False AccessDenied: /m);
  });

  test.each(['as it is', 'over a restart'])('is turned round when the Ingress comes back halfway, %s', async (how) => {
    await start();
    world.aws.configure({ faults: [{ action: 'DeleteSecurityGroup', code: 'DependencyViolation' }] });
    const group = (name: string | null) => world.annotate('shop', { 'alb.ingress.kubernetes.io/group.name': name });
    await group('front');
    await world.advance(300_000); // clients have followed
    expect(ours().filter((line) => line.startsWith('load-balancer') && line.includes('ingress/shop'))).toEqual([]);
    if (how === 'over a restart') world.kill();
    await group(null);
    if (how === 'over a restart') await world.start();
    await world.advance(60_000);
    expect(ours().filter((line) => line.startsWith('load-balancer') && line.includes('ingress/shop'))).toHaveLength(1);
    expect(ours().filter((line) => line.startsWith('rule') && line.includes('ingress/shop'))).toHaveLength(1);
  });
});

describe('an Ingress that somebody does not let us change', () => {
  const member = (name: string, host = name): object =>
    ingress({
      name,
      annotations: { 'group.name': 'front' },
      rules: [{ host: `${host}.example.com`, service: 'web' }],
    });
  const webhook = new Denied('patch ingresses', 'admission webhook "lint" denied the request');
  let denied: string | undefined = 'bad';

  beforeEach(() => {
    denied = 'bad';
    world.between = ({ kube, ...aws }) => ({
      ...aws,
      kube: instead(kube, {
        patch: (resource, key, patch) =>
          key.name === denied && !('subresource' in patch) ? Promise.reject(webhook) : kube.patch(resource, key, patch),
      }),
    });
  });

  test('is told so and has nothing made for it, while the others of its group are served, and comes in when it may', async () => {
    await world.apply(member('good'), member('bad'));
    await start();
    expect(ours().join('\n')).toContain('good.example.com');
    expect(ours().join('\n')).not.toContain('bad.example.com');
    expect((await world.events('bad')).join('\n')).toMatch(/NotHeld: metadata.finalizers: .*"lint" denied/);
    const calls = world.life.calls.length;
    await world.advance(300_000);
    expect(world.life.calls.length).toBe(calls);
    denied = undefined;
    await world.advance(120_000);
    expect(ours().join('\n')).toContain('bad.example.com');
  });

  test('stays served where it was, though its finalizer was taken off', async () => {
    denied = undefined;
    await world.apply(member('good'), member('bad'));
    await start();
    denied = 'bad';
    await world.patch(RESOURCES.ingress, 'bad', { namespace: 'shop', body: { metadata: { finalizers: null } } });
    await world.apply(member('good', 'better'));
    await world.advance(30_000);
    expect(ours().join('\n')).toContain('bad.example.com');
    expect(ours().join('\n')).toContain('better.example.com');
  });
});

test.each([
  ['DescribeSubnets', /AccessDenied: .*ec2:DescribeSubnets/],
  ['DescribeTargetGroups', /AccessDenied: .*elasticloadbalancing:DescribeTargetGroups/],
])('a right to read that is missing is told on the Ingress: %s', async (action, said) => {
  world.aws.configure({ faults: [{ action, code: 'AccessDenied', httpStatus: 403 }] });
  await start();
  expect((await world.events('shop')).join('\n')).toMatch(said);
  world.aws.configure({ faults: [] });
  await world.advance(120_000);
  expect(ours().join('\n')).toContain('10.0.1.50:8080 healthy');
});

test('a sweep over many stacks keeps no live change waiting', async () => {
  const many = await served(100, 3_600);
  const swept = (): boolean => many.life.calls.slice(before).includes('describeListeners');
  const before = many.life.calls.length;
  await many.clock.runUntil(async () => swept(), HOUR_MS);
  await applyNew(many);
  const took = await many.clock.runUntil(async () => (await unannounced(many)).length === 0, 120_000);
  expect(took).toBeLessThan(10_000);
  // The sweep was still under way, and comes to its end nonetheless.
  const then = many.life.calls.filter((action) => action === 'describeListeners').length;
  expect(then).toBeLessThan(150);
  await many.advance(120_000);
  expect(
    many.life.calls.slice(before).filter((action) => action === 'describeListeners').length,
  ).toBeGreaterThanOrEqual(100);
});

test('a target group that was deleted by hand comes back at once, and none is called healthy meanwhile', async () => {
  await start();
  const { loadBalancers, targetGroups } = world.aws.state;
  world.aws.configure({ faults: [{ action: 'CreateTargetGroup', code: 'AccessDenied', httpStatus: 403 }] });
  await localElbApi(world.aws).deleteLoadBalancer({ LoadBalancerArn: oneOf(loadBalancers).arn });
  await localElbApi(world.aws).deleteTargetGroup({ TargetGroupArn: oneOf(targetGroups).arn });
  await world.apply(slice({ service: 'web', addresses: ['10.0.1.50', '10.0.3.50'] }));
  await world.advance(20_000);
  const [object] = await world.kube.list(RESOURCES.targetGroup);
  const said = await world.conditions(RESOURCES.targetGroup, object?.metadata.name ?? '', 'shop');
  expect(said.join('\n')).toMatch(/Ready=False NoHealthyTarget/);
  expect(said.join('\n')).toMatch(/TargetsRegistered=False TargetGroupNotFound/);
  world.aws.configure({ faults: [] });
  await world.advance(90_000);
  expect(ours().join('\n')).toContain('[10.0.1.50:8080 healthy, 10.0.3.50:8080 healthy]');
});

test('a very long name, cut where it is to become part of another one, is served', async () => {
  const name = `${'a'.repeat(228)}-${'b'.repeat(13)}`;
  await world.apply(ingress({ name, rules: [{ host: 'long.example.com', service: 'web' }] }));
  await start();
  expect((await world.events(name)).join('\n')).toMatch(/^Applied/);
  expect(ours().join('\n')).toContain('long.example.com');
  await world.delete(RESOURCES.ingress, name, 'shop');
  await world.advance(120_000);
  expect(ours().join('\n')).not.toContain('long.example.com');
});
