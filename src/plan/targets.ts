import { byId, keyOfTarget, type Target } from '../model/target.ts';
import { floorOf } from './floor.ts';
import type { JudgedTarget } from './fates.ts';

/** One thing to do to a target group, and why. */
export type TargetStep =
  | { do: 'register'; targets: Target[]; because: string }
  | { do: 'deregister'; targets: JudgedTarget[]; because: string };

export type TargetPolicy = {
  /** Targets the group may hold (AWS quota, or what TooManyTargets taught us). */
  quota: number;
  /** The most wanted targets seen healthy within the last window: what the brake measures against. */
  peak: number;
  /** False until the stores are full and the group's registered targets are known: then nothing is deregistered. */
  mayDeregister: boolean;
};

export type TargetPlan = {
  steps: TargetStep[];
  /** What stays registered for now though it is not wanted, with the reason. */
  held: { target: JudgedTarget; because: string }[];
  /** What does not fit under the quota. */
  unplaced: Target[];
};

type Deregister = Extract<TargetStep, { do: 'deregister' }>;
type Split = { remove: Deregister[]; urgent: Deregister[]; held: TargetPlan['held'] };

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
  const room = policy.quota - present.length + count(parts.urgent);
  if (missing.length > Math.max(0, room) && policy.mayDeregister)
    return planFull(missing, { ...parts, room, observed });
  const register = registerStep(missing.slice(0, Math.max(0, room)), observed);
  return {
    steps: [...parts.urgent, ...register, ...parts.remove],
    held: parts.held,
    unplaced: missing.slice(Math.max(0, room)),
  };
}

/** A group at its quota breaks before it makes: of what is held because it still serves, half may go, the healthy last. */
function planFull(missing: Target[], at: Split & { room: number; observed: readonly JudgedTarget[] }): TargetPlan {
  const lacking = missing.length - at.room - count(at.remove);
  const leaving = at.held.filter(({ target }) => target.fate === 'leaving');
  const serving = partition(
    leaving,
    ({ target }) => target.health !== 'healthy' && target.health !== 'unavailable',
  ).flat();
  const yielded = serving.slice(0, Math.max(0, Math.min(lacking, Math.floor(serving.length / 2))));
  const goes = new Set(yielded);
  const removed = [
    ...at.remove,
    ...deregisterStep(
      yielded.map(({ target }) => target),
      'it is leaving, and others still serve',
    ),
  ];
  const room = Math.max(0, at.room + count(removed));
  return {
    steps: [...at.urgent, ...removed.map(atQuota), ...registerStep(missing.slice(0, room), at.observed)],
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
    return { remove: [], urgent: [], held: hold(unwanted, 'what the cluster wants is not fully known yet') };
  const of = (...fates: JudgedTarget['fate'][]): JudgedTarget[] => unwanted.filter(({ fate }) => fates.includes(fate));
  const healthy = carrying(wanted, present);
  const running = of('unready', 'unlisted');
  const floor = floorOf(Math.max(policy.peak, healthy + running.length));
  const enough = healthy >= floor;
  const [needed, idle] = healthy > 0 ? [[], of('leaving')] : partition(of('leaving'), takesTraffic(wanted, present));
  return {
    urgent: deregisterStep(of('recycled'), 'before any registration: another pod owns the address now'),
    remove: [
      ...deregisterStep(of('ended'), 'it does not serve any more'),
      ...deregisterStep(idle, `it is leaving, and ${healthy} healthy targets remain without it`),
      ...deregisterStep(
        enough ? running : [],
        `it is not wanted, and ${healthy} healthy targets remain (floor ${floor})`,
      ),
    ],
    held: [
      ...hold(needed, 'it still serves, and without it no healthy target would remain'),
      ...hold(
        enough ? [] : running,
        `it may still run, and only ${healthy} healthy targets would remain (floor ${floor})`,
      ),
    ],
  };
}

/** A leaving target that takes no traffic itself leaves nothing empty, as long as others are there. */
function takesTraffic(wanted: readonly Target[], present: readonly JudgedTarget[]): (target: JudgedTarget) => boolean {
  const wants = new Set(wanted.map(keyOfTarget));
  const others = present.some((target) => wants.has(keyOfTarget(target)));
  return (target) =>
    !others || target.health === 'healthy' || target.health === 'unknown' || target.health === 'unavailable';
}

function registerStep(targets: Target[], observed: readonly JudgedTarget[]): TargetStep[] {
  if (targets.length === 0) return [];
  const draining = new Set(observed.filter(({ health }) => health === 'draining').map(keyOfTarget));
  const again = targets.filter((target) => draining.has(keyOfTarget(target))).length;
  const because =
    again === 0 ? 'ready, and not in the target group' : `ready, and not in the target group (${again} draining)`;
  return [{ do: 'register', targets, because }];
}

const deregisterStep = (targets: JudgedTarget[], because: string): Deregister[] =>
  targets.length === 0 ? [] : [{ do: 'deregister', targets, because }];

const atQuota = (step: Deregister): Deregister => ({
  ...step,
  because: `before registration, since the group is at its target quota: ${step.because}`,
});

const hold = (targets: JudgedTarget[], because: string): TargetPlan['held'] =>
  targets.map((target) => ({ target, because }));

const count = (steps: Deregister[]): number => steps.reduce((sum, step) => sum + step.targets.length, 0);

const byKey = (a: JudgedTarget, b: JudgedTarget): number => (keyOfTarget(a) < keyOfTarget(b) ? -1 : 1);

function partition<T>(items: T[], test: (item: T) => boolean): [T[], T[]] {
  return [items.filter(test), items.filter((item) => !test(item))];
}
