import { describe, expect, test } from 'vitest';
import { applySteps } from '../../src/aws/apply.ts';
import { deleteUnusedBackendSecurityGroup } from '../../src/aws/apply/security-group.ts';
import { describeStack } from '../../src/aws/describe-stack.ts';
import { observeStack } from '../../src/aws/observe.ts';
import { Invalid, Retry } from '../../src/errors.ts';
import { planStack } from '../../src/plan/stack.ts';
import {
  apisOf,
  converge,
  createWorld,
  inTime,
  onlyLoadBalancer,
  openAccount,
  pass,
  shapeOf,
  stackIn,
  type World,
} from './world.ts';

const total = (world: World): number => Object.values(world.aws.calls.counts()).reduce((sum, count) => sum + count, 0);

describe('a new stack', () => {
  test('costs no look-up once the account is known', async () => {
    const world = createWorld();
    const account = openAccount(world);
    const first = stackIn(world, { key: 'ingress/shop/first' });
    await pass(account, first.key, first);
    const cold = total(world);
    world.aws.calls.clear();
    const second = stackIn(world, { key: 'ingress/shop/second' });
    await pass(account, second.key, second);
    expect(world.aws.calls.counts()).toEqual({
      AuthorizeSecurityGroupIngress: 1,
      CreateListener: 1,
      CreateLoadBalancer: 1,
      CreateRule: 1,
      CreateSecurityGroup: 1,
      CreateTargetGroup: 1,
    });
    expect(cold).toBeLessThanOrEqual(10);
  });

  test('needs one call a resource, whatever its size', async () => {
    const world = createWorld();
    const account = openAccount(world);
    await pass(account, 'ingress/shop/first', stackIn(world, { key: 'ingress/shop/first' }));
    world.aws.calls.clear();
    const routes = ['a web', 'b web', 'c api', 'd api', 'e jobs'].map((each) => `shop.example.com /${each}`);
    await pass(account, 'ingress/shop/web', stackIn(world, { services: ['web', 'api', 'jobs'], routes }));
    expect(total(world)).toBe(2 + 1 + 3 + 1 + 5);
  });

  test('tells of each resource as soon as it is there, and of the address', async () => {
    const world = createWorld();
    const account = openAccount(world);
    const wanted = stackIn(world);
    const created: string[] = [];
    const observed = await observeStack(account, wanted.key, wanted);
    const steps = planStack(wanted, observed);
    const result = await applySteps(account, steps, { onCreated: (resource) => created.push(resource) });
    expect(created).toContain('target-group/shop/web:80');
    const { resources, loadBalancer } = describeStack({ wanted, observed, result });
    expect(loadBalancer).toMatchObject({ arn: onlyLoadBalancer(world).arn, dnsName: onlyLoadBalancer(world).dnsName });
    const later = await observeStack(account, wanted.key, wanted);
    const nothing = await applySteps(account, []);
    expect(describeStack({ wanted, observed: later, result: nothing }).resources).toEqual(resources);
  });

  test('shares one backend security group with others that are made at the same time', async () => {
    const world = createWorld();
    const account = openAccount(world);
    const stacks = ['a', 'b', 'c'].map((name) => stackIn(world, { key: `ingress/shop/${name}` }));
    await Promise.all(stacks.map((stack) => pass(account, stack.key, stack)));
    expect(shapeOf(world).filter((line) => line.includes('podwire-backend'))).toHaveLength(1);
    expect(await deleteUnusedBackendSecurityGroup(account)).toBe(false);
    for (const { key } of stacks) await converge(account, key, undefined);
    expect(await deleteUnusedBackendSecurityGroup(account)).toBe(true);
    expect(shapeOf(world)).toEqual([]);
  });
});

