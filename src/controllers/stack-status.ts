import type {
  Condition,
  LoadBalancerObject,
  LoadBalancerStatus,
  MemberStatus,
  TargetGroupObject,
} from '../cluster/objects.ts';
import { isQuota, isUnauthenticated } from '../aws/errors.ts';
import { Denied, Invalid, Throttled } from '../errors.ts';
import { setCondition } from '../kube/write.ts';
import type { MemberVerdict, StackBuild } from '../model/build.ts';
import { progressFrom, reconciling, stalled, type Told } from '../model/progress.ts';
import { PROTECTED } from '../plan/deletions.ts';
import { fitMessage, tellConditions } from './conditions.ts';
import type { FallbackVerdict } from './fallback.ts';
import { hashInput, type MemberInput, type StackInput } from '../model/input.ts';
import { writeLastGood } from '../model/last-good.ts';
import { DefinitionMissing } from './ledger.ts';
import { MOVED } from './membership.ts';
import type { StackResult } from './stack-aws.ts';
import type { StackView } from './stack-view.ts';

/** All that one pass over a stack found out. */
export type PassReport = {
  view: StackView;
  input: StackInput;
  build: StackBuild;
  verdict: FallbackVerdict;
  /** Absent where the stack as a whole was refused and nothing was done. */
  result?: StackResult;
};

/** What the ledger says after a pass. `now`: RFC 3339. */
export function statusAfter(report: PassReport, now: string): LoadBalancerStatus {
  const { view, result } = report;
  const whole = result !== undefined && result.failed.length === 0 && result.held.length === 0;
  return {
    observedGeneration: generationOf(view),
    ...madeOf(report),
    ...(whole && { appliedHash: hashInput(report.input), verifiedAt: now }),
    members: memberStatuses(report),
    conditions: conditionsAfter(report, now),
  };
}

type Made = Pick<LoadBalancerStatus, 'arn' | 'dnsName' | 'resources' | 'targetGroups' | 'weights'>;

/** What stands in AWS; as it was recorded where nothing was done. */
function madeOf({ view, result }: PassReport): Made {
  const before = view.ledger?.status ?? {};
  const { dnsName, arn } = result?.loadBalancer ?? before;
  const { resources, weights } = result ?? before;
  return {
    ...(arn !== undefined && { arn }),
    ...(dnsName !== undefined && { dnsName }),
    ...(resources !== undefined && { resources, targetGroups: countGroups(resources, view.objects) }),
    ...(weights !== undefined && { weights }),
  };
}

/** Of a group that was just made the object may not be seen yet. */
function countGroups(resources: Record<string, string>, objects: readonly TargetGroupObject[]): string {
  const groups = Object.entries(resources).filter(([id]) => id.startsWith('target-group/'));
  const healthy = new Set(objects.flatMap(({ spec, status }) => ((status.healthy ?? 0) > 0 ? [spec.arn] : [])));
  return `${groups.filter(([, arn]) => healthy.has(arn)).length}/${groups.length}`;
}

/** The member's Events have no more either. */
const MEMBER_MESSAGE = 1_024;

function memberStatuses({ view, build }: PassReport): MemberStatus[] {
  const verdicts = new Map(build.members.map((verdict) => [`${verdict.namespace}/${verdict.name}`, verdict]));
  return view.members.map(({ ingress: { namespace, name, uid, generation }, lastGood, unreadGood, frozen }) => {
    if (frozen) return movedStatus({ namespace, name, uid }, frozen);
    const verdict = verdicts.get(`${namespace}/${name}`) as MemberVerdict;
    const good = verdict.input ?? lastGood;
    const { accepted, reason } = verdict;
    const said = {
      accepted,
      reason,
      message: fitMessage(verdict.message, MEMBER_MESSAGE),
      observedGeneration: generation,
    };
    const record = good ? writeLastGood(good) : unreadGood;
    return { namespace, name, uid, ...said, ...(record !== undefined && { lastGood: record }) };
  });
}

const movedStatus = (of: Pick<MemberStatus, 'namespace' | 'name' | 'uid'>, frozen: MemberInput): MemberStatus => ({
  ...of,
  accepted: true,
  reason: MOVED,
  message: 'it has moved to another load balancer and is served here until clients have followed it',
  lastGood: writeLastGood(frozen),
});

