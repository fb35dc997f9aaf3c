import type {
  AuthorizeSecurityGroupIngressRequest,
  DescribeSecurityGroupRulesRequest,
  IpPermission,
  RevokeSecurityGroupIngressRequest,
  SecurityGroupRule as RuleShape,
} from '@aws-sdk/client-ec2';
import type { LocalAws } from '../aws.ts';
import { AwsError } from '../error.ts';
import type { SecurityGroup, SecurityGroupRule } from '../state.ts';
import { ec2Page, filtered } from './filters.ts';
import { isSamePermission, singlePermissions } from './permissions.ts';
import type { Permission } from './permissions.ts';
import { securityGroupOf } from './security-groups.ts';
import { specifiedTags } from './tags.ts';
import { toPairs } from '../pairs.ts';

const MOST_RULES = 60;

/** A permission can also be written with the members of the request itself. */
function permissionsIn(input: AuthorizeSecurityGroupIngressRequest): IpPermission[] {
  const { IpProtocol, FromPort, ToPort, CidrIp } = input;
  if (input.IpPermissions?.length) return input.IpPermissions;
  if (IpProtocol === undefined) return [];
  return [{ IpProtocol, FromPort, ToPort, IpRanges: CidrIp === undefined ? [] : [{ CidrIp }] }];
}

/** Adds rules, all or none; one that is there already is an error. */
function authorize(egress: boolean) {
  return (aws: LocalAws, input: AuthorizeSecurityGroupIngressRequest) => {
    const group = securityGroupOf(aws, input);
    const wanted = singlePermissions(permissionsIn(input));
    if (wanted.length === 0)
      throw new AwsError('MissingParameter', 'The request must contain the parameter ipPermissions');
    for (const permission of wanted) checkNew(aws, group, { permission, egress });
    const sameWay = group.rules.filter((rule) => rule.egress === egress);
    if (sameWay.length + wanted.length > MOST_RULES)
      throw new AwsError(
        'RulesPerSecurityGroupLimitExceeded',
        'The maximum number of rules per security group has been reached.',
      );
    const tags = specifiedTags(input.TagSpecifications, 'security-group-rule');
    const added = wanted.map((permission) => ({ ...permission, id: aws.ec2Id('sgr'), egress, tags: { ...tags } }));
    group.rules.push(...added);
    aws.changed('network', group.id);
    return { Return: true, SecurityGroupRules: added.map((rule) => shapeOf(aws, group, rule)) };
  };
}

function checkNew(aws: LocalAws, group: SecurityGroup, wanted: { permission: Permission; egress: boolean }): void {
  const { permission, egress } = wanted;
  const peer = permission.groupId;
  if (peer !== undefined && aws.state.securityGroups.get(peer)?.vpcId !== group.vpcId)
    throw new AwsError('InvalidGroup.NotFound', `The security group '${peer}' does not exist`);
  if (!group.rules.some((rule) => rule.egress === egress && isSamePermission(rule, permission))) return;
  const { protocol, fromPort, toPort } = permission;
  const text = `peer: ${peer ?? permission.cidr ?? permission.ipv6Cidr ?? permission.prefixListId}, ${protocol.toUpperCase()}, from port: ${fromPort}, to port: ${toPort}, ALLOW`;
  throw new AwsError('InvalidPermission.Duplicate', `the specified rule "${text}" already exists`);
}

/** Takes rules away, by their ids or by what they say, all or none. */
function revoke(egress: boolean) {
  return (aws: LocalAws, input: RevokeSecurityGroupIngressRequest) => {
    const group = securityGroupOf(aws, input);
    const sameWay = group.rules.filter((rule) => rule.egress === egress);
    const doomed = input.SecurityGroupRuleIds?.length
      ? input.SecurityGroupRuleIds.map((id) =>
          found(
            sameWay.find((rule) => rule.id === id),
            id,
          ),
        )
      : singlePermissions(permissionsIn(input)).map((wanted) =>
          found(sameWay.find((rule) => isSamePermission(rule, wanted))),
        );
    if (doomed.length === 0)
      throw new AwsError('MissingParameter', 'The request must contain the parameter ipPermissions');
    group.rules = group.rules.filter((rule) => !doomed.includes(rule));
    aws.changed('network', group.id);
    return { Return: true };
  };
}

function found(rule: SecurityGroupRule | undefined, id?: string): SecurityGroupRule {
  if (rule) return rule;
  if (id !== undefined) missing(id);
  throw new AwsError('InvalidPermission.NotFound', 'The specified rule does not exist in this security group.');
}

export const authorizeSecurityGroupIngress = authorize(false);
export const authorizeSecurityGroupEgress = authorize(true);
export const revokeSecurityGroupIngress = revoke(false);
export const revokeSecurityGroupEgress = revoke(true);

export function describeSecurityGroupRules(aws: LocalAws, input: DescribeSecurityGroupRulesRequest) {
  const all = [...aws.state.securityGroups.values()].flatMap((group) =>
    group.rules.map((rule) => ({ group, rule, tags: rule.tags })),
  );
  const asked = input.SecurityGroupRuleIds?.length
    ? input.SecurityGroupRuleIds.map((id) => all.find(({ rule }) => rule.id === id) ?? missing(id))
    : all;
  const matching = filtered(asked, input.Filters, {
    'group-id': ({ group }) => [group.id],
    'security-group-rule-id': ({ rule }) => [rule.id],
  });
  const { items, ...next } = ec2Page(matching, input);
  return { SecurityGroupRules: items.map(({ group, rule }) => shapeOf(aws, group, rule)), ...next };
}

function missing(id: string): never {
  throw new AwsError('InvalidSecurityGroupRuleId.NotFound', `The security group rule ID '${id}' does not exist`);
}

function shapeOf(aws: LocalAws, group: SecurityGroup, rule: SecurityGroupRule): RuleShape {
  const { accountId } = aws.settings;
  return {
    SecurityGroupRuleId: rule.id,
    SecurityGroupRuleArn: aws.arn('ec2', `security-group-rule/${rule.id}`),
    GroupId: group.id,
    GroupOwnerId: accountId,
    IsEgress: rule.egress,
    IpProtocol: rule.protocol,
    FromPort: rule.fromPort ?? -1,
    ToPort: rule.toPort ?? -1,
    ...(rule.cidr !== undefined && { CidrIpv4: rule.cidr }),
    ...(rule.ipv6Cidr !== undefined && { CidrIpv6: rule.ipv6Cidr }),
    ...(rule.groupId !== undefined && { ReferencedGroupInfo: { GroupId: rule.groupId, UserId: accountId } }),
    ...(rule.prefixListId !== undefined && { PrefixListId: rule.prefixListId }),
    ...(rule.description !== undefined && { Description: rule.description }),
    Tags: toPairs(rule.tags),
  };
}
