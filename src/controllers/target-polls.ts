import { isAcknowledged } from '../model/confirmation.ts';
import { keyOfTarget, type Target } from '../model/target.ts';
import type { Fate } from '../plan/fates.ts';
import { carrying, type TargetPlan } from '../plan/targets.ts';
import { claimOf, type GroupMemory } from './target-memory.ts';
import type { Pass } from './target-pass.ts';

/** No target is healthy sooner: AWS takes that long to begin with its health checks. */
const FIRST_POLL_MS = 1_000;
const LOOK_AGAIN_MS = 500;
const LONGEST_POLL_MS = 5_000;
/** While a readiness gate waits: after the registration, and after each look. */
const GATE_POLLS_MS = [FIRST_POLL_MS, 2_000, 3_000, LONGEST_POLL_MS] as const;
/** Polls of a group that does not settle before it is looked at more seldom. */
const PATIENT_POLLS = 30;
const SELDOM_MS = 30_000;
const GONE_AGAIN_MS = 5_000;

/** Whether something wanted is registered of which we do not know that it became healthy. */
export function isStale({ memory, wanted }: Pass): boolean {
  return wanted.some((target) => {
    const health = memory.registered.get(keyOfTarget(target))?.health;
    return health !== undefined && health !== 'healthy' && health !== 'unavailable';
  });
}

/** Registered targets of pods whose readiness gate is closed, and which nothing has proven healthy yet. */
const awaitedTargets = ({ memory, wanted }: Pass): Target[] =>
  wanted.filter((target) => {
    const known = memory.registered.get(keyOfTarget(target));
    return known !== undefined && memory.waiting.has(target.uid) && claimOf(known)?.confirmed !== true;
  });

/** Those of them that we have not registered for the pod that waits, as far as this life of the operator knows. */
export const unclaimedTargets = (pass: Pass): Target[] =>
  awaitedTargets(pass).filter((target) => {
    const known = pass.memory.registered.get(keyOfTarget(target));
    if (known === undefined || known.health === 'draining') return false;
    const claim = claimOf(known);
    return claim === undefined || !isAcknowledged(claim);
  });

/** Whether AWS was asked so lately that it would say the same again. */
export const wasJustSeen = ({ seenAt = Number.NEGATIVE_INFINITY }: Pick<GroupMemory, 'seenAt'>, now: number): boolean =>
  now - seenAt < LOOK_AGAIN_MS;

/** Whether AWS is to be asked before anything that may still serve is deregistered. */
export function needsLook(pass: Pass, plan: TargetPlan, at: { stale: boolean; now: number }): boolean {
  const { memory, object, wanted } = pass;
  if (pass.groupGone) return false;
  if (isLookDue(pass, plan, at.now) || (memory.mustSee && memory.seen !== 'described')) return true;
  if (isInDoubt(pass)) return true;
  if (memory.seen === 'nothing') return object.status.registeredHash !== undefined || plan.held.length > 0;
  if (wasJustSeen(memory, at.now)) return false;
  const few = carrying(wanted, [...memory.registered.values()]) < 2;
  const removes = plan.steps.some((step) => step.do === 'deregister' && step.targets.some(isMissed));
  const waits = at.stale && plan.held.some(({ target }) => target.fate !== 'unlisted' || pass.listed);
  return (few && removes) || waits;
}

/**
 * Whether AWS may have done what nobody will ask for again: registered a pod that is wanted no more, or deregistered one that is
 * wanted again.
 */
function isInDoubt({ memory, wanted }: Pass): boolean {
  if (memory.unanswered.size === 0) return false;
  const keys = new Set(wanted.map(keyOfTarget));
  return [...memory.unanswered].some(([key, { call }]) => keys.has(key) === (call === 'deregister'));
}

/** Whether it is time for a poll that nothing waits for: it is made beside the passes, so that no change waits for it. */
export const isGlanceDue = (pass: Pass, plan: TargetPlan, now: number): boolean =>
  isPollDue(pass, now) && pollMs(pass, plan) !== undefined && isPatient(pass, plan);