/** What the ledger is to say of a stack with nothing to do in AWS, where it does not say so yet; else undefined. `now`: RFC 3339. */
export function statusOfSettled(view: StackView, now: string): LoadBalancerStatus | undefined {
  const { ledger, objects } = view;
  if (ledger === undefined) return undefined;
  const moves = statusOfMoves(view, now);
  const targetGroups = countGroups(ledger.status.resources ?? {}, objects);
  if (moves === undefined && ledger.status.targetGroups === targetGroups) return undefined;
  return { ...(moves ?? ledger.status), targetGroups };
}

/** The same of members that have moved alone. */
function statusOfMoves(view: StackView, now: string): LoadBalancerStatus | undefined {
  const { ledger } = view;
  const told = movesCondition(view);
  if (ledger === undefined || told === undefined) return undefined;
  const { conditions = [], members = [], ...status } = ledger.status;
  const before = conditions.find(({ type }) => type === told.type);
  if (before?.status === told.status && before.message === told.message) return undefined;
  const frozen = new Map(
    view.members.flatMap((member) => (member.frozen ? [[member.ingress.uid, member.frozen]] : [])),
  );
  const marked = members.map((member) => {
    const input = frozen.get(member.uid);
    return input ? movedStatus({ namespace: member.namespace, name: member.name, uid: member.uid }, input) : member;
  });
  const observedGeneration = ledger.generation;
  return { ...status, members: marked, conditions: setCondition(conditions, { ...told, observedGeneration }, now) };
}

/** Undefined where nobody has moved and nothing else was said before. */
function movesCondition({ members, ledger }: StackView): Told | undefined {
  const named = members.flatMap(({ ingress, frozen }) => (frozen ? [`${ingress.namespace}/${ingress.name}`] : []));
  if (named.length > 0) {
    const message = `Ingress ${named.join(', ')} has moved to another load balancer, and is served here until clients have followed it: when that one has healthy targets, 10 minutes at most`;
    return not('MembersMoved', 'ServedByBoth', message);
  }
  const said = ledger?.status.conditions?.some(({ type }) => type === 'MembersMoved') ?? false;
  return said ? { type: 'MembersMoved', status: 'True', reason: 'Followed', message: '' } : undefined;
}

function conditionsAfter(report: PassReport, now: string): Condition[] {
  const { view, result } = report;
  const [ready, ...parts] = [readyCondition(report), membersCondition(report), backendsCondition(report)] as const;
  const others = [routableCondition(report), movesCondition(view), progressOf(ready, parts, result)];
  const told = [ready, ...parts, ...others.filter((one) => one !== undefined)];
  return tellConditions(view.ledger?.status.conditions ?? [], told, { generation: generationOf(view), now });
}

// The ledger is created with its first status.
const generationOf = ({ ledger }: StackView): number => ledger?.generation ?? 1;

function readyCondition(report: PassReport): Told {
  const { build, result } = report;
  const [problem] = build.problems.filter(({ severity }) => severity === 'refused');
  if (problem !== undefined) return not('Ready', problem.reason, `${problem.field}: ${problem.message}`);
  if (result === undefined && build.stack !== undefined) return not('Ready', 'Held', heldMessage(build));
  if (result === undefined) return not('Ready', 'NoMemberAccepted', 'no Ingress of this stack can be served');
  return undoneCondition(result) ?? refusedCondition(report) ?? APPLIED;
}

const APPLIED: Told = {
  type: 'Ready',
  status: 'True',
  reason: 'Applied',
  message: 'everything in AWS is as the Ingresses want it',
};

function refusedCondition(report: PassReport): Told | undefined {
  const members = membersCondition(report);
  return members.status === 'True' ? undefined : not('Ready', 'MemberRefused', members.message);
}

type Undone = Pick<StackResult, 'failed' | 'held'>;

function undoneCondition({ failed: [failure], held }: Undone): Told | undefined {
  if (failure !== undefined)
    return not('Ready', reasonOf(failure.error), `${failure.step.id}: ${failure.error.message}`);
  const first = held.find(({ hold }) => hold === PROTECTED) ?? held[0];
  return first && not('Ready', 'Held', `${first.id}: ${first.hold ?? ''}`);
}

