import type { Condition, TargetGroupObject, TargetGroupStatus } from '../cluster/objects.ts';
import { transitionTime } from '../kube/write.ts';
import type { ConditionReason } from '../model/condition-reasons.ts';
import { progressFrom, type Said } from '../model/progress.ts';
import { keyOfTarget, type Rejection, type Selection, type Target } from '../model/target.ts';
import type { TargetPlan } from '../plan/targets.ts';
import { startSeconds } from './start-times.ts';
import { fitMessage } from './conditions.ts';
import type { DrainSaid } from './drain-audit.ts';
import type { GroupMemory } from './target-memory.ts';
import { recordOf } from './target-record.ts';

export type StatusInput = {
  object: TargetGroupObject;
  memory: GroupMemory;
  selection: Selection;
  plan: TargetPlan;
  /** Absent while nothing can be said of it: what was said before holds. */
  drain?: DrainSaid;
  now: number;
};

/** Rejections that concern the group as a whole. */
const OF_GROUP = new Map<Rejection['reason'], ConditionReason>(
  (['ServiceNotFound', 'ServicePortNotFound', 'NoNodePort'] as const).map((reason) => [reason, reason]),
);
const NAMED = 3;

/** What is true of the group now, in the words people read. Numbers of health are as old as `observedAt`. */
export function statusOf(input: StatusInput): TargetGroupStatus {
  const { object, memory } = input;
  const registered = [...memory.registered.values()].filter(({ health }) => health !== 'draining');
  // What an earlier process recorded stands until AWS has told: it says that there is something to look for.
  const registeredHash = memory.seen === 'nothing' ? object.status.registeredHash : recordOf(memory, registered);
  const starts = startSeconds(memory, object.status.startSeconds);
  const healthy = healthyOf(input);
  return {
    observedGeneration: object.generation,
    ...(registeredHash !== undefined && { registeredHash }),
    registered: registered.length,
    healthy,
    targets: `${healthy}/${registered.length}`,
    ...(memory.observedAt === undefined ? {} : { observedAt: memory.observedAt }),
    ...(starts === undefined ? {} : { startSeconds: starts }),
    conditions: conditionsOf(input),
  };
}

/** Whether two statuses tell the same; the time of an observation that found nothing new is no news. */
export function sameStatus(a: TargetGroupStatus, b: TargetGroupStatus): boolean {
  return JSON.stringify(withoutTimes(a)) === JSON.stringify(withoutTimes(b));
}

function withoutTimes({
  observedGeneration,
  registeredHash,
  registered,
  healthy,
  startSeconds: starts,
  conditions,
}: TargetGroupStatus): unknown[] {
  const told = conditions?.map(({ type, status, reason, message }) => [type, status, reason, message]);
  return [observedGeneration, registeredHash, registered, healthy, starts, told];
}

/** Of targets that were not looked at since the start, as many count as were recorded. */
function healthyOf({ memory }: StatusInput): number {
  const healths = [...memory.registered.values()].map(({ health }) => health);
  const seen = healths.filter((health) => health === 'healthy' || health === 'unavailable').length;
  const unknown = healths.filter((health) => health === 'unknown').length;
  return seen + Math.min(unknown, memory.recordedHealthy ?? 0);
}

function conditionsOf(input: StatusInput): Condition[] {
  const said: [string, Said | undefined][] = [
    ['Ready', ready(input)],
    ['TargetsRegistered', targetsRegistered(input)],
    ['NodesReachable', nodesReachable(input)],
    ['PodIPsRoutable', podIpsRoutable(input)],
    ['DeregistrationHeld', deregistrationHeld(input)],
    ['DrainBudget', input.drain?.DrainBudget],
    ['DrainLine', input.drain?.DrainLine],
  ];
  const progress = progressOf(input, new Map(said));
  const now = [...said, ...progress].flatMap(([type, what]) => (what ? [condition(type, what, input)] : []));
  return input.drain === undefined ? [...now, ...drainBefore(input)] : now;
}

/** What is amiss comes before what is awaited. Which pods end too early is no matter of the group's progress. */
function progressOf(input: StatusInput, said: Map<string, Said | undefined>): [string, Said][] {
  const [registered, reachable, held] = ['TargetsRegistered', 'NodesReachable', 'DeregistrationHeld'].map((type) =>
    said.get(type),
  );
  const found = progressFrom([registered, reachable, held, healthPending(input)].filter((one) => one !== undefined));
  if (found === undefined) return [];
  const { type, ...what } = found;
  return [[type, what]];
}

/** AWS will tell of them by itself; of a target that nothing uses it never does. */
function healthPending({ selection, memory }: StatusInput): Said | undefined {
  const healths = selection.targets.map((target) => memory.registered.get(keyOfTarget(target))?.health);
  const pending = healths.filter((health) => health === 'initial' || health === 'unknown').length;
  if (pending === 0) return undefined;
  return is('Unknown', 'HealthChecksPending', `${pending} of ${healths.length} targets were not seen healthy yet`);
}

const drainBefore = ({ object }: StatusInput): Condition[] =>
  (object.status.conditions ?? []).filter(({ type }) => type === 'DrainBudget' || type === 'DrainLine');