/** Some are known to be healthy, some have just been registered, and nothing is held back until they are healthy too. */
function isPatient({ memory, wanted }: Pass, plan: TargetPlan): boolean {
  const registered = [...memory.registered.values()];
  const coming = registered.some(({ health }) => health === 'initial');
  return memory.seen === 'described' && plan.held.length === 0 && coming && carrying(wanted, registered) > 0;
}

/** A poll that is due, or the first look for the sake of gates that wait: nothing that was recorded opens them. */
const isLookDue = (pass: Pass, plan: TargetPlan, now: number): boolean =>
  (isPollDue(pass, now) && !isGlanceDue(pass, plan, now)) ||
  (pass.memory.seen !== 'described' && awaitedTargets(pass).length > 0);

/** Whether somebody may miss the target: it may still serve. */
export const isMissed = (target: { fate?: Fate }): boolean => target.fate !== 'ended' && target.fate !== 'recycled';

/**
 * Health is polled until enough targets are healthy or known not to be, while something waits for others to be, and while
 * rules wait for a drain.
 */
function pollMs(pass: Pass, plan: TargetPlan): number | undefined {
  const { memory, wanted, listed } = pass;
  const registered = [...memory.registered.values()];
  const held = wanted.length > 0 && listed && plan.held.length > 0;
  if (awaitedTargets(pass).length > 0)
    return memory.polls > PATIENT_POLLS ? SELDOM_MS : GATE_POLLS_MS[Math.min(memory.polls, GATE_POLLS_MS.length - 1)];
  if (isSettled(pass, registered) && !held && !registered.some((target) => target.revived))
    return drainsAlone(registered) ? SELDOM_MS : undefined;
  if (memory.polls > PATIENT_POLLS) return SELDOM_MS;
  return Math.min(LONGEST_POLL_MS, FIRST_POLL_MS * 1.5 ** memory.polls);
}

/** Before the first look after a start the recorded number of healthy targets is believed. */
function isSettled({ memory, object, wanted }: Pass, registered: readonly { health: string }[]): boolean {
  if (wanted.length === 0 || carryEnough(registered, wanted.length)) return true;
  return memory.lookedAt === undefined && memory.seen === 'recorded' && (object.status.healthy ?? 0) > 0;
}

/**
 * One healthy target is enough where nothing else is to come, and half of the group while others have just been registered:
 * with fewer, the next removals would soon have to ask AWS first, and wait for the answer.
 */
function carryEnough(present: readonly { health: string }[], wanted: number): boolean {
  const sure = present.filter(({ health }) => health === 'healthy' || health === 'unavailable').length;
  const coming = present.some(({ health }) => health === 'initial');
  return sure > 0 && (!coming || sure >= wanted / 2);
}

/** A port that only draining targets still use: its rules are closed when they are gone. */
function drainsAlone(registered: readonly { health: string; port: number }[]): boolean {
  const used = new Set(registered.filter(({ health }) => health !== 'draining').map(({ port }) => port));
  return registered.some(({ health, port }) => health === 'draining' && !used.has(port));
}

function isPollDue({ memory }: Pass, now: number): boolean {
  return memory.pollAt !== undefined && memory.pollAt <= now;
}

/** When to run again for the sake of health, in milliseconds. Passes in between do not put it off. */
export function nextPoll(pass: Pass, plan: TargetPlan, now: number): number | undefined {
  const { memory } = pass;
  if (pass.groupGone) return GONE_AGAIN_MS;
  const ms = pollMs(pass, plan);
  if (ms === undefined) {
    delete memory.pollAt;
    memory.polls = 0;
    return plan.held.length > 0 ? SELDOM_MS : undefined;
  }
  const sinceLook = (memory.lookedAt ?? now) + ms;
  const first = sinceLook > now ? sinceLook : now + ms;
  const pollAt = memory.pollAt !== undefined && memory.pollAt > now ? Math.min(memory.pollAt, first) : first;
  memory.pollAt = pollAt;
  return pollAt - now;
}