describe('when AWS is not at its best', () => {
  test('answers that get lost leave no duplicate', async () => {
    const healthy = createWorld();
    const wanted = { services: ['web', 'api'], ports: [80, 8080] };
    await converge(openAccount(healthy), 'ingress/shop/web', stackIn(healthy, wanted));
    for (let seed = 1; seed <= 20; seed++) {
      const faults = [{ action: '*', code: 'InternalFailure', when: 'after' as const, probability: 0.1 }];
      const world = createWorld({ seed, faults });
      const account = openAccount(world);
      await persevere(world, () => converge(account, 'ingress/shop/web', stackIn(world, wanted)));
      expect(shapeOf(world), `seed ${seed}`).toEqual(shapeOf(healthy));
      await persevere(world, () => converge(account, 'ingress/shop/web', undefined));
      expect(shapeOf(world).filter((line) => !line.includes('backend'))).toEqual([]);
    }
  });

  test('throttles delay and fail nothing', async () => {
    const bucket = { perSecond: 1, burst: 2 };
    const world = createWorld({ throttling: { 'elb-create': bucket, 'elb-describe': bucket, 'ec2-modify': bucket } });
    const account = openAccount(world);
    const wanted = stackIn(world, { services: ['web', 'api', 'jobs'] });
    const { failed } = await inTime(world, pass(account, wanted.key, wanted));
    expect(failed).toEqual([]);
    expect(shapeOf(world).filter((line) => line.startsWith('target-group'))).toHaveLength(3);
  });

  test('a listener that is not visible yet is met again later', async () => {
    const world = createWorld({ consistencyLagMs: 2000 });
    const account = openAccount(world);
    const wanted = stackIn(world);
    const first = await pass(account, wanted.key, wanted);
    expect(first.failed.map(({ error }) => error)).toEqual([expect.any(Retry)]);
    await world.clock.advance(3000);
    await converge(account, wanted.key, wanted);
    expect(shapeOf(world)).toContain('rule 80 1 shop.example.com /web k8s-a1b2c3-tg-web');
  });

  test('a security group goes when the last network interface of its load balancer has gone', async () => {
    const world = createWorld({ networkInterfaceLingerMs: 30_000 });
    const account = openAccount(world);
    const wanted = stackIn(world);
    await converge(account, wanted.key, wanted);
    const first = await pass(account, wanted.key, undefined);
    expect(first.failed.map(({ step, error }) => [step.resource, error.name])).toEqual([['security-group', 'Retry']]);
    await world.clock.advance(31_000);
    await converge(account, wanted.key, undefined);
    expect(shapeOf(world).filter((line) => line.startsWith('security-group k8s'))).toEqual([]);
  });

  test('what is deleted behind our back is made again', async () => {
    const world = createWorld();
    const account = openAccount(world);
    const wanted = stackIn(world, { services: ['web', 'api'] });
    await converge(account, wanted.key, wanted);
    const shape = shapeOf(world);
    await apisOf(world).elb.deleteLoadBalancer({ LoadBalancerArn: onlyLoadBalancer(world).arn });
    await converge(account, wanted.key, wanted);
    expect(shapeOf(world)).toEqual(shape);
  });
});

/** Until it does not reject: a read, too, may fail. */
async function persevere(world: World, work: () => Promise<unknown>): Promise<void> {
  for (let attempt = 0; attempt < 20; attempt++) {
    const outcome = await inTime(world, work()).then(
      () => undefined,
      (error: unknown) => error,
    );
    if (outcome === undefined) return;
    if (!(outcome instanceof Retry) && !(outcome instanceof Error && outcome.message.includes('no end'))) throw outcome;
  }
  throw new Error('no end in sight');
}

describe('a step that fails', () => {
  test('stops only what needs it', async () => {
    const world = createWorld();
    const account = openAccount(world);
    const wanted = stackIn(world, { services: ['web', 'api'] });
    const [rule] = wanted.listeners[0]?.rules ?? [];
    if (rule) rule.conditions = [{ field: 'path-pattern', values: ['/a', '/b', '/c', '/d', '/e', '/f'] }];
    const result = await pass(account, wanted.key, wanted);
    expect(result.failed.map(({ step, error }) => [step.resource, error.name])).toEqual([['rule/80/1', 'Invalid']]);
    expect(result.skipped).toEqual([]);
    expect(shapeOf(world)).toContain('rule 80 2 shop.example.com /api k8s-a1b2c3-tg-api');
  });

  test('is told as wrong input when the user named a target group that is not there', async () => {
    const world = createWorld();
    const account = openAccount(world);
    const wanted = stackIn(world);
    const arn = `${world.aws.arn('elasticloadbalancing', 'targetgroup/nowhere')}/0123456789abcdef`;
    const [rule] = wanted.listeners[0]?.rules ?? [];
    if (rule) rule.actions = [{ type: 'forward', targets: [{ arn, weight: 1 }] }];
    const result = await pass(account, wanted.key, wanted);
    expect(result.failed[0]?.error).toBeInstanceOf(Invalid);
    expect(result.failed[0]?.error.message).toContain(arn);
  });

  test('S15: is not tried when too much was deleted within a short time', async () => {
    const world = createWorld();
    const account = openAccount(world);
    const wanted = stackIn(world);
    await converge(account, wanted.key, wanted);
    while (account.deletions.take());
    const result = await pass(account, wanted.key, undefined);
    expect(result.failed[0]?.error).toBeInstanceOf(Retry);
    expect(shapeOf(world).filter((line) => line.startsWith('load-balancer'))).toHaveLength(1);
    await world.clock.advance(5000);
    await converge(account, wanted.key, undefined);
    expect(shapeOf(world).filter((line) => line.startsWith('load-balancer'))).toEqual([]);
  });
});
