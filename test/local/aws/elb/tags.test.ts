import { expect, test } from 'vitest';
import { codeOf, createStack, createTargetGroup, createWorld } from '../world.ts';

test('tags of every kind of resource are added, described and removed', async () => {
  const world = createWorld();
  const { loadBalancer, listener, targetGroup } = await createStack(world);
  const { Rules } = await world.elb.describeRules({ ListenerArn: listener });
  const ResourceArns = [loadBalancer, listener, targetGroup, Rules?.[0]?.RuleArn ?? ''];
  await world.elb.addTags({
    ResourceArns,
    Tags: [
      { Key: 'a', Value: '1' },
      { Key: 'b', Value: '2' },
    ],
  });
  await world.elb.addTags({ ResourceArns, Tags: [{ Key: 'a', Value: '3' }] });
  await world.elb.removeTags({ ResourceArns, TagKeys: ['b', 'never-there'] });
  const { TagDescriptions } = await world.elb.describeTags({ ResourceArns });
  expect(TagDescriptions).toEqual(
    ResourceArns.map((ResourceArn) => ({ ResourceArn, Tags: [{ Key: 'a', Value: '3' }] })),
  );
});

test.each([
  ['a reserved key', [{ Key: 'aws:x' }], 'ValidationError'],
  ['a character outside the set', [{ Key: 'a', Value: 'x;y' }], 'ValidationError'],
  ['a long value', [{ Key: 'a', Value: 'v'.repeat(257) }], 'ValidationError'],
  ['a key twice', [{ Key: 'a' }, { Key: 'a' }], 'DuplicateTagKeys'],
  ['more than fifty in all', Array.from({ length: 50 }, (_, i) => ({ Key: `k${i}` })), 'TooManyTags'],
])('AddTags refuses %s', async (_case, Tags, code) => {
  const world = createWorld();
  const arn = await createTargetGroup(world);
  await world.elb.addTags({ ResourceArns: [arn], Tags: [{ Key: 'present', Value: 'yes' }] });
  expect(await codeOf(world.elb.addTags({ ResourceArns: [arn], Tags }))).toBe(code);
  expect(world.aws.state.targetGroups.get(arn)?.tags).toEqual({ present: 'yes' });
});

test('tags of what is gone are not found, and 21 ARNs are too many', async () => {
  const world = createWorld();
  const arn = await createTargetGroup(world);
  await world.elb.deleteTargetGroup({ TargetGroupArn: arn });
  expect(await codeOf(world.elb.describeTags({ ResourceArns: [arn] }))).toBe('TargetGroupNotFound');
  expect(await codeOf(world.elb.describeTags({ ResourceArns: Array(21).fill(arn) }))).toBe('ValidationError');
});
