import type { TargetHealthReasonEnum } from '@aws-sdk/client-elastic-load-balancing-v2';
import type { LocalAws } from './aws.ts';
import type { Subject } from './history.ts';
import { targetKey } from './state.ts';
import type { ProbeResult, Target, TargetGroup, TargetKey } from './state.ts';

/** AWS's sentence for each reason (ALB guide, target health reason codes). */
export const DESCRIPTIONS: Partial<Record<TargetHealthReasonEnum, string>> = {
  'Elb.RegistrationInProgress': 'Target registration is in progress',
  'Elb.InitialHealthChecking': 'Initial health checks in progress',
  'Target.ResponseCodeMismatch': 'Health checks failed with these codes: []',
  'Target.Timeout': 'Request timed out',
  'Target.FailedHealthChecks': 'Health checks failed',
  'Target.NotRegistered': 'Target is not registered to the target group',
  'Target.NotInUse': 'Target group is not configured to receive traffic from the load balancer',
  'Target.DeregistrationInProgress': 'Target deregistration is in progress',
};

type Health = Pick<Target, 'state'> & { reason?: TargetHealthReasonEnum; description?: string };

/** Brings every target of a group in line with what names the group: from unused to initial and back. */
export function settleTargets(aws: LocalAws, group: TargetGroup): void {
  for (const target of group.targets.values()) settleTarget(aws, group, target);
}

export function settleTarget(aws: LocalAws, group: TargetGroup, target: Target): void {
  if (target.state === 'draining') return;
  const unused = whyUnused(aws, group, target);
  if (unused) return enter(aws, group, { target, health: unused });
  if (target.state === 'unused') startChecking(aws, group, target);
}

function whyUnused(aws: LocalAws, group: TargetGroup, target: Target): Health | undefined {
  const instance = aws.state.instances.get(target.id);
  if (instance && instance.state !== 'running')
    return health('unused', 'Target.InvalidState', `Target is in the ${instance.state} state`);
  if (group.loadBalancerArns.length === 0) return health('unused', 'Target.NotInUse');
  const zones = group.loadBalancerArns.flatMap((arn) => aws.state.loadBalancers.get(arn)?.nodes ?? []);
  if (target.zone === 'all' || zones.some((node) => node.zone === target.zone)) return undefined;
  const description = 'Target is in an Availability Zone that is not enabled for the load balancer';
  return health('unused', 'Target.NotInUse', description);
}

function health(state: Target['state'], reason?: TargetHealthReasonEnum, description?: string): Health {
  const sentence = description ?? (reason && DESCRIPTIONS[reason]);
  return { state, ...(reason && { reason }), ...(sentence !== undefined && { description: sentence }) };
}

function startChecking(aws: LocalAws, group: TargetGroup, target: Target): void {
  enter(aws, group, { target, health: health('initial', 'Elb.RegistrationInProgress') });
  const since = target.since;
  const begin = () => {
    const same = group.targets.get(targetKey(target)) === target && target.since === since;
    if (!same || target.reason !== 'Elb.RegistrationInProgress') return;
    enter(aws, group, { target, health: health('initial', 'Elb.InitialHealthChecking') });
  };
  const whenKnown = () => {
    const lag = aws.settings.registrationEnds === 'everywhere' ? aws.nodesLag(group, target) : 0;
    if (lag <= 0) begin();
    else aws.clock.after(lag, begin);
  };
  if (aws.settings.registrationMs === 0) whenKnown();
  else aws.clock.after(aws.settings.registrationMs, whenKnown);
}

function enter(aws: LocalAws, group: TargetGroup, to: { target: Target; health: Health }): void {
  const { target, health: next } = to;
  if (target.state === next.state && target.reason === next.reason && target.description === next.description) return;
  delete target.reason;
  delete target.description;
  Object.assign(target, next, { since: aws.clock.monotonic(), successes: 0, failures: 0 });
  aws.history.noteState(subjectOf(group, target), { at: aws.clock.now(), ...next });
  aws.changed('targets', group.arn);
}

