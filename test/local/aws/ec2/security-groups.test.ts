import type { IpPermission } from '@aws-sdk/client-ec2';
import { expect, test } from 'vitest';
import { codeOf, createWorld } from '../world.ts';
import type { World } from '../world.ts';

const HTTP: IpPermission = {
  IpProtocol: 'tcp',
  FromPort: 80,
  ToPort: 80,
  IpRanges: [{ CidrIp: '0.0.0.0/0', Description: 'all' }],
};

async function createGroup({ aws, ec2 }: World, GroupName = 'web'): Promise<string> {
  const TagSpecifications = [{ ResourceType: 'security-group' as const, Tags: [{ Key: 'a', Value: 'b' }] }];
  const answer = await ec2.createSecurityGroup({
    GroupName,
    Description: 'web',
    VpcId: aws.settings.vpcId,
    TagSpecifications,
  });
  return answer.GroupId ?? '';
}

test('rules are authorized once and revoked once', async () => {
  const world = createWorld();
  const GroupId = await createGroup(world);
  const { SecurityGroupRules } = await world.ec2.authorizeSecurityGroupIngress({ GroupId, IpPermissions: [HTTP] });
  expect(SecurityGroupRules?.[0]).toMatchObject({
    CidrIpv4: '0.0.0.0/0',
    FromPort: 80,
    IsEgress: false,
    Description: 'all',
  });
  const again = world.ec2.authorizeSecurityGroupIngress({ GroupId, IpPermissions: [HTTP] });
  expect(await codeOf(again)).toBe('InvalidPermission.Duplicate');
  await world.ec2.revokeSecurityGroupIngress({
    GroupId,
    IpPermissions: [{ ...HTTP, IpRanges: [{ CidrIp: '0.0.0.0/0' }] }],
  });
  const gone = world.ec2.revokeSecurityGroupIngress({ GroupId, IpPermissions: [HTTP] });
  expect(await codeOf(gone)).toBe('InvalidPermission.NotFound');
});

test('a call with one rule that exists adds none of its rules', async () => {
  const world = createWorld();
  const GroupId = await createGroup(world);
  await world.ec2.authorizeSecurityGroupIngress({ GroupId, IpPermissions: [HTTP] });
  const both = [{ ...HTTP, FromPort: 443, ToPort: 443 }, HTTP];
  expect(await codeOf(world.ec2.authorizeSecurityGroupIngress({ GroupId, IpPermissions: both }))).toBe(
    'InvalidPermission.Duplicate',
  );
  const { SecurityGroups } = await world.ec2.describeSecurityGroups({ GroupIds: [GroupId] });
  expect(SecurityGroups?.[0]?.IpPermissions).toEqual([
    { ...HTTP, Ipv6Ranges: [], UserIdGroupPairs: [], PrefixListIds: [] },
  ]);
});

test('peers of the same ports are shown as one permission', async () => {
  const world = createWorld();
  const [GroupId, peer] = [await createGroup(world), await createGroup(world, 'peer')];
  const IpPermissions = [HTTP, { ...HTTP, IpRanges: [], UserIdGroupPairs: [{ GroupId: peer, Description: 'peer' }] }];
  await world.ec2.authorizeSecurityGroupIngress({ GroupId, IpPermissions });
  const { SecurityGroups } = await world.ec2.describeSecurityGroups({ GroupIds: [GroupId] });
  expect(SecurityGroups?.[0]?.IpPermissions).toMatchObject([
    {
      IpRanges: [{ CidrIp: '0.0.0.0/0' }],
      UserIdGroupPairs: [{ GroupId: peer, Description: 'peer', UserId: '123456789012' }],
    },
  ]);
});

test('a group that a rule of another group names cannot be deleted', async () => {
  const world = createWorld();
  const [GroupId, peer] = [await createGroup(world), await createGroup(world, 'peer')];
  const IpPermissions = [{ ...HTTP, IpRanges: [], UserIdGroupPairs: [{ GroupId: peer }] }];
  await world.ec2.authorizeSecurityGroupIngress({ GroupId, IpPermissions });
  expect(await codeOf(world.ec2.deleteSecurityGroup({ GroupId: peer }))).toBe('DependencyViolation');
  await world.ec2.deleteSecurityGroup({ GroupId });
  await world.ec2.deleteSecurityGroup({ GroupId: peer });
  expect(world.aws.state.securityGroups.size).toBe(2);
});

test('a name is unique in its VPC, and groups are found by filters', async () => {
  const world = createWorld();
  const GroupId = await createGroup(world);
  expect(await codeOf(createGroup(world))).toBe('InvalidGroup.Duplicate');
  const idsBy = async (Name: string, ...Values: string[]) => {
    const { SecurityGroups = [] } = await world.ec2.describeSecurityGroups({ Filters: [{ Name, Values }] });
    return SecurityGroups.map((group) => group.GroupId);
  };
  expect(await idsBy('tag:a', 'b')).toEqual([GroupId]);
  expect(await idsBy('group-name', 'w?b', 'none')).toEqual([GroupId]);
  expect(await idsBy('tag-key', 'kubernetes.io/cluster/*')).toHaveLength(1);
  expect(await codeOf(world.ec2.describeSecurityGroups({ Filters: [{ Name: 'colour', Values: ['red'] }] }))).toBe(
    'InvalidParameterValue',
  );
});

test.each<[string, IpPermission, string]>([
  ['a malformed CIDR', { ...HTTP, IpRanges: [{ CidrIp: '10.0.0.0' }] }, 'InvalidParameterValue'],
  ['ports the wrong way round', { ...HTTP, FromPort: 90 }, 'InvalidParameterValue'],
  ['a group that is not there', { ...HTTP, UserIdGroupPairs: [{ GroupId: 'sg-1' }] }, 'InvalidGroup.NotFound'],
  [
    'a description with other characters',
    { ...HTTP, IpRanges: [{ CidrIp: '10.0.0.0/8', Description: 'a|b' }] },
    'InvalidParameterValue',
  ],
  ['no peer', { ...HTTP, IpRanges: [] }, 'InvalidParameterValue'],
])('AuthorizeSecurityGroupIngress refuses %s', async (_case, permission, code) => {
  const world = createWorld();
  const GroupId = await createGroup(world);
  expect(await codeOf(world.ec2.authorizeSecurityGroupIngress({ GroupId, IpPermissions: [permission] }))).toBe(code);
  expect(world.aws.state.securityGroups.get(GroupId)?.rules.filter((rule) => !rule.egress)).toEqual([]);
});

test('tags of EC2 resources are set and taken away by key, or by key and value', async () => {
  const world = createWorld();
  const GroupId = await createGroup(world);
  const tags = () => world.aws.state.securityGroups.get(GroupId)?.tags;
  await world.ec2.createTags({ Resources: [GroupId], Tags: [{ Key: 'c', Value: 'd' }] });
  await world.ec2.deleteTags({ Resources: [GroupId], Tags: [{ Key: 'a', Value: 'other' }, { Key: 'c' }] });
  expect(tags()).toEqual({ a: 'b' });
  expect(await codeOf(world.ec2.createTags({ Resources: ['sg-1'], Tags: [{ Key: 'c', Value: 'd' }] }))).toBe(
    'InvalidID',
  );
});
