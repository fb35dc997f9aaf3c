import { isUnauthenticated } from '../aws/errors.ts';
import type { TargetGroupStatus } from '../cluster/objects.ts';
import { Denied, Gone, Retry, Throttled, toError } from '../errors.ts';
import { RESOURCES } from '../kube/resources.ts';
import type { ConditionReason } from '../model/condition-reasons.ts';
import { keyOfTarget, type Target } from '../model/target.ts';
import type { TargetPlan, TargetStep } from '../plan/targets.ts';
import type { Outcome } from '../runtime/workqueue.ts';
import { tellBrake } from './brake.ts';
import { closeAccess, declareAccess, openAccess } from './node-access.ts';
import { beginLook, mergeObserved, noteFailing } from './target-look.ts';
import { recall } from './target-memory.ts';
import { noteDeregistered, noteRegistered, noteUnanswered } from './target-registrations.ts';
import { type Pass, readPass, type TargetsDeps } from './target-pass.ts';
import { mayStillGo, planPass } from './target-plan.ts';
import { isGlanceDue, isMissed, isStale, needsLook, nextPoll, unclaimedTargets } from './target-polls.ts';
import { sameStatus, statusOf } from './target-status.ts';

export type { TargetsDeps } from './target-pass.ts';

const STATUS_EVERY_MS = 5_000;
const REFUSED_AGAIN_MS = 15_000;
const LONGEST_REFUSED_MS = 300_000;
/** A target that drains is taken back once that is over: its pod waits for no more than this. */
const LONGEST_DRAINING_MS = 30_000;
/** What AWS did not do is asked for again within so long, and by all groups together about five times a second. */
const UNANSWERED_AGAIN_MS = 5_000;
const BETWEEN_UNANSWERED_MS = 250;

/**
 * Brings the registered targets of one TargetGroup object to what its Service's endpoints say. A change costs the calls
 * that make it and no read; AWS is read where it alone can tell whether a removal would leave the group empty, and until
 * the first target is healthy. With the object gone its target group is left to the load balancer lane.
 */
export async function reconcileTargets(key: string, deps: TargetsDeps): Promise<Outcome> {
  const gatherMs = deps.targets.windowMs();
  if (gatherMs > 0) await deps.clock.sleep(gatherMs);
  const [namespace = '', name = ''] = key.split('/');
  const object = deps.cluster.targetGroup(namespace, name);
  if (object === undefined) return forget(key, deps);
  const memory = recall(deps.memory, key, object);
  const pass = await readPass({ key, object, memory }, deps);
  if (pass.failure) memory.error = { reason: 'SubnetsNotRead', message: pass.failure.message };
  declareAccess(pass, deps);
  const opening = openAccess(pass, deps).catch((error: unknown) => noteFailure(pass, 'NetworkError', error));
  const plan = await converge(pass, deps);
  await opening;
  declareAccess(pass, deps);
  await closeUnused(pass, deps);
  if (pass.groupGone) tellGone(pass, deps);
  wakePods(memory, deps);
  tellBrake(pass, plan, deps);
  wakeLeaving(pass, plan, deps);
  const statusAgain = await writeStatus(pass, pass.groupGone ? NOTHING_DONE : plan, deps);
  if (pass.failure) throw soonAgain(pass.failure, deps);
  return soonest([statusAgain, nextPoll(pass, plan, deps.clock.monotonic()), nextTry(pass, deps)]);
}

/** Health that was learned may let go what was held. */
function wakeLeaving({ key }: Pass, { departures, held }: TargetPlan, { wake }: TargetsDeps): void {
  if (departures.length > 0 || held.some(({ target }) => target.fate === 'leaving')) wake.leaving(key);
}

const NOTHING_DONE: TargetPlan = { steps: [], departures: [], held: [], unplaced: [] };

/** Once for each target group: whoever made it makes another one. */
function tellGone({ object, memory }: Pass, deps: TargetsDeps): void {
  if (memory.goneTold) return;
  memory.goneTold = true;
  deps.onGroupGone(object);
}

/** Everything that nobody can miss, then a look at AWS where the rest needs one, then the rest. */
async function converge(pass: Pass, deps: TargetsDeps): Promise<TargetPlan> {
  const stale = isStale(pass);
  const first = planPass(pass, deps);
  const missed = first.steps.findIndex(mayBeMissed);
  const safe = missed < 0 ? first.steps.length : missed;
  for (const step of first.steps.slice(0, safe)) await applyStep(pass, step, deps);
  await claimWaiting(pass, deps);
  const looks = needsLook(pass, first, { stale, now: deps.clock.monotonic() });
  if (!looks) {
    for (const step of first.steps.slice(safe)) await applyStep(pass, step, deps);
    if (isGlanceDue(pass, first, deps.clock.monotonic())) void glance(pass, deps);
    return first;
  }
  const seen = await look(pass, deps);
  const plan = planPass(pass, deps);
  for (const step of plan.steps) if (seen || !mayBeMissed(step)) await applyStep(pass, step, deps);
  return plan;
}

