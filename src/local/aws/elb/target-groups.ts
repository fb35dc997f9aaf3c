import type {
  CreateTargetGroupInput,
  DeleteTargetGroupInput,
  DescribeTargetGroupAttributesInput,
  DescribeTargetGroupsInput,
  ModifyTargetGroupAttributesInput,
  ModifyTargetGroupInput,
  TargetGroup as TargetGroupShape,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import type { LocalAws } from '../aws.ts';
import { ElbError, validationError } from '../error.ts';
import type { HealthCheck, Protocol, TargetGroup } from '../state.ts';
import { TARGET_GROUP_ATTRIBUTES, checkedAttributes, effectiveAttributes } from './attributes.ts';
import { initialHealthCheck, isHttp, modifiedHealthCheck } from './health-check.ts';
import { chosen, loadBalancerOf, targetGroupOf } from './lookup.ts';
import { checkEnum, checkName, checkPort } from './names.ts';
import { pageOf } from './paging.ts';
import { checkQuota } from './quotas.ts';
import { withTags } from './tags.ts';
import { toPairs } from '../pairs.ts';

const PROTOCOLS = ['HTTP', 'HTTPS', 'TCP', 'TLS', 'UDP', 'TCP_UDP'] as const;
const TARGET_TYPES = ['instance', 'ip', 'alb'] as const;

type Wanted = Pick<
  TargetGroup,
  'name' | 'targetType' | 'protocol' | 'protocolVersion' | 'port' | 'vpcId' | 'ipAddressType' | 'healthCheck'
>;

/** Creates a target group, or returns the one of that name when it has the same settings. */
export function createTargetGroup(aws: LocalAws, input: CreateTargetGroupInput) {
  const wanted = wantedGroup(aws, input);
  const same = [...aws.state.targetGroups.values()].find((group) => group.name === wanted.name);
  if (same) return { TargetGroups: [shapeOf(sameOrRefuse(same, wanted))] };
  const tags = withTags(input.Tags);
  checkQuota(aws, 'target-groups', { count: aws.state.targetGroups.size + 1, code: 'TooManyTargetGroups' });
  const created: TargetGroup = {
    ...wanted,
    arn: aws.arn('elasticloadbalancing', `targetgroup/${wanted.name}/${aws.hexId()}`),
    attributes: {},
    targets: new Map(),
    loadBalancerArns: [],
    createdAt: aws.clock.monotonic(),
    tags,
  };
  aws.state.targetGroups.set(created.arn, created);
  aws.changed('target-group', created.arn);
  return { TargetGroups: [shapeOf(created)] };
}

function wantedGroup(aws: LocalAws, input: CreateTargetGroupInput): Wanted {
  const name = input.Name ?? '';
  checkName('Target group', name);
  if (input.TargetType === 'lambda')
    throw new ElbError('InvalidConfigurationRequest', 'Lambda targets are not served by local AWS');
  const targetType = checkEnum('targetType', input.TargetType ?? 'instance', TARGET_TYPES);
  const protocol = checkEnum('protocol', input.Protocol, PROTOCOLS);
  const port = checkPort(input.Port);
  if (input.VpcId === undefined || !aws.state.vpcs.has(input.VpcId))
    throw validationError(
      input.VpcId === undefined ? 'A VPC must be specified' : `The VPC ID '${input.VpcId}' is not found`,
    );
  const version = protocolVersion(protocol, input.ProtocolVersion);
  return {
    name,
    targetType,
    protocol,
    port,
    vpcId: input.VpcId,
    ipAddressType: checkEnum('ipAddressType', input.IpAddressType ?? 'ipv4', ['ipv4', 'ipv6'] as const),
    ...(version && { protocolVersion: version }),
    healthCheck: initialHealthCheck({ protocol, ...(version && { protocolVersion: version }) }, input),
  };
}

function protocolVersion(protocol: Protocol, version: string | undefined) {
  if (isHttp(protocol)) return checkEnum('protocolVersion', version ?? 'HTTP1', ['HTTP1', 'HTTP2', 'GRPC'] as const);
  if (version === undefined) return undefined;
  throw new ElbError('InvalidConfigurationRequest', `Protocol version cannot be specified for protocol ${protocol}`);
}

function sameOrRefuse(present: TargetGroup, wanted: Wanted): TargetGroup {
  const settings = (of: Wanted) =>
    JSON.stringify([
      of.targetType,
      of.protocol,
      of.protocolVersion,
      of.port,
      of.vpcId,
      of.ipAddressType,
      sorted(of.healthCheck),
    ]);
  if (settings(present) === settings(wanted)) return present;
  throw new ElbError(
    'DuplicateTargetGroupName',
    `A target group with the same name '${wanted.name}' exists, but with different settings`,
  );
}

function sorted(check: HealthCheck): unknown {
  return Object.entries(check).toSorted(([a], [b]) => (a < b ? -1 : 1));
}

function shapeOf(group: TargetGroup): TargetGroupShape {
  const { healthCheck: check } = group;
  return {
    TargetGroupArn: group.arn,
    TargetGroupName: group.name,
    Protocol: group.protocol,
    Port: group.port,
    VpcId: group.vpcId,
    HealthCheckProtocol: check.protocol,
    HealthCheckPort: check.port,
    HealthCheckEnabled: check.enabled,
    HealthCheckIntervalSeconds: check.intervalSeconds,
    HealthCheckTimeoutSeconds: check.timeoutSeconds,
    HealthyThresholdCount: check.healthyThreshold,
    UnhealthyThresholdCount: check.unhealthyThreshold,
    ...(check.path !== undefined && { HealthCheckPath: check.path }),
    ...(check.matcher && { Matcher: check.matcher }),
    LoadBalancerArns: group.loadBalancerArns,
    TargetType: group.targetType,
    ...(group.protocolVersion && { ProtocolVersion: group.protocolVersion }),
    IpAddressType: group.ipAddressType,
  };
}

export function describeTargetGroups(aws: LocalAws, input: DescribeTargetGroupsInput) {
  const of = input.LoadBalancerArn === undefined ? undefined : loadBalancerOf(aws, input.LoadBalancerArn).arn;
  const named = chosen(aws, 'targetGroups', { arns: input.TargetGroupArns, names: input.Names });
  const found = of === undefined ? named : named.filter((group) => group.loadBalancerArns.includes(of));
  const { items, ...next } = pageOf(found, input);
  return { TargetGroups: items.map(shapeOf), ...next };
}

export function modifyTargetGroup(aws: LocalAws, input: ModifyTargetGroupInput) {
  const group = targetGroupOf(aws, input.TargetGroupArn);
  group.healthCheck = modifiedHealthCheck(group, input);
  aws.changed('target-group', group.arn);
  return { TargetGroups: [shapeOf(group)] };
}

/** Deletes a group that no listener or rule names; one that is not there counts as deleted. */
export function deleteTargetGroup(aws: LocalAws, input: DeleteTargetGroupInput): object {
  const group = aws.state.targetGroups.get(input.TargetGroupArn ?? '');
  if (!group) return {};
  const released = group.releasedAt ?? Number.NEGATIVE_INFINITY;
  const stillSeen = aws.clock.monotonic() - released < aws.settings.consistencyLagMs;
  if (group.loadBalancerArns.length > 0 || stillSeen)
    throw new ElbError('ResourceInUse', `Target group '${group.arn}' is currently in use by a listener or a rule`);
  aws.state.targetGroups.delete(group.arn);
  aws.changed('target-group', group.arn);
  return {};
}

/** Every attribute of a target group with its value, defaults included. */
export function groupAttributes(group: TargetGroup): Record<string, string> {
  const type = loadBalancerType(group);
  const overruled: Record<string, string> = {};
  if (type === 'network') {
    const isTcpByIp = group.targetType === 'ip' && /^(TCP|TLS)$/.test(group.protocol);
    overruled['preserve_client_ip.enabled'] = String(!isTcpByIp);
    overruled['deregistration_delay.connection_termination.enabled'] = String(/UDP/.test(group.protocol));
  }
  return effectiveAttributes(TARGET_GROUP_ATTRIBUTES, type, { ...overruled, ...group.attributes });
}

function loadBalancerType(group: TargetGroup): 'application' | 'network' {
  return isHttp(group.protocol) ? 'application' : 'network';
}

export function describeTargetGroupAttributes(aws: LocalAws, input: DescribeTargetGroupAttributesInput) {
  return { Attributes: toPairs(groupAttributes(targetGroupOf(aws, input.TargetGroupArn))) };
}

export function modifyTargetGroupAttributes(aws: LocalAws, input: ModifyTargetGroupAttributesInput) {
  const group = targetGroupOf(aws, input.TargetGroupArn);
  const of = { type: loadBalancerType(group), passUnknown: true };
  const changes = checkedAttributes(TARGET_GROUP_ATTRIBUTES, input.Attributes ?? [], of);
  checkConflicts(group, { ...groupAttributes(group), ...changes });
  Object.assign(group.attributes, changes);
  aws.changed('target-group', group.arn);
  return { Attributes: toPairs(groupAttributes(group)) };
}

type Conflict = { when: (next: Record<string, string>, group: TargetGroup) => boolean; message: string };

const CONFLICTS: Conflict[] = [
  {
    when: (next) =>
      next['load_balancing.algorithm.type'] === 'least_outstanding_requests' &&
      Number(next['slow_start.duration_seconds']) > 0,
    message: 'Slow start cannot be used with the least outstanding requests algorithm',
  },
  {
    when: (next) =>
      next['load_balancing.algorithm.anomaly_mitigation'] === 'on' &&
      next['load_balancing.algorithm.type'] !== 'weighted_random',
    message: 'Anomaly mitigation can be used only with the weighted_random algorithm',
  },
  {
    when: (next) => next['load_balancing.cross_zone.enabled'] === 'false' && next['stickiness.enabled'] === 'true',
    message: 'Stickiness cannot be used when cross-zone load balancing is off',
  },
  {
    when: (next, group) =>
      next['load_balancing.cross_zone.enabled'] === 'false' &&
      [...group.targets.values()].some((target) => target.zone === 'all'),
    message: "Cross-zone load balancing cannot be turned off while a target has the Availability Zone 'all'",
  },
  {
    when: (next) => /^(AWSALB|AWSALBAPP|AWSALBTG)/.test(next['stickiness.app_cookie.cookie_name'] ?? ''),
    message: 'The application cookie name must not begin with AWSALB, AWSALBAPP or AWSALBTG',
  },
];

function checkConflicts(group: TargetGroup, next: Record<string, string>): void {
  const conflict = CONFLICTS.find(({ when }) => when(next, group));
  if (conflict) throw new ElbError('InvalidConfigurationRequest', conflict.message);
}
