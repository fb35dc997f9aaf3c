import { expect, test } from 'vitest';
import { RESOURCES } from '../../src/kube/resources.ts';
import { localElbApi } from '../../src/local/aws/in-memory.ts';
import { TAG } from '../../src/model/tags.ts';
import { BOTH, binding, openShop, registered, serviceRef } from '../scenarios/bindings.ts';
import { ingress, service, slice } from '../scenarios/manifests.ts';
import { accessKeyOf, openWorld } from '../scenarios/world.ts';

const denials = (world: { aws: { calls: { latest(): readonly { action: string; error?: string }[] } } }): string[] =>
  world.aws.calls.latest().flatMap(({ action, error }) => (/Denied|Unauthorized/.test(error ?? '') ? [action] : []));

test('L3: the operator works under the policy of its cluster, and is denied nothing that it asks for', async () => {
  const world = await openWorld();
  await world.apply(
    service({ name: 'web' }),
    slice({ service: 'web', addresses: ['10.0.1.50', '10.0.2.50'] }),
    ingress({ name: 'shop', rules: [{ service: 'web' }] }),
  );
  await world.start();
  await world.advance(60_000);
  expect(world.aws.settings.policies[accessKeyOf('local')]).toBeDefined();
  expect(world.aws.state.loadBalancers.size).toBe(1);
  expect(denials(world)).toEqual([]);
});

test('L3: without a policy for its access key it is denied everything, and the policy counts as soon as it is there', async () => {
  const world = await openWorld();
  await world.apply(service({ name: 'web' }), slice({ service: 'web', addresses: ['10.0.1.50'] }));
  await world.start();
  const { policies } = world.aws.settings;
  const nothing = { Statement: [{ Effect: 'Deny' as const, Action: '*', Resource: '*' }] };
  world.aws.configure({ policies: { [accessKeyOf('local')]: nothing } });
  await world.apply(ingress({ name: 'shop', rules: [{ service: 'web' }] }));
  await world.advance(60_000);
  expect(world.aws.state.loadBalancers.size).toBe(0);
  expect(denials(world).length).toBeGreaterThan(0);
  world.aws.configure({ policies });
  await world.advance(20 * 60_000);
  expect(world.aws.state.loadBalancers.size).toBe(1);
});

test('S1: a target group of another cluster that somebody claims gets no targets, and the object says why', async () => {
  const { world, arn } = await openShop();
  const elb = localElbApi(world.aws);
  await elb.addTags({ ResourceArns: [arn], Tags: [{ Key: TAG.cluster, Value: 'another' }] });
  await world.apply(binding({ claim: 'true', spec: { serviceRef, targetGroupARN: arn, targetType: 'ip' } }));
  await world.advance(60_000);
  expect(registered(world, arn)).toEqual([]);
  expect(denials(world)).toContain('RegisterTargets');
  const told = await world.conditions(RESOURCES.targetGroup, 'binding.web', 'shop');
  expect(told.join('\n')).toMatch(
    /TargetsRegistered=False .*not authorized to perform: elasticloadbalancing:RegisterTargets/,
  );
  await elb.removeTags({ ResourceArns: [arn], TagKeys: [TAG.cluster] });
  await world.advance(20 * 60_000);
  expect(registered(world, arn)).toEqual(BOTH);
});