const mayBeMissed = (step: TargetStep): boolean => step.do === 'deregister' && step.targets.some(isMissed);

/** Asks AWS for the health of the group's targets. False where it does not answer. */
export async function look(pass: Pass, deps: TargetsDeps): Promise<boolean> {
  const { memory } = pass;
  memory.lookedAt = deps.clock.monotonic();
  try {
    const asked = beginLook(memory, memory.lookedAt);
    const targets = await deps.targets.describe(memory.arn);
    mergeObserved(memory, { targets, look: asked, time: timeOf(deps) }, pass.selection.targets);
    memory.polls += 1;
    return true;
  } catch (error) {
    noteFailure(pass, 'DescribeTargetHealthFailed', error);
    noteFailing(memory, String(error), deps.clock.monotonic());
    return false;
  }
}

/**
 * A look that nobody waits for. A change that comes meanwhile makes what was seen too old to be used; the next poll is
 * planned as if there had been none, and tells of an error.
 */
async function glance({ key, memory, selection }: Pass, deps: TargetsDeps): Promise<void> {
  const asked = beginLook(memory, deps.clock.monotonic());
  const before = JSON.stringify([...memory.registered]);
  memory.polls += 1;
  const targets = await deps.targets.describe(memory.arn).catch((error: unknown) => {
    deps.log.info({ targetGroup: key, error: String(error) }, 'health not read');
    noteFailing(memory, String(error), deps.clock.monotonic());
  });
  if (targets === undefined || JSON.stringify([...memory.registered]) !== before) return;
  mergeObserved(memory, { targets, look: asked, time: timeOf(deps) }, selection.targets);
  memory.lookedAt = asked.at;
  delete memory.pollAt; // the pass that was to poll finds what it would have found
  wakePods(memory, deps);
}

const timeOf = ({ clock }: TargetsDeps): string => new Date(clock.now()).toISOString();

/** Tells of the pods that wait for what may just have been learned of their targets. */
function wakePods({ registered, waiting }: Pass['memory'], { wakePod }: TargetsDeps): void {
  for (const { uid } of registered.values()) {
    const pod = waiting.get(uid ?? '')?.pod;
    if (pod !== undefined) wakePod?.(pod);
  }
}

async function applyStep(pass: Pass, step: TargetStep, deps: TargetsDeps): Promise<void> {
  if (pass.groupGone) return;
  const { key, memory } = pass;
  const named = step.targets.slice(0, 20).map(keyOfTarget);
  deps.log.info(
    { targetGroup: key, do: step.do, targets: named, count: step.targets.length, because: step.because },
    'targets',
  );
  if (step.do === 'register') await register(pass, step.targets, deps);
  else {
    const outcome = await deps.targets.deregister(memory.arn, step.targets, {
      dueAt: Number.POSITIVE_INFINITY,
      mayGo: (targets) => mayStillGo(pass, targets, deps),
    });
    const at = { now: deps.clock.now(), monotonic: deps.clock.monotonic() };
    for (const target of outcome.done) noteDeregistered(memory, target, at);
    if (outcome.error === undefined) return;
    noteFailure(pass, 'DeregisterTargetsFailed', outcome.error);
    noteUnanswered(memory, 'deregister', { asked: step.targets, outcome });
  }
}

async function register(pass: Pass, targets: readonly Target[], deps: TargetsDeps): Promise<void> {
  const { memory } = pass;
  if (pass.unplaced) return;
  const outcome = await deps.targets.register(memory.arn, targets);
  const { done, refused, full, error } = outcome;
  const now = deps.clock.monotonic();
  for (const target of done) noteRegistered(memory, target, now);
  if (done.length > 0) memory.polls = 0;
  for (const { target, message } of refused) noteRefusal(pass, target, { message, now });
  if (!full && done.length > 0) delete memory.full;
  if (full) memory.full = { quota: memory.registered.size, until: now + REFUSED_AGAIN_MS };
  if (error === undefined) return;
  noteFailure(pass, 'RegisterTargetsFailed', error);
  noteFailing(memory, error.message, now);
  noteUnanswered(memory, 'register', { asked: targets, outcome });
}

/** What stands at the address of a waiting pod may be registered for another one: only an acknowledgement of ours tells. */
async function claimWaiting(pass: Pass, deps: TargetsDeps): Promise<void> {
  const unclaimed = unclaimedTargets(pass);
  if (unclaimed.length > 0 && !pass.groupGone) await register(pass, unclaimed, deps);
}

