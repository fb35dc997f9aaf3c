import { keyOfTarget } from '../model/target.ts';
import { dueOf, isLastMoment } from '../plan/departures.ts';
import type { JudgedTarget } from '../plan/fates.ts';
import { carrying, type TargetPlan } from '../plan/targets.ts';
import type { Outcome } from '../runtime/workqueue.ts';
import type { GroupMemory } from './target-memory.ts';
import { noteDeregistered, noteUnanswered } from './target-registrations.ts';
import { type Pass, readStores, type TargetsDeps } from './target-pass.ts';
import { mayStillGo, planPass } from './target-plan.ts';
import { isMissed, wasJustSeen } from './target-polls.ts';
import { look } from './targets.ts';

/** Tries again after so long, and no less often: what leaves has a deadline. Milliseconds. */
const AGAIN_MS = [500, 1_000, 2_000, 4_000] as const;
/** No answer about health is waited for longer. */
const LOOK_MS = 2_000;

/**
 * Deregisters the leaving targets of one group, each by its deadline. Waits neither for what the group registers nor for the rules
 * toward its nodes; the health of the last two is asked for before, and where AWS does not tell, they stay until their last deadline.
 */
export async function reconcileLeaving(key: string, deps: TargetsDeps): Promise<Outcome> {
  const gatherMs = deps.targets.windowMs();
  if (gatherMs > 0) await deps.clock.sleep(gatherMs);
  const pass = readKnown(key, deps);
  if (pass === undefined) return undefined;
  const doubtful = needsSight(pass, planPass(pass, deps), deps) && !(await lookBriefly(pass, deps));
  const plan = planPass(pass, deps, { doubtful });
  const failed = await depart(pass, plan, deps);
  pass.memory.departTries = failed || doubtful ? pass.memory.departTries + 1 : 0;
  return nextDeadline(plan, pass.memory.departTries, deps);
}

/** Undefined while the other lane has not found out what is registered: it wakes this one. */
function readKnown(key: string, deps: TargetsDeps): Pass | undefined {
  const [namespace = '', name = ''] = key.split('/');
  const object = deps.cluster.targetGroup(namespace, name);
  const memory = deps.memory.groups.get(key);
  const same = object !== undefined && memory?.uid === object.uid && memory.arn === object.spec.arn;
  return same && memory.seen !== 'nothing' ? readStores({ key, object, memory }, deps) : undefined;
}

/** Whether a removal would leave fewer than two that are believed healthy, and there is time to ask. */
function needsSight({ memory, wanted }: Pass, plan: TargetPlan, { clock }: TargetsDeps): boolean {
  const now = clock.monotonic();
  const removes = plan.departures
    .flatMap(({ targets }) => targets)
    .some((target) => isMissed(target) && !isLastMoment(target, now));
  return removes && !wasJustSeen(memory, now) && carrying(wanted, [...memory.registered.values()]) < 2;
}

const lookBriefly = (pass: Pass, deps: TargetsDeps): Promise<boolean> =>
  Promise.race([look(pass, deps), deps.clock.sleep(LOOK_MS).then(() => false)]);

/** All in one call, those first that are nearest to SIGTERM. Returns whether some are still to go. */
async function depart(pass: Pass, { departures }: TargetPlan, deps: TargetsDeps): Promise<boolean> {
  const targets = departures.flatMap((step) => step.targets).toSorted((a, b) => dueOf(a) - dueOf(b));
  const [first] = targets;
  if (first === undefined) return false;
  for (const { targets: some, because } of departures) tellLog(pass.key, { some, because }, deps);
  const outcome = await deps.targets.deregister(pass.memory.arn, targets, {
    dueAt: dueOf(first),
    mayGo: (going) => mayStillGo(pass, going, deps),
  });
  const { done, refused, error } = outcome;
  const at = { now: deps.clock.now(), monotonic: deps.clock.monotonic() };
  for (const target of done) {
    noteDeregistered(pass.memory, target, at);
    measure(pass, target, deps);
  }
  for (const target of targets) tellMissed(pass, target, deps);
  noteUnanswered(pass.memory, 'deregister', { asked: targets, outcome });
  if (error) pass.memory.departFailure = error.message;
  else delete pass.memory.departFailure;
  if (error) deps.log.info({ targetGroup: pass.key, error: error.message }, 'not deregistered');
  deps.wake.targets(pass.key);
  return error !== undefined || refused.length > 0;
}

function tellLog(key: string, step: { some: readonly JudgedTarget[]; because: string }, { log }: TargetsDeps): void {
  const targets = step.some.slice(0, 20).map(keyOfTarget);
  const { because } = step;
  log.info({ targetGroup: key, do: 'deregister', targets, count: step.some.length, because }, 'targets');
}

function measure({ memory }: Pass, { uid, departure }: JudgedTarget, { clock, metrics }: TargetsDeps): void {
  const leaver = memory.leavers.get(uid ?? '');
  if (departure === undefined || leaver === undefined) return;
  const now = clock.monotonic();
  metrics.observe('podwire_deregister_lead_seconds', (departure.sigtermAt - now) / 1_000, {});
  metrics.observe('podwire_deregister_queue_seconds', (now - (leaver.heldAt ?? leaver.seenAt)) / 1_000, {});
}

/** A pod whose budget could never suffice is another finding, and one that was kept until its end was meant to be late. */
function tellMissed(pass: Pass, { id, uid, departure }: JudgedTarget, deps: TargetsDeps): void {
  const leaver = pass.memory.leavers.get(uid ?? '');
  if (departure === undefined || leaver === undefined || leaver.missTold === true) return;
  const latest = departure.sigtermAt - departure.propagation * 1_000;
  const late = deps.clock.monotonic() - latest;
  const wasKept = leaver.heldAt !== undefined && leaver.heldAt >= latest;
  if (late <= 0 || wasKept || latest <= leaver.seenAt) return;
  leaver.missTold = true;
  const { namespace, name } = pass.object;
  deps.metrics.count('podwire_drain_deadline_missed_total', { namespace });
  const pod = deps.cluster.podByUid(uid ?? '');
  if (pod === undefined) return;
  const message = `target group ${name}: ${id} was to be deregistered ${(late / 1_000).toFixed(1)} s ago, so that every load balancer node knows before SIGTERM`;
  deps.writeEvent({ kind: 'Pod', namespace, name: pod.name, uid: pod.uid }, { reason: 'DrainDeadlineMissed', message });
}

function nextDeadline(plan: TargetPlan, tries: number, { clock }: TargetsDeps): Outcome {
  const now = clock.monotonic();
  const waits = plan.held.flatMap(({ until }) => (until === undefined ? [] : [until - now]));
  if (tries > 0) waits.push(AGAIN_MS[Math.min(tries, AGAIN_MS.length) - 1] ?? 0);
  return waits.length === 0 ? undefined : { again: Math.max(1, Math.ceil(Math.min(...waits))) };
}

/** Leaving targets that are kept for now, and targets the brake keeps, for the metrics. */
export function measureHeld(groups: ReadonlyMap<string, GroupMemory>, metrics: TargetsDeps['metrics']): void {
  metrics.gauge('podwire_hold_active', () => {
    const value = [...groups.values()].reduce((sum, { holding }) => sum + holding, 0);
    return [{ labels: {}, value }];
  });
  metrics.gauge('podwire_deregistration_held', () =>
    [...groups].flatMap(([key, { braked }]) => {
      const [namespace = '', target_group = ''] = key.split('/');
      return braked === 0 ? [] : [{ labels: { namespace, target_group }, value: braked }];
    }),
  );
}
