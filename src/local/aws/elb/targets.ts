import type {
  DeregisterTargetsInput,
  DescribeTargetHealthInput,
  RegisterTargetsInput,
  TargetDescription,
  TargetHealthDescription,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import type { LocalAws } from '../aws.ts';
import { ElbError, validationError } from '../error.ts';
import { targetKey } from '../state.ts';
import type { Target, TargetGroup } from '../state.ts';
import { DESCRIPTIONS, drainTarget, reviveTarget, settleTarget } from '../target-health.ts';
import { targetGroupOf } from './lookup.ts';
import { checkPort } from './names.ts';
import { checkQuota } from './quotas.ts';
import { targetCountOf } from './references.ts';
import { groupAttributes } from './target-groups.ts';
import { zoneOfTarget } from './target-zone.ts';

/** Registers targets, all or none of them. A pair of id and port that is there already stays as it is. */
export function registerTargets(aws: LocalAws, input: RegisterTargetsInput): object {
  const group = targetGroupOf(aws, input.TargetGroupArn);
  const wanted = namedTargets(input.Targets).map((description) => newTarget(aws, group, description));
  const added = new Map(
    wanted.filter((target) => !group.targets.has(targetKey(target))).map((target) => [targetKey(target), target]),
  );
  checkTargetQuotas(aws, group, [...added.values()]);
  const draining = wanted.flatMap((target) => drainingTwin(group, target));
  if (draining[0] && aws.settings.reregistration === 'refuse')
    throw new ElbError(
      'InvalidTarget',
      `The target '${draining[0].id}' cannot be registered before its deregistration delay has completed`,
    );
  for (const target of added.values()) addTarget(aws, group, target);
  if (aws.settings.reregistration === 'accept') for (const target of draining) reviveTarget(aws, group, target);
  return {};
}

function namedTargets(targets: TargetDescription[] | undefined): TargetDescription[] {
  if (!targets?.length) throw validationError('At least one target must be specified');
  return targets;
}

function newTarget(aws: LocalAws, group: TargetGroup, description: TargetDescription): Target {
  const port = checkPort(description.Port ?? group.port);
  const zone = zoneOfTarget(aws, group, description);
  return {
    id: description.Id ?? '',
    port,
    zone,
    zoneGiven: description.AvailabilityZone !== undefined,
    state: 'unused',
    successes: 0,
    failures: 0,
    since: aws.clock.monotonic(),
  };
}

function drainingTwin(group: TargetGroup, target: Target): Target[] {
  const present = group.targets.get(targetKey(target));
  return present?.state === 'draining' ? [present] : [];
}

function addTarget(aws: LocalAws, group: TargetGroup, target: Target): void {
  group.targets.set(targetKey(target), target);
  settleTarget(aws, group, target);
}

/** Refuses what would take a group or a load balancer above its quotas. */
function checkTargetQuotas(aws: LocalAws, group: TargetGroup, added: Target[]): void {
  if (added.length === 0) return;
  checkQuota(aws, 'targets-per-target-group', {
    count: group.targets.size + added.length,
    code: 'TooManyTargets',
    message: `The maximum number of targets per target group has been reached on target group '${group.arn}'`,
  });
  for (const arn of group.loadBalancerArns) {
    const type = aws.state.loadBalancers.get(arn)?.type ?? 'application';
    checkTargetsOfLoadBalancer(aws, arn, { type, count: targetCountOf(aws, arn) + added.length });
  }
}

export function checkTargetsOfLoadBalancer(
  aws: LocalAws,
  arn: string,
  { type, count }: { type: 'application' | 'network'; count: number },
): void {
  const name = `targets-per-${type}-load-balancer` as const;
  checkQuota(aws, name, {
    count,
    code: 'TooManyTargets',
    message: `The maximum number of targets per load balancer has been reached on load balancer '${arn}'`,
  });
}

/**
 * Takes targets out by id and port; one that is not there counts as taken out. Without a port only the target on the
 * group's own port is meant.
 */
export function deregisterTargets(aws: LocalAws, input: DeregisterTargetsInput): object {
  const group = targetGroupOf(aws, input.TargetGroupArn);
  const delayMs = Number(groupAttributes(group)['deregistration_delay.timeout_seconds']) * 1000;
  for (const { Id = '', Port = group.port } of namedTargets(input.Targets)) {
    const target = group.targets.get(targetKey({ id: Id, port: Port }));
    if (target) drainTarget(aws, group, { target, delayMs });
  }
  return {};
}

/** The health of every listed target, draining ones included; of a named one also that it is not registered. */
export function describeTargetHealth(aws: LocalAws, input: DescribeTargetHealthInput) {
  const group = targetGroupOf(aws, input.TargetGroupArn);
  const all = [...group.targets.values()].map((target) => healthOf(group, target));
  if (!input.Targets?.length) return { TargetHealthDescriptions: all };
  return { TargetHealthDescriptions: input.Targets.flatMap((named) => namedHealth(group, named)) };
}

function namedHealth(group: TargetGroup, { Id = '', Port }: TargetDescription): TargetHealthDescription[] {
  const sameId = [...group.targets.values()].filter(
    (target) => target.id === Id && (Port === undefined || target.port === Port),
  );
  if (sameId.length > 0) return sameId.map((target) => healthOf(group, target));
  const reason = 'Target.NotRegistered';
  const Description = DESCRIPTIONS[reason] ?? '';
  return [{ Target: { Id, Port: Port ?? group.port }, TargetHealth: { State: 'unused', Reason: reason, Description } }];
}

function healthOf(group: TargetGroup, target: Target): TargetHealthDescription {
  const { port } = group.healthCheck;
  const echoesZone = target.zoneGiven || group.targetType === 'ip';
  return {
    Target: { Id: target.id, Port: target.port, ...(echoesZone && { AvailabilityZone: target.zone }) },
    HealthCheckPort: port === 'traffic-port' ? String(target.port) : port,
    TargetHealth: {
      State: target.state,
      ...(target.reason && { Reason: target.reason }),
      ...(target.description !== undefined && { Description: target.description }),
    },
  };
}
