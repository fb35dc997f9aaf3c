import { byId, keyOfTarget, type Target } from '../model/target.ts';
import {
  type DeparturePolicy,
  type Deregister,
  deregisterStep,
  firstSettled,
  type Held,
  planDepartures,
} from './departures.ts';
import type { JudgedTarget } from './fates.ts';
import { floorOf, type Release, WINDOW_MS, weigh } from './floor.ts';

/** One thing to do to a target group, and why. */
export type TargetStep = { do: 'register'; targets: Target[]; because: string } | Deregister;

export type TargetPolicy = Partial<DeparturePolicy> & {
  /** Targets the group may hold (AWS quota, or what TooManyTargets taught us). */
  quota: number;
  /** The most wanted targets seen healthy within the last window: what the brake measures against. */
  peak: number;
  /** False until the stores are full and the group's registered targets are known: then nothing is deregistered. */
  mayDeregister: boolean;
  /** Targets that ran and were deregistered within the last window. */
  removed?: number;
  /** Whether the brake is let go. */
  released?: Release;
};

export type TargetPlan = {
  steps: TargetStep[];
  /**
   * Targets that leave, have ended, or whose address another pod owns: waits for no step, since each has a deadline of its
   * own. Recycled addresses first, then by deadline.
   */
  departures: Deregister[];
  /** What stays registered for now though it is not wanted, with the reason. */
  held: Held[];
  /** What does not fit under the quota. */
  unplaced: Target[];
};

type Split = { departures: Deregister[]; remove: Deregister[]; held: Held[] };

/**
 * What to change so that the group holds the wanted targets. Registers first, with two exceptions that the step names:
 * an address that another pod owns now, and a group at its quota. Never goes below the floor by its own hand.
 */
export function planTargets(
  wanted: readonly Target[],
  observed: readonly JudgedTarget[],
  policy: TargetPolicy,
): TargetPlan {
  const present = observed.filter((target) => target.health !== 'draining');
  const registered = new Set(present.map(keyOfTarget));
  const missing = wanted.filter((target) => !registered.has(keyOfTarget(target))).toSorted(byId);
  const parts = split(wanted, present, policy);
  const room = policy.quota - present.length;
  if (missing.length > Math.max(0, room) && policy.mayDeregister)
    return planFull(missing, { ...parts, room, observed });
  const register = registerStep(missing.slice(0, Math.max(0, room)), observed);
  return {
    steps: policy.hasty ? [...parts.remove, ...register] : [...register, ...parts.remove],
    departures: parts.departures,
    held: parts.held,
    unplaced: missing.slice(Math.max(0, room)),
  };
}

/** A group at its quota breaks before it makes: of what is held because it still serves, half may go, the healthy last. */
function planFull(missing: Target[], at: Split & { room: number; observed: readonly JudgedTarget[] }): TargetPlan {
  const going = [...at.departures, ...at.remove];
  const lacking = missing.length - at.room - count(going);
  const leaving = at.held.filter(({ target }) => target.fate === 'leaving');
  const serving = partition(
    leaving,
    ({ target }) => target.health !== 'healthy' && target.health !== 'unavailable',
  ).flat();
  const yielded = serving.slice(0, Math.max(0, Math.min(lacking, Math.floor(serving.length / 2))));
  const goes = new Set(yielded);
  const removed = [
    ...going,
    ...deregisterStep(
      yielded.map(({ target }) => target),
      'it is leaving, and others still serve',
    ),
  ];
  const room = Math.max(0, at.room + count(removed));
  return {
    steps: [...removed.map(atQuota), ...registerStep(missing.slice(0, room), at.observed)],
    departures: [],
    held: at.held.filter((one) => !goes.has(one)),
    unplaced: missing.slice(room),
  };
}

/** How many wanted targets are in the group and can carry its traffic, as far as is known. */
export function carrying(wanted: readonly Target[], present: readonly JudgedTarget[]): number {
  const wants = new Set(wanted.map(keyOfTarget));
  const inUse = present.some((target) => target.health !== 'unused');
  const carries = (target: JudgedTarget): boolean =>
    target.health === 'healthy' || target.health === 'unavailable' || !inUse;
  return present.filter((target) => wants.has(keyOfTarget(target)) && carries(target)).length;
}