function condition(type: string, said: Said, { object, now }: StatusInput): Condition {
  const before = object.status.conditions?.find((one) => one.type === type);
  const lastTransitionTime = transitionTime(before, said.status, new Date(now).toISOString());
  const message = fitMessage(said.message);
  return { type, ...said, message, observedGeneration: object.generation, lastTransitionTime };
}

function ready(input: StatusInput): Said {
  const healthy = healthyOf(input);
  if (healthy > 0) return is('True', 'TargetsHealthy', `${healthy} healthy${heldMessage(input.plan)}`);
  const healths = [...input.memory.registered.values()].map(({ health }) => health).filter((one) => one !== 'draining');
  if (input.selection.targets.length === 0 && healths.length === 0)
    return is('False', 'NoEndpoints', summaryOf(input.selection.rejected) || 'the Service has no endpoints');
  if (healths.length > 0 && healths.every((health) => health === 'unused'))
    return is('False', 'NotInUse', `nothing forwards to any of ${healths.length} registered targets`);
  return is(
    'False',
    'NoHealthyTarget',
    `none of ${healths.length} registered targets was seen healthy${heldMessage(input.plan)}`,
  );
}

function targetsRegistered(input: StatusInput): Said {
  const { selection, memory, plan } = input;
  for (const { reason, what, message } of selection.rejected) {
    const ofGroup = OF_GROUP.get(reason);
    if (ofGroup) return is('False', ofGroup, `${what}: ${message}`);
  }
  if (memory.error) return is('False', memory.error.reason, memory.error.message);
  if (memory.departFailure !== undefined) return is('False', 'DeregisterTargetsFailed', memory.departFailure);
  const refused = [...memory.refused][0];
  if (refused)
    return is('False', 'TargetRefused', `${memory.refused.size} refused by AWS, ${refused[0]}: ${refused[1].message}`);
  const missing = selection.targets.filter((target) => !isRegistered(memory, target)).length;
  if (missing > 0 && (memory.full || plan.unplaced.length > 0))
    return is(
      'False',
      'TargetQuotaReached',
      `${missing} of ${selection.targets.length} targets do not fit into the group`,
    );
  if (missing > 0)
    return is('False', 'Registering', `${missing} of ${selection.targets.length} targets are still to be registered`);
  const left = summaryOf(selection.rejected);
  return is('True', 'AllRegistered', `${selection.targets.length} wanted${left === '' ? '' : `; left out: ${left}`}`);
}

function isRegistered(memory: GroupMemory, target: Target): boolean {
  const health = memory.registered.get(keyOfTarget(target))?.health;
  return health !== undefined && health !== 'draining';
}

function nodesReachable({ object, memory }: StatusInput): Said | undefined {
  if (object.spec.backendSecurityGroup === undefined) return undefined;
  if (memory.accessError !== undefined) return is('False', 'AwsError', memory.accessError);
  const problems = [...memory.accessProblems.values()];
  if (problems[0]) return is('False', problems[0].reason, problems.map(({ message }) => message).join('; '));
  if (memory.opened.size === 0) return is('Unknown', 'NoNodeYet', 'no node carries an endpoint yet');
  return is('True', 'RulesOpen', `open from ${object.spec.backendSecurityGroup}`);
}

function podIpsRoutable({ object, selection }: StatusInput): Said | undefined {
  if (object.spec.targetType !== 'ip') return undefined;
  const unroutable = selection.rejected.filter(({ reason }) => reason === 'UnroutableAddress');
  if (unroutable.length === 0) return is('True', 'PodIPRoutable', 'every endpoint with an address can be reached');
  const some = selection.targets.length + selection.others.length > 0;
  return is('False', some ? 'PartlyRoutable' : 'PodIPNotRoutable', summaryOf(unroutable));
}

/** Said only once the brake has held. */
function deregistrationHeld({ object, plan }: StatusInput): Said | undefined {
  const braked = plan.held.filter((one) => one.braked);
  const [first] = braked;
  if (first) return is('True', 'Brake', `${braked.length} targets kept, ${first.target.id}: ${first.because}`);
  const heldBefore = object.status.conditions?.some(({ type }) => type === 'DeregistrationHeld');
  return heldBefore ? is('False', 'NothingHeld', 'every target that is not wanted may go') : undefined;
}

/** For example `2 NotReady (pod shop/web-1: 10.0.0.1 is not ready; …), 1 NoAddress (…)`. */
function summaryOf(rejected: readonly Rejection[]): string {
  const byReason = [...Map.groupBy(rejected, ({ reason }) => reason)].toSorted(([a], [b]) => (a < b ? -1 : 1));
  return byReason.map(([reason, all]) => `${all.length} ${reason} (${someOf(all)})`).join(', ');
}

function someOf(all: readonly Rejection[]): string {
  const named = all.slice(0, NAMED).map(({ what, message }) => `${what}: ${message}`);
  return [...named, ...(all.length > NAMED ? [`and ${all.length - NAMED} more`] : [])].join('; ');
}

function heldMessage({ held }: TargetPlan): string {
  if (held.length === 0) return '';
  return `; ${held.length} kept for now (${held[0]?.target.id}: ${held[0]?.because})`;
}

const is = (status: Said['status'], reason: ConditionReason, message: string): Said => ({ status, reason, message });