const subjectOf = ({ arn, name }: TargetGroup, target: Target): Subject => ({
  targetGroupArn: arn,
  targetGroup: name,
  target: targetKey(target),
});

const CHECKED = new Set<Target['state']>(['initial', 'healthy', 'unhealthy']);

function isChecked(target: Target): boolean {
  return CHECKED.has(target.state) && target.reason !== 'Elb.RegistrationInProgress';
}

export function probedTargets(group: TargetGroup): TargetKey[] {
  return [...group.targets.values()].filter(isChecked).map(({ id, port }) => ({ id, port }));
}

/** Counts a health check: one success makes a new target healthy, afterwards the thresholds of the group decide. */
export function takeProbe(aws: LocalAws, probe: { targetGroupArn: string; key: TargetKey; result: ProbeResult }): void {
  const group = aws.state.targetGroups.get(probe.targetGroupArn);
  const target = group?.targets.get(targetKey(probe.key));
  if (!group || !target || !isChecked(target)) return;
  const result = target.override ?? probe.result;
  target.successes = result.ok ? target.successes + 1 : 0;
  target.failures = result.ok ? 0 : target.failures + 1;
  if (result.ok) succeed(aws, group, target);
  else fail(aws, group, { target, result });
}

function succeed(aws: LocalAws, group: TargetGroup, target: Target): void {
  const needed = target.state === 'initial' ? 1 : group.healthCheck.healthyThreshold;
  if (target.state !== 'healthy' && target.successes >= needed)
    enter(aws, group, { target, health: health('healthy') });
}

function fail(
  aws: LocalAws,
  group: TargetGroup,
  failure: { target: Target; result: Extract<ProbeResult, { ok: false }> },
): void {
  const { target, result } = failure;
  if (target.state !== 'unhealthy' && target.failures < group.healthCheck.unhealthyThreshold) return;
  const isNetwork = group.protocol !== 'HTTP' && group.protocol !== 'HTTPS';
  const told = isNetwork
    ? health('unhealthy', 'Target.FailedHealthChecks')
    : health('unhealthy', result.reason, result.description);
  enter(aws, group, { target, health: told });
}

/** Fixes what every probe of a target counts as, at once and from now on; `undefined` lets the probes decide again. */
export function overrideHealth(
  aws: LocalAws,
  group: TargetGroup,
  change: { key: TargetKey; result?: ProbeResult },
): void {
  const target = group.targets.get(targetKey(change.key));
  if (!target) return;
  delete target.override;
  if (!change.result) return;
  target.override = change.result;
  if (!isChecked(target)) return;
  const { result } = change;
  enter(aws, group, {
    target,
    health: result.ok ? health('healthy') : health('unhealthy', result.reason, result.description),
  });
}

/** Takes a target out: `draining` for the whole deregistration delay where the group is in use, then gone. */
export function drainTarget(aws: LocalAws, group: TargetGroup, drain: { target: Target; delayMs: number }): void {
  const { target, delayMs } = drain;
  if (target.state === 'draining') return;
  if (target.state === 'unused' || delayMs === 0) return removeTarget(aws, group, target);
  target.drainsUntil = aws.clock.monotonic() + delayMs;
  enter(aws, group, { target, health: health('draining', 'Target.DeregistrationInProgress') });
  const until = target.drainsUntil;
  aws.clock.after(delayMs, () => {
    if (target.state === 'draining' && target.drainsUntil === until) removeTarget(aws, group, target);
  });
}

function removeTarget(aws: LocalAws, group: TargetGroup, target: Target): void {
  if (group.targets.get(targetKey(target)) !== target) return;
  group.targets.delete(targetKey(target));
  const gone = health('unused', 'Target.NotRegistered');
  aws.history.noteState(subjectOf(group, target), { at: aws.clock.now(), ...gone });
  aws.changed('targets', group.arn);
}

/** Puts a draining target back to the start, as if it were registered anew. */
export function reviveTarget(aws: LocalAws, group: TargetGroup, target: Target): void {
  delete target.drainsUntil;
  target.state = 'unused';
  settleTarget(aws, group, target);
}
