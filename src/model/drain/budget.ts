import type { DrainBudget, Pod, TargetGroupSpec, TargetGroupStatus } from '../../cluster/objects.ts';

/** p95 of how long a pod of a group takes to be ready and then healthy; absent while nothing was measured. */
export type StartSeconds = TargetGroupStatus['startSeconds'];

export type LoadBalancerType = NonNullable<TargetGroupSpec['loadBalancerType']>;

/** Where the budget of every group starts from. Seconds. */
export type DrainSettings = Omit<DrainBudget, 'propagation' | 'margin'> & {
  propagation: Record<LoadBalancerType, number>;
  margin: Record<LoadBalancerType, number>;
  /** The longest request that is waited for when a target is deregistered. */
  maxRequest: number;
};

/** `hold: auto` waits no longer than this. Seconds. */
const LONGEST_HOLD = 180;
/** VPC CNI, `IP_COOLDOWN_PERIOD`: an address of a pod that ended is given to no other pod for so long. Seconds. */
export const IP_COOLDOWN = 30;

/**
 * How long a replacement is waited for. Seconds; 0 for `auto` while nothing was measured. A replacement that is healthy may still be unknown
 * to some load balancer node; what the last one of a group borrows of the controller gap covers part of that wait.
 */
export function holdOf({ hold, propagation, controllerGap }: DrainBudget, start: StartSeconds): number {
  if (hold !== 'auto') return hold;
  if (start === undefined) return 0;
  const known = Math.max(start.healthy, propagation - controllerGap);
  return Math.min(LONGEST_HOLD, start.ready + known);
}

/** Seconds a pod must go on serving after its deletion: a whole number, since Kubernetes sleeps whole seconds. */
export function preStopOf(budget: DrainBudget, start?: StartSeconds): number {
  const { detect, controllerGap, propagation, margin } = budget;
  const sum = detect + holdOf(budget, start) + controllerGap + propagation + margin;
  return Math.ceil(toMillis(sum)); // 0.4 + 4 + 4 + 0.6 is a little more than 9 in binary
}

const toMillis = (seconds: number): number => Math.round(seconds * 1_000) / 1_000;

/** The need that stands, unless the new one differs enough: a measured hold wanders, and each change costs a rollout. */
export function settledPreStop(needed: number, { standing, hold }: { standing?: number; hold: DrainBudget['hold'] }) {
  if (hold !== 'auto' || standing === undefined) return needed;
  const change = Math.abs(needed - standing);
  return change < 5 || change < standing * 0.1 ? standing : needed;
}

/** ELBv2: `deregistration_delay.timeout_seconds` is 0 to 3600; below 30 a long request would be cut. */
const DELAY = { least: 30, step: 30, most: 3_600 } as const;

/** Deregistration delay of a group that is ours: the load balancer's nodes learn of it, and the longest request ends. Seconds. */
export function deregistrationDelayOf({
  propagation,
  maxRequest,
}: {
  propagation: number;
  maxRequest: number;
}): number {
  const rounded = Math.ceil(toMillis(propagation + maxRequest) / DELAY.step) * DELAY.step;
  return Math.min(DELAY.most, Math.max(DELAY.least, rounded));
}

/** The longest delay after which a draining entry is surely gone before its address belongs to another pod. Seconds, exclusive. */
export const delayLimitOf = (budget: DrainBudget): number => toMillis(preStopOf(budget) + IP_COOLDOWN - budget.detect);

/** kube-proxy: until an endpoint that terminates gets no new connection on any node. Seconds. */
const NODE_PORT_SYNC = 15;
/** From a failed health check until the load balancer sends no more. Seconds. */
const REACTION: Record<LoadBalancerType, number> = { application: 10, network: 40 };

export type NodePorts = {
  policy: 'Cluster' | 'Local';
  healthCheck: { intervalSeconds: number; unhealthyThreshold: number };
  loadBalancerType: LoadBalancerType;
};

/**
 * The budget where nodes are the targets: neither we nor the AWS API is in the path of a pod's end. With policy Cluster every kube-proxy
 * must have let go of the pod; with Local the health check of its node must have failed. Such pods carry no gate: nodes are healthy without them.
 */
export function nodePortBudget(budget: DrainBudget, { policy, healthCheck, loadBalancerType }: NodePorts): DrainBudget {
  const { intervalSeconds, unhealthyThreshold } = healthCheck;
  const failed = intervalSeconds * unhealthyThreshold + REACTION[loadBalancerType];
  const propagation = policy === 'Cluster' ? NODE_PORT_SYNC : failed;
  return { ...budget, detect: 0, hold: 0, controllerGap: 0, propagation, margin: 0, gate: false };
}

/** Seconds before SIGTERM that all of the pod's containers still serve: the shortest counts, and one that is unknown counts as none. */
export const effectivePreStop = ({ preStops }: Pick<Pod, 'preStops'>): number =>
  preStops.length === 0 ? 0 : Math.min(...preStops.map(({ seconds }) => seconds));

/** When a deleted pod is to be deregistered. Milliseconds since 1970, of the API server's clock. */
export type Deadlines = {
  deletedAt: number;
  sigtermAt: number;
  endsAt: number;
  /** As long as another target is healthy. */
  normalAt: number;
  /** For the last one: it borrows the time that is kept for the operator's own restart. */
  lastAt: number;
};

type Leaving = Pick<Pod, 'deletionTimestamp' | 'deletionGraceSeconds' | 'preStops'>;

/** The deadlines of a pod that is being deleted; undefined for one that is not. */
export function deadlinesOf(pod: Leaving, budget: DrainBudget, start?: StartSeconds): Deadlines | undefined {
  if (pod.deletionTimestamp === undefined) return undefined;
  const grace = pod.deletionGraceSeconds ?? 0;
  const endsAt = Date.parse(pod.deletionTimestamp);
  const deletedAt = endsAt - grace * 1_000;
  const sigtermAt = deletedAt + Math.min(effectivePreStop(pod), grace) * 1_000;
  return {
    deletedAt,
    sigtermAt,
    endsAt,
    normalAt: deletedAt + (budget.detect + holdOf(budget, start)) * 1_000,
    lastAt: sigtermAt - (budget.propagation + budget.margin) * 1_000,
  };
}
