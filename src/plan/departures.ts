import { type Company, judgeLeaving } from '../model/leaving.ts';
import { keyOfTarget, type Target } from '../model/target.ts';
import type { JudgedTarget } from './fates.ts';

export type Deregister = { do: 'deregister'; targets: JudgedTarget[]; because: string };

/** A target that stays registered for now though it is not wanted. */
export type Held = {
  target: JudgedTarget;
  because: string;
  /** When this is to be judged again at the latest; monotonic milliseconds. */
  until?: number;
  /** It runs, and the brake keeps it. */
  braked?: boolean;
};

export type DeparturePolicy = {
  now: number;
  /** See {@link Company}. */
  replacedAt?: number | undefined;
  peak: number;
  /** Health could not be read, and the few that are believed healthy may not be. */
  doubtful?: boolean;
  /** Nothing is held back, and what goes goes before anything comes. Only to prove that it must not. */
  hasty?: boolean;
};

/** What of the leaving targets goes now, those first that are nearest to SIGTERM, and what is held until when. */
export function planDepartures(
  leaving: readonly JudgedTarget[],
  group: { wanted: readonly Target[]; present: readonly JudgedTarget[]; healthy: number },
  policy: DeparturePolicy,
): { goes: Deregister[]; held: Held[] } {
  const before = Math.max(policy.peak, group.healthy + leaving.filter(isHealthy).length);
  const settledAt = firstSettled(group.wanted, group.present);
  const missed = policy.doubtful === true ? () => true : takesTraffic(group.wanted, group.present);
  const judge = (target: JudgedTarget): { goes: boolean; because: string; until?: number } => {
    if (policy.hasty === true) return { goes: true, because: 'it is leaving' };
    if (group.healthy === 0 && !missed(target)) return { goes: true, because: 'it is leaving, and takes no traffic' };
    // What is only believed to be healthy counts from the last deadline on, when there is no more time to make sure.
    const believed = policy.doubtful !== true || isLastMoment(target, policy.now);
    const { replacedAt } = policy;
    const company: Company = { healthy: believed ? group.healthy : 0, before, replacedAt, settledAt };
    return judgeLeaving(target.departure, company, policy.now);
  };
  const judged = leaving.toSorted(bySigterm).map((target) => ({ target, ...judge(target) }));
  const byReason = Map.groupBy(
    judged.filter((one) => one.goes),
    ({ because }) => because,
  );
  return {
    goes: [...byReason].flatMap(([because, all]) =>
      deregisterStep(
        all.map(({ target }) => target),
        because,
      ),
    ),
    held: judged.flatMap(({ goes, ...held }) => (goes ? [] : [held])),
  };
}

/** One step for some targets; none for none. */
export const deregisterStep = (targets: JudgedTarget[], because: string): Deregister[] =>
  targets.length === 0 ? [] : [{ do: 'deregister', targets, because }];

/** When the containers of a target's pod get SIGTERM; of one that serves no more, and of a recycled address, long ago. */
export function dueOf({ fate, departure }: JudgedTarget): number {
  if (fate === 'recycled') return Number.NEGATIVE_INFINITY;
  return fate === 'ended' ? 0 : (departure?.sigtermAt ?? 0);
}

/** Whether there is no time left to find out how the others are. */
export const isLastMoment = ({ departure }: JudgedTarget, now: number): boolean =>
  departure !== undefined && now >= departure.lastAt;

const bySigterm = (a: JudgedTarget, b: JudgedTarget): number => dueOf(a) - dueOf(b);

const isHealthy = ({ health }: JudgedTarget): boolean => health === 'healthy' || health === 'unavailable';

/** When the first of the healthy wanted targets is known to every load balancer node; undefined where none is new. */
export function firstSettled(wanted: readonly Target[], present: readonly JudgedTarget[]): number | undefined {
  const wants = new Set(wanted.map(keyOfTarget));
  const healthy = present.filter((target) => wants.has(keyOfTarget(target)) && isHealthy(target));
  const times = healthy.map(({ settledAt }) => settledAt ?? Number.NEGATIVE_INFINITY);
  const first = Math.min(...times);
  return Number.isFinite(first) ? first : undefined;
}

/** A leaving target that takes no traffic itself leaves nothing empty, as long as others are there. */
function takesTraffic(wanted: readonly Target[], present: readonly JudgedTarget[]): (target: JudgedTarget) => boolean {
  const wants = new Set(wanted.map(keyOfTarget));
  const others = present.some((target) => wants.has(keyOfTarget(target)));
  return (target) => !others || isHealthy(target) || target.health === 'unknown';
}
