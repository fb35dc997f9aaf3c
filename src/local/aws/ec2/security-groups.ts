import type {
  CreateSecurityGroupRequest,
  DeleteSecurityGroupRequest,
  DescribeSecurityGroupsRequest,
  SecurityGroup as SecurityGroupShape,
} from '@aws-sdk/client-ec2';
import type { LocalAws } from '../aws.ts';
import { AwsError } from '../error.ts';
import { createSecurityGroup as addSecurityGroup } from '../network.ts';
import type { SecurityGroup } from '../state.ts';
import { byIds, ec2Page, filtered } from './filters.ts';
import { permissionsOf } from './permissions.ts';
import { specifiedTags } from './tags.ts';
import { toPairs } from '../pairs.ts';

/** The group a call names by id, or by name in the default VPC. */
export function securityGroupOf(
  aws: LocalAws,
  input: { GroupId?: string | undefined; GroupName?: string | undefined },
): SecurityGroup {
  const { GroupId, GroupName } = input;
  if (GroupId === undefined && GroupName === undefined)
    throw new AwsError('MissingParameter', 'The request must contain the parameter groupId or groupName');
  const found =
    GroupId !== undefined
      ? aws.state.securityGroups.get(GroupId)
      : [...aws.state.securityGroups.values()].find(
          (group) => group.name === GroupName && group.vpcId === aws.settings.vpcId,
        );
  if (found) return found;
  throw new AwsError('InvalidGroup.NotFound', `The security group '${GroupId ?? GroupName}' does not exist`);
}

export function describeSecurityGroups(aws: LocalAws, input: DescribeSecurityGroupsRequest) {
  const ids = input.GroupIds ?? [];
  const named = (input.GroupNames ?? []).map((GroupName) => securityGroupOf(aws, { GroupName }).id);
  for (const GroupId of ids) securityGroupOf(aws, { GroupId });
  const asked = byIds(aws.state.securityGroups, [...ids, ...named], {
    code: 'InvalidGroup.NotFound',
    kind: 'security group',
  });
  const found = filtered(asked, input.Filters, {
    'group-id': (group) => [group.id],
    'group-name': (group) => [group.name],
    'vpc-id': (group) => [group.vpcId],
    description: (group) => [group.description],
    'owner-id': () => [aws.settings.accountId],
    'ip-permission.group-id': (group) => group.rules.filter((rule) => !rule.egress).map((rule) => rule.groupId),
    'ip-permission.cidr': (group) => group.rules.filter((rule) => !rule.egress).map((rule) => rule.cidr),
  });
  const { items, ...next } = ec2Page(found, input);
  return { SecurityGroups: items.map((group) => shapeOf(aws, group)), ...next };
}

function shapeOf(aws: LocalAws, group: SecurityGroup): SecurityGroupShape {
  const { accountId } = aws.settings;
  return {
    GroupId: group.id,
    GroupName: group.name,
    Description: group.description,
    OwnerId: accountId,
    VpcId: group.vpcId,
    SecurityGroupArn: aws.arn('ec2', `security-group/${group.id}`),
    IpPermissions: permissionsOf(
      group.rules.filter((rule) => !rule.egress),
      accountId,
    ),
    IpPermissionsEgress: permissionsOf(
      group.rules.filter((rule) => rule.egress),
      accountId,
    ),
    Tags: toPairs(group.tags),
  };
}

const NAME = /^[A-Za-z0-9 ._\-:/()#,@[\]+=&;{}!$*]{1,255}$/;

export function createSecurityGroup(aws: LocalAws, input: CreateSecurityGroupRequest) {
  const { GroupName: name = '', Description: description = '', VpcId: vpcId = aws.settings.vpcId } = input;
  if (!NAME.test(name) || name.startsWith('sg-'))
    throw new AwsError(
      'InvalidParameterValue',
      `Value (${name}) for parameter GroupName is invalid. Character sets beyond ASCII are not supported.`,
    );
  if (!NAME.test(description))
    throw new AwsError('InvalidParameterValue', `Value (${description}) for parameter GroupDescription is invalid.`);
  if (!aws.state.vpcs.has(vpcId)) throw new AwsError('InvalidVpcID.NotFound', `The vpc ID '${vpcId}' does not exist`);
  if ([...aws.state.securityGroups.values()].some((group) => group.name === name && group.vpcId === vpcId))
    throw new AwsError('InvalidGroup.Duplicate', `The security group '${name}' already exists for VPC '${vpcId}'`);
  const tags = specifiedTags(input.TagSpecifications, 'security-group');
  const group = addSecurityGroup(aws, { name, description, vpcId, tags });
  aws.changed('network', group.id);
  return { GroupId: group.id, Tags: toPairs(tags), SecurityGroupArn: aws.arn('ec2', `security-group/${group.id}`) };
}

/** Deletes a group that no network interface has and no rule of another group names. */
export function deleteSecurityGroup(aws: LocalAws, input: DeleteSecurityGroupRequest) {
  const group = securityGroupOf(aws, input);
  if (group.name === 'default')
    throw new AwsError(
      'CannotDelete',
      `the specified group: "${group.id}" name: "default" cannot be deleted by a user`,
    );
  const networks = [...aws.state.networkInterfaces.values()];
  const others = [...aws.state.securityGroups.values()].filter((other) => other !== group);
  const isUsed = networks.some((network) => network.securityGroups.includes(group.id));
  const isNamed = others.some((other) => other.rules.some((rule) => rule.groupId === group.id));
  if (isUsed || isNamed) throw new AwsError('DependencyViolation', `resource ${group.id} has a dependent object`);
  aws.state.securityGroups.delete(group.id);
  aws.changed('network', group.id);
  return { Return: true, GroupId: group.id };
}