/** A step that is held back goes on by itself, unless somebody has to let it; without a result nothing does. */
function progressOf(ready: Told, parts: readonly Told[], result: Undone | undefined): Told | undefined {
  const amiss = parts.filter(({ status }) => status === 'False');
  if (ready.reason !== 'Held') return progressFrom([ready, ...amiss]);
  if (result === undefined || result.held.some(({ hold }) => hold === PROTECTED)) return stalled(ready);
  return progressFrom(amiss) ?? reconciling(ready);
}

/** What the ledger says of a stack that a pass could not be made over: what was applied may not be what is wanted. `now`: RFC 3339. */
export function statusOfFailure({ ledger }: StackView, error: Error, now: string): LoadBalancerStatus {
  const { appliedHash: _, weights: __, conditions = [], ...status } = ledger?.status ?? {};
  return { ...status, ...tellUndone(ledger, conditions, { told: not('Ready', reasonOf(error), error.message), now }) };
}

/** What the ledger says of a stack whose removal is not done: what was applied does not stand any more. `now` in milliseconds. */
export function statusOfRemoval(ledger: LoadBalancerObject, result: StackResult, now: number): LoadBalancerStatus {
  const { appliedHash: _, weights: __, conditions = [], ...status } = ledger.status;
  const told = undoneCondition(result);
  if (told === undefined) return { ...status, conditions };
  return { ...status, ...tellUndone(ledger, conditions, { told, result, now: new Date(now).toISOString() }) };
}

function tellUndone(
  ledger: LoadBalancerObject | undefined,
  conditions: Condition[],
  { told, result, now }: { told: Told; result?: Undone; now: string },
): Pick<LoadBalancerStatus, 'observedGeneration' | 'conditions'> {
  const progress = progressOf(told, [], result);
  const generation = ledger?.generation ?? 1;
  return {
    observedGeneration: generation,
    conditions: tellConditions(conditions, [told, ...(progress ? [progress] : [])], { generation, now }),
  };
}

const heldMessage = ({ members }: StackBuild): string => {
  const unserved = members
    .filter(({ input }) => input === undefined)
    .map(({ namespace, name }) => `${namespace}/${name}`);
  return `the record of what was last good is lost and Ingress ${unserved.join(', ')} is refused: nothing is changed until it is corrected or deleted`;
};

function membersCondition({ build }: PassReport): Told {
  const refused = build.members.filter(({ accepted }) => !accepted);
  if (refused.length === 0) return { type: 'MembersAccepted', status: 'True', reason: 'Accepted', message: '' };
  const named = refused.map(({ namespace, name, message, servedFromLastGood }) => {
    const instead = servedFromLastGood ? ' (its last good rules are served)' : '';
    return `Ingress ${namespace}/${name}${instead}: ${message}`;
  });
  return not('MembersAccepted', refused[0]?.reason ?? 'Refused', named.join('; '));
}

/** What is named and not there keeps nobody out: it is answered for, and looked for again. */
function backendsCondition({ build }: PassReport): Told {
  const lost = build.members.flatMap(({ problems }) => problems.filter(({ reason }) => reason === 'BackendNotFound'));
  if (lost.length === 0) return { type: 'BackendsFound', status: 'True', reason: 'BackendsFound', message: '' };
  return not('BackendsFound', 'BackendNotFound', lost.map(({ field, message }) => `${field}: ${message}`).join('; '));
}

function routableCondition({ verdict }: PassReport): Told {
  // What nobody serves comes before what is served in another way.
  const [first] = verdict.told.toSorted((a, b) => Number(a.decision.possible) - Number(b.decision.possible));
  if (first === undefined) return { type: 'PodIPsRoutable', status: 'True', reason: 'PodIPRoutable', message: '' };
  const others = verdict.told.length - 1;
  const more = others === 0 ? '' : `; ${others} more`;
  return not('PodIPsRoutable', first.decision.reason, `backend ${first.backend}: ${first.decision.message}${more}`);
}

const not = (type: string, reason: string, message: string): Told => ({ type, status: 'False', reason, message });

/** The stable word for what AWS said no to. */
export function reasonOf(error: Error): string {
  if (error instanceof Throttled) return 'Throttled';
  if (error instanceof DefinitionMissing) return 'DefinitionMissing';
  if (isUnauthenticated(error)) return 'CredentialsRefused';
  if (error instanceof Denied) return 'AccessDenied';
  if (isQuota(error)) return 'QuotaReached';
  return error instanceof Invalid ? 'RefusedByAWS' : 'ApplyFailed';
}