function split(wanted: readonly Target[], present: readonly JudgedTarget[], policy: TargetPolicy): Split {
  const unwanted = present.filter((target) => target.fate !== undefined).toSorted(byKey);
  if (!policy.mayDeregister)
    return { departures: [], remove: [], held: hold(unwanted, 'what the cluster wants is not fully known yet') };
  const of = (...fates: JudgedTarget['fate'][]): JudgedTarget[] => unwanted.filter(({ fate }) => fates.includes(fate));
  const healthy = carrying(wanted, present);
  const leaving = planDepartures(of('leaving'), { wanted, present, healthy }, { now: 0, ...policy });
  const replaced = planReplaced(of('deselected'), { healthy, wanted, present }, policy);
  const running = planRunning(of('unready', 'unlisted'), healthy, policy);
  return {
    departures: [
      ...deregisterStep(of('recycled'), 'before any registration: another pod owns the address now'),
      ...deregisterStep(of('ended'), 'it does not serve any more'),
      ...leaving.goes,
    ],
    remove: [...replaced.goes, ...running.goes],
    held: [...leaving.held, ...replaced.held, ...running.held],
  };
}

/** Targets whose pods the Service selects no more: they stay until those it selects now are healthy, and every load balancer node knows. */
function planReplaced(
  targets: JudgedTarget[],
  group: { healthy: number; wanted: readonly Target[]; present: readonly JudgedTarget[] },
  { peak, hasty, now = 0 }: TargetPolicy,
): { goes: Deregister[]; held: Held[] } {
  const { healthy } = group;
  const wanted = group.wanted.length;
  const settledAt = firstSettled(group.wanted, group.present) ?? now;
  const enough = healthy > 0 && (healthy >= wanted || healthy >= floorOf(Math.max(peak, targets.length)));
  if (hasty || (enough && settledAt <= now)) {
    const because = `the Service does not select it, and ${healthy} healthy targets remain`;
    return { goes: deregisterStep(targets, because), held: [] };
  }
  const because = enough
    ? 'the Service does not select it any more, and not every load balancer node may send to those it selects yet'
    : `the Service does not select it any more, and only ${healthy} of ${wanted} that it selects are healthy`;
  return { goes: [], held: hold(targets, because).map((one) => (enough ? { ...one, until: settledAt } : one)) };
}

/** Targets whose pods run, and may come back: no more of them go than the brake lets. */
function planRunning(targets: JudgedTarget[], healthy: number, policy: TargetPolicy) {
  const { peak, removed = 0, released = 'no' } = policy;
  const { floor, may } = weigh({ healthy, running: targets.length, peak, removed, released });
  const sickFirst = partition(targets, ({ health }) => health !== 'healthy' && health !== 'unavailable').flat();
  const because =
    healthy < floor
      ? `it may still run, and only ${healthy} healthy targets would remain (floor ${floor})`
      : `it may still run, and ${removed} that ran were deregistered within ${WINDOW_MS / 1_000} s`;
  return {
    goes: deregisterStep(
      sickFirst.slice(0, may).toSorted(byKey),
      `it is not wanted, and ${healthy} healthy targets remain (floor ${floor})`,
    ),
    held: hold(sickFirst.slice(may), because).map((one) => ({ ...one, braked: true })),
  };
}

function registerStep(targets: Target[], observed: readonly JudgedTarget[]): TargetStep[] {
  if (targets.length === 0) return [];
  const draining = new Set(observed.filter(({ health }) => health === 'draining').map(keyOfTarget));
  const again = targets.filter((target) => draining.has(keyOfTarget(target))).length;
  const because =
    again === 0 ? 'ready, and not in the target group' : `ready, and not in the target group (${again} draining)`;
  return [{ do: 'register', targets, because }];
}

const atQuota = (step: Deregister): Deregister => ({
  ...step,
  because: `before registration, since the group is at its target quota: ${step.because}`,
});

const hold = (targets: JudgedTarget[], because: string): Held[] => targets.map((target) => ({ target, because }));

const count = (steps: Deregister[]): number => steps.reduce((sum, step) => sum + step.targets.length, 0);

const byKey = (a: JudgedTarget, b: JudgedTarget): number => (keyOfTarget(a) < keyOfTarget(b) ? -1 : 1);

function partition<T>(items: T[], test: (item: T) => boolean): [T[], T[]] {
  return [items.filter(test), items.filter((item) => !test(item))];
}
