import { describe, expect, test } from 'vitest';
import { applySteps } from '../../src/aws/apply.ts';
import { deleteUnusedBackendSecurityGroup } from '../../src/aws/apply/security-group.ts';
import { Invalid, Retry } from '../../src/errors.ts';
import { CLUSTER } from '../plan/sample.ts';
import {
  apisOf,
  converge,
  createWorld,
  onlyLoadBalancer,
  openAccount,
  pass,
  planOf,
  shapeOf,
  stackIn,
} from './world.ts';

/** A world where somebody else has a load balancer of the name that the stack wants. */
async function worldWithTakenName() {
  const world = createWorld();
  const wanted = stackIn(world);
  const { elb } = apisOf(world);
  const { name, subnets } = wanted.loadBalancer;
  await elb.createLoadBalancer({ Name: name, Subnets: subnets, Scheme: 'internal' });
  return { world, wanted, elb };
}

describe('what is not ours', () => {
  test('a taken name is told with its holder, and the rest goes on', async () => {
    const { world, wanted } = await worldWithTakenName();
    const holder = onlyLoadBalancer(world).arn;
    const account = openAccount(world);
    for (let count = 0; count < 2; count++) {
      const result = await pass(account, wanted.key, wanted);
      expect(result.failed.map(({ step, error }) => [step.resource, error])).toEqual([
        ['load-balancer', expect.any(Invalid)],
      ]);
      expect(result.failed[0]?.error.message).toContain(holder);
      expect(result.skipped.map(({ resource }) => resource)).toEqual(['listener/80', 'rule/80/1']);
    }
    expect(shapeOf(world)).toContain('target-group k8s-a1b2c3-tg-web HTTP /');
  });

  test('a name is taken again as soon as its holder has gone', async () => {
    const { world, wanted, elb } = await worldWithTakenName();
    const account = openAccount(world);
    await account.inventory.all();
    await elb.deleteLoadBalancer({ LoadBalancerArn: onlyLoadBalancer(world).arn });
    const { failed } = await pass(account, wanted.key, wanted);
    expect(failed.map(({ error }) => error)).toEqual([expect.any(Retry)]);
    await converge(account, wanted.key, wanted);
    expect(onlyLoadBalancer(world).scheme).toBe('internet-facing');
  });

  test('S14: one that AWS hands out as if it were new is not taken over', async () => {
    const world = createWorld();
    const wanted = stackIn(world);
    const account = openAccount(world);
    await account.inventory.all();
    const { loadBalancer } = wanted;
    await apisOf(world).elb.createTargetGroup({
      Name: wanted.targetGroups[0]?.name,
      Protocol: 'HTTP',
      Port: 81,
      VpcId: wanted.vpcId,
      TargetType: 'ip',
    });
    const result = await pass(account, wanted.key, wanted);
    expect(result.failed.map(({ error }) => error.message).join()).toContain('which is not ours');
    expect(loadBalancer.name).toBe(onlyLoadBalancer(world).name);
  });

  test('S14: two clusters of one name stay apart', async () => {
    const world = createWorld();
    const mine = openAccount(world);
    const twin = { name: CLUSTER.name, uid: 'another-uid' };
    const theirs = openAccount(world, apisOf(world), twin);
    await converge(mine, 'ingress/shop/web', stackIn(world));
    const shape = shapeOf(world);
    expect(await planOf(theirs, 'ingress/shop/web', undefined)).toEqual([]);
    await converge(theirs, 'ingress/b/web', stackIn(world, { key: 'ingress/b/web', cluster: twin }));
    await converge(theirs, 'ingress/b/web', undefined);
    await deleteUnusedBackendSecurityGroup(theirs);
    expect(shapeOf(world)).toEqual(shape);
  });

  test('S14: a resource that lost our tags since we looked is not deleted', async () => {
    const world = createWorld();
    const account = openAccount(world);
    const wanted = stackIn(world);
    await converge(account, wanted.key, wanted);
    const { arn } = onlyLoadBalancer(world);
    const steps = await planOf(account, wanted.key, undefined);
    await apisOf(world).elb.addTags({
      ResourceArns: [arn],
      Tags: [{ Key: 'podwire.dev/cluster-uid', Value: 'somebody-else' }],
    });
    const result = await applySteps(account, steps);
    expect(result.failed.map(({ step, error }) => [step.resource, error.name])).toEqual([['load-balancer', 'Invalid']]);
    expect(result.skipped.map(({ resource }) => resource)).toEqual(['target-group/shop/web:80', 'security-group']);
    expect(onlyLoadBalancer(world).arn).toBe(arn);
  });
});

/** Tags as the peer writes them. */
const PEER_TAGS = [
  { Key: 'elbv2.k8s.aws/cluster', Value: CLUSTER.name },
  { Key: 'ingress.k8s.aws/stack', Value: 'shop/web' },
  { Key: 'ingress.k8s.aws/resource', Value: 'LoadBalancer' },
];

test('S14: what carries the tags of the peer alone is neither seen nor touched', async () => {
  const world = createWorld();
  const wanted = stackIn(world);
  const { elb, ec2 } = apisOf(world);
  await elb.createLoadBalancer({ Name: 'k8s-shop-web', Subnets: wanted.loadBalancer.subnets, Tags: PEER_TAGS });
  await elb.createTargetGroup({
    Name: 'k8s-shop-web',
    Protocol: 'HTTP',
    Port: 80,
    VpcId: wanted.vpcId,
    TargetType: 'ip',
    Tags: PEER_TAGS,
  });
  const TagSpecifications = [{ ResourceType: 'security-group' as const, Tags: PEER_TAGS }];
  await ec2.createSecurityGroup({
    GroupName: 'k8s-shop-web',
    Description: 'peer',
    VpcId: wanted.vpcId,
    TagSpecifications,
  });
  const before = shapeOf(world);
  const account = openAccount(world);
  expect(await account.inventory.all()).toEqual([]);
  await converge(account, wanted.key, wanted);
  await converge(account, wanted.key, undefined);
  await deleteUnusedBackendSecurityGroup(account);
  expect(shapeOf(world)).toEqual(before);
});
