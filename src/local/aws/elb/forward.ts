import type { Action, ForwardActionConfig, TargetGroupTuple } from '@aws-sdk/client-elastic-load-balancing-v2';
import type { LocalAws } from '../aws.ts';
import { ElbError, validationError } from '../error.ts';
import type { Protocol, TargetGroup } from '../state.ts';
import type { ActionPlace } from './actions.ts';
import { targetGroupOf } from './lookup.ts';
import { checkRange } from './names.ts';
import { quota } from './quotas.ts';
import { groupsOf, targetCountOf } from './references.ts';
import { groupAttributes } from './target-groups.ts';
import { checkTargetsOfLoadBalancer } from './targets.ts';

/** A forward comes back in both forms: the group's ARN where it is one group, and the configuration always. */
export function checkedForward(aws: LocalAws, action: Action, place: ActionPlace): Partial<Action> {
  const tuples = forwardTuples(action);
  if (tuples.length > quota(aws, 'target-groups-per-action-on-application-load-balancer'))
    throw new ElbError('TooManyTargetGroups', 'The maximum number of target groups per action has been reached');
  const groups = tuples.map((tuple) => targetGroupOf(aws, tuple.TargetGroupArn));
  for (const group of groups) checkGroup(group, place);
  checkAttachment(aws, groups, place);
  const config: ForwardActionConfig = {
    TargetGroups: tuples.map(({ TargetGroupArn, Weight = 1 }) => ({ TargetGroupArn, Weight })),
    TargetGroupStickinessConfig: checkedStickiness(action.ForwardConfig, groups),
  };
  const [first] = tuples;
  return { ...(tuples.length === 1 && { TargetGroupArn: first?.TargetGroupArn }), ForwardConfig: config };
}

function forwardTuples(action: Action): TargetGroupTuple[] {
  const tuples = action.ForwardConfig?.TargetGroups ?? [];
  const named = action.TargetGroupArn;
  if (tuples.length === 0 && named === undefined)
    throw new ElbError('InvalidLoadBalancerAction', 'A forward action must name at least one target group');
  if (tuples.length === 0) return [{ TargetGroupArn: named, Weight: 1 }];
  checkTuples(tuples, named);
  return tuples;
}

function checkTuples(tuples: TargetGroupTuple[], named: string | undefined): void {
  if (named !== undefined && (tuples.length > 1 || tuples[0]?.TargetGroupArn !== named))
    throw new ElbError(
      'InvalidLoadBalancerAction',
      'The target group ARN and the forward configuration of an action must name the same target group',
    );
  for (const tuple of tuples) checkRange('Target group weight', tuple.Weight ?? 1, { min: 0, max: 999 });
  const arns = tuples.map((tuple) => tuple.TargetGroupArn);
  if (new Set(arns).size < arns.length) throw validationError('A target group can be named only once in an action');
}

function checkedStickiness(config: ForwardActionConfig | undefined, groups: TargetGroup[]) {
  const { Enabled = false, DurationSeconds } = config?.TargetGroupStickinessConfig ?? {};
  if (Enabled && DurationSeconds === undefined)
    throw validationError('Target group stickiness duration is required when stickiness is enabled');
  if (DurationSeconds !== undefined)
    checkRange('Target group stickiness duration', DurationSeconds, { min: 1, max: 604_800 });
  const isSticky = groups.some((group) => groupAttributes(group)['stickiness.enabled'] === 'true');
  if (!Enabled && groups.length > 1 && isSticky)
    throw new ElbError(
      'InvalidConfigurationRequest',
      'You must enable target group stickiness when one of the target groups has stickiness enabled',
    );
  return { Enabled, ...(DurationSeconds !== undefined && { DurationSeconds }) };
}

/** Which protocols a target group may have behind a listener of each protocol. */
const COMPATIBLE: Record<Protocol, Protocol[]> = {
  HTTP: ['HTTP', 'HTTPS'],
  HTTPS: ['HTTP', 'HTTPS'],
  TCP: ['TCP', 'TCP_UDP'],
  TLS: ['TCP', 'TLS'],
  UDP: ['UDP', 'TCP_UDP'],
  TCP_UDP: ['TCP_UDP'],
};

function checkGroup(group: TargetGroup, place: ActionPlace): void {
  const { protocol, loadBalancer } = place;
  if (!COMPATIBLE[protocol].includes(group.protocol))
    throw new ElbError(
      'IncompatibleProtocols',
      `Listener protocol '${protocol}' is not supported with a target group with the protocol '${group.protocol}'`,
    );
  const version = group.protocolVersion ?? 'HTTP1';
  if (protocol === 'HTTP' && version !== 'HTTP1')
    throw new ElbError(
      'IncompatibleProtocols',
      `Listener protocol 'HTTP' is not supported with a target group with the protocol-version '${version}'`,
    );
  if (group.vpcId !== loadBalancer.vpcId)
    throw new ElbError(
      'InvalidConfigurationRequest',
      `The target group '${group.arn}' is not in the VPC '${loadBalancer.vpcId}' of the load balancer`,
    );
  if (group.loadBalancerArns.some((arn) => arn !== loadBalancer.arn))
    throw new ElbError(
      'TargetGroupAssociationLimit',
      `The following target groups cannot be associated with more than one load balancer: ${group.arn}`,
    );
}

/** Refuses groups that would take the load balancer above its quotas of target groups and targets. */
function checkAttachment(aws: LocalAws, groups: TargetGroup[], place: ActionPlace): void {
  const { arn, type } = place.loadBalancer;
  const fresh = groups.filter((group) => !group.loadBalancerArns.includes(arn));
  if (fresh.length === 0) return;
  if (groupsOf(aws, arn).length + fresh.length > quota(aws, 'target-groups-per-application-load-balancer'))
    throw new ElbError(
      'TooManyUniqueTargetGroupsPerLoadBalancer',
      `The maximum number of unique target groups per load balancer has been reached on load balancer '${arn}'`,
    );
  const count = targetCountOf(aws, arn) + fresh.reduce((sum, group) => sum + group.targets.size, 0);
  checkTargetsOfLoadBalancer(aws, arn, { type, count });
}