/** What a pass was refused it does not ask for again: the next wait would be twice as long already. */
function noteRefusal(pass: Pass, target: Target, said: { message: string; now: number }): void {
  const { memory } = pass;
  const key = keyOfTarget(target);
  const times = (memory.refused.get(key)?.times ?? 0) + 1;
  const longest = memory.registered.get(key)?.health === 'draining' ? LONGEST_DRAINING_MS : LONGEST_REFUSED_MS;
  const waitMs = Math.min(longest, REFUSED_AGAIN_MS * 2 ** (times - 1));
  memory.refused.set(key, { uid: target.uid, message: said.message, until: said.now + waitMs, times });
  pass.wanted = pass.wanted.filter((one) => keyOfTarget(one) !== key);
}

type FailureReason = 'RegisterTargetsFailed' | 'DeregisterTargetsFailed' | 'DescribeTargetHealthFailed';

/** What lies with us or with the account, and not with the call, has one word wherever it is told. */
function sharper(reason: FailureReason, failure: Error): ConditionReason {
  if (isUnauthenticated(failure)) return 'CredentialsRefused';
  if (failure instanceof Denied) return 'AccessDenied';
  return failure instanceof Throttled ? 'Throttled' : reason;
}

/** The first failure of a pass is thrown at its end, so that the rest of the pass is done nonetheless. */
function noteFailure(pass: Pass, reason: FailureReason | 'NetworkError', error: unknown): void {
  const failure = toError(error);
  const gone = failure instanceof Gone && reason !== 'NetworkError';
  if (reason === 'NetworkError') pass.memory.accessError = failure.message;
  else
    pass.memory.error = { reason: gone ? 'TargetGroupNotFound' : sharper(reason, failure), message: failure.message };
  if (gone) loseGroup(pass);
  else pass.failure ??= failure;
}

/** Nothing is registered in a target group that is not there. */
function loseGroup(pass: Pass): void {
  pass.groupGone = true;
  pass.memory.registered.clear();
}

/**
 * A group that AWS does not answer for may hold a target whose address is another Service's by now, and pods whose gates wait:
 * when AWS answers again they do not wait for the end of a long backoff. The more such groups, the more seldom each is asked for.
 */
function soonAgain(failure: Error, { memory }: TargetsDeps): Error {
  if (!(failure instanceof Retry) || failure instanceof Throttled) return failure;
  const unanswered = [...memory.groups.values()].filter(({ error, accessError }) => error ?? accessError).length;
  const withinMs = Math.max(UNANSWERED_AGAIN_MS, unanswered * BETWEEN_UNANSWERED_MS);
  const { afterMs } = failure;
  return new Retry(failure.message, { cause: failure, withinMs, ...(afterMs !== undefined && { afterMs }) });
}

async function closeUnused(pass: Pass, deps: TargetsDeps): Promise<void> {
  await closeAccess(deps).catch((error: unknown) => noteFailure(pass, 'NetworkError', error));
}

async function forget(key: string, deps: TargetsDeps): Promise<void> {
  const from = deps.memory.groups.get(key)?.from;
  deps.memory.groups.delete(key);
  if (from !== undefined) deps.memory.closing.add(from);
  await closeAccess(deps);
}

function statusNow(pass: Pass & { plan: TargetPlan }, deps: TargetsDeps): TargetGroupStatus {
  const drain = deps.drainAudit?.audit(pass.object, pass.selection);
  return statusOf({ ...pass, ...(drain && { drain }), now: deps.clock.now() });
}

/** Writes the status where it tells something new, at most every five seconds. Returns when to try again. */
async function writeStatus(pass: Pass, plan: TargetPlan, deps: TargetsDeps): Promise<number | undefined> {
  const { memory, object } = pass;
  const status = statusNow({ ...pass, plan }, deps);
  if (sameStatus(status, memory.lastStatus?.status ?? object.status)) return undefined;
  const now = deps.clock.monotonic();
  const waitMs = memory.lastStatus === undefined ? 0 : memory.lastStatus.at + STATUS_EVERY_MS - now;
  if (waitMs > 0) return waitMs;
  memory.lastStatus = { at: now, status };
  const { namespace, name } = object;
  try {
    await deps.kube.patch(
      RESOURCES.targetGroup,
      { namespace, name },
      {
        type: 'merge',
        body: { status: { ...status, registeredHash: status.registeredHash ?? null } },
        subresource: 'status',
      },
    );
  } catch (error) {
    memory.lastStatus = { at: now, status: object.status };
    if (!(error instanceof Gone)) pass.failure ??= toError(error);
  }
  return undefined;
}

/** When a refused target, or one that did not fit, is tried again. */
function nextTry({ memory }: Pass, deps: TargetsDeps): number | undefined {
  const times = [...memory.refused.values()].map(({ until }) => until);
  if (memory.full) times.push(memory.full.until);
  return times.length === 0 ? undefined : Math.max(1, Math.min(...times) - deps.clock.monotonic());
}

function soonest(times: (number | undefined)[]): Outcome {
  const known = times.filter((ms) => ms !== undefined);
  return known.length === 0 ? undefined : { again: Math.max(1, Math.ceil(Math.min(...known))) };
}
