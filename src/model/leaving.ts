import { type DrainBudget, type Pod, type Service, selects } from '../cluster/objects.ts';
import { deadlinesOf, holdOf, IP_COOLDOWN, type StartSeconds } from './drain/budget.ts';

/** Milliseconds of a clock that only grows, here the operator's own. */
type Instant = number;

/** When a leaving pod is to be deregistered, in the operator's monotonic time: no clock that is set can move it. */
export type Departure = {
  deletedAt: Instant;
  /** Its containers get SIGTERM. */
  sigtermAt: Instant;
  /** Until when a replacement is waited for while others serve; the deletion where nothing is to be waited for. */
  normalAt: Instant;
  /** Until when the last one is kept: as late as the load balancer's nodes allow. */
  lastAt: Instant;
  /** Seconds until every load balancer node acts on a deregistration. */
  propagation: number;
};

/** Whether the pod will stop serving, or has: it is deleted, the kubelet ends it, or it has ended. */
export const isLeaving = ({ deletionTimestamp, endedByKubelet, phase }: Pod): boolean =>
  deletionTimestamp !== undefined || endedByKubelet || hasEnded(phase);

const hasEnded = (phase: string): boolean => phase === 'Failed' || phase === 'Succeeded';

/** Whether the containers of a leaving pod still answer. The kubelet says nothing of how long those last that it ends itself. */
export const stillServes = ({ containersReady, endedByKubelet, phase }: Pod): boolean =>
  containersReady && !endedByKubelet && !hasEnded(phase);

/** The clock of the API server and our own, read at the same moment. Milliseconds. */
export type Clocks = { monotonic: Instant; server: number };

/** An instant of the API server's clock in our time, never in the future. */
export const instantOf = (time: number, { monotonic, server }: Clocks): Instant =>
  monotonic - Math.max(0, server - time);

/** The deadlines of a pod whose deletion was at `deletedAt`; undefined for one that is not deleted. */
export function departureOf(
  pod: Pod,
  budget: DrainBudget,
  at: { deletedAt: Instant; start: StartSeconds },
): Departure | undefined {
  const times = deadlinesOf(pod, budget, at.start);
  if (times === undefined) return undefined;
  const inOurs = (time: number): Instant => at.deletedAt + time - times.deletedAt;
  return {
    deletedAt: at.deletedAt,
    sigtermAt: inOurs(times.sigtermAt),
    normalAt: holdOf(budget, at.start) > 0 ? inOurs(times.normalAt) : at.deletedAt,
    lastAt: inOurs(times.lastAt),
    propagation: budget.propagation,
  };
}

/** What decides about the leaving targets of a group. */
export type Company = {
  /** Healthy targets that do not leave. */
  healthy: number;
  /** How many were healthy before any left. */
  before: number;
  /** When the first of the healthy ones is known to every load balancer node; absent where one has long been. */
  settledAt?: Instant | undefined;
  /** When the first of the pods that are on their way is expected to be healthy: Infinity when nobody can say, undefined when none is. */
  replacedAt: Instant | undefined;
};

export type LeavingVerdict = { goes: boolean; because: string; until?: Instant };

/** Healthy targets that must remain without the one that leaves. */
const GUARD = 1;

/** Whether a target that leaves and still serves goes now, and why; else until when it is kept at most. */
export function judgeLeaving(departure: Departure | undefined, company: Company, now: Instant): LeavingVerdict {
  const { healthy } = company;
  if (departure !== undefined && now >= departure.sigtermAt) return goes('it does not serve any more: SIGTERM is due');
  if (departure !== undefined && healthy >= GUARD && now < settledBy(departure, company))
    return keeps('not every load balancer node may send to the healthy ones yet', settledBy(departure, company));
  if (healthy >= GUARD) return judgeAmongOthers(departure, company, now);
  if (departure === undefined)
    return { goes: false, because: 'it still serves, and without it no healthy target would remain' };
  return judgeLast(departure, company, now);
}

const settledBy = ({ lastAt }: Departure, { settledAt = Number.NEGATIVE_INFINITY }: Company): Instant =>
  Math.min(settledAt, lastAt);

/** The wait for a replacement takes nothing from the time that the load balancer's nodes need. */
function judgeAmongOthers(
  departure: Departure | undefined,
  { healthy, before }: Company,
  now: Instant,
): LeavingVerdict {
  const until = departure === undefined ? now : Math.min(departure.normalAt, departure.lastAt);
  if (now < until && healthy < before)
    return keeps(`its replacement is waited for until its deadline: ${healthy} of ${before} are healthy`, until);
  return goes(`it is leaving, and ${healthy} healthy targets remain without it`);
}

function judgeLast(departure: Departure, { replacedAt }: Company, now: Instant): LeavingVerdict {
  const { lastAt, sigtermAt, propagation } = departure;
  if (now < lastAt)
    return keeps(
      'it still serves, and without it no healthy target would remain: kept until its last deadline',
      lastAt,
    );
  if (replacedAt === undefined) return goes('its last deadline is reached, and no replacement is on its way');
  if (replacedAt <= sigtermAt)
    return goes('its last deadline is reached, and its replacement is expected to be healthy before SIGTERM');
  if (propagation > IP_COOLDOWN)
    return goes('its last deadline is reached, and its address may soon be used by another pod');
  return keeps('its replacement is expected too late: kept until SIGTERM', sigtermAt);
}

const goes = (because: string): LeavingVerdict => ({ goes: true, because });
const keeps = (because: string, until: Instant): LeavingVerdict => ({ goes: false, because, until });

/**
 * When the first pod of the Service that is on its way is expected to be healthy; undefined when none is. `carries` tells of those that
 * are healthy already.
 */
export function predictReplacement(
  pods: readonly Pod[],
  of: { service: Pick<Service, 'selector'>; start: StartSeconds; carries: (pod: Pod) => boolean },
  clocks: Clocks,
): Instant | undefined {
  const coming = pods.filter((pod) => selects(of.service, pod.labels) && !isLeaving(pod) && !of.carries(pod));
  const times = coming.map((pod) => healthyAt(pod, of.start, clocks));
  return times.length === 0 ? undefined : Math.min(...times);
}

/** What is overdue is expected at any moment for half as long again as it takes, then nobody can say. */
function healthyAt(pod: Pod, start: StartSeconds, clocks: Clocks): Instant {
  if (start === undefined) return Number.POSITIVE_INFINITY;
  const isReady = pod.containersReady && pod.containersReadyAt !== undefined;
  const since = instantOf(Date.parse(isReady ? (pod.containersReadyAt ?? '') : pod.created), clocks);
  const takes = (isReady ? start.healthy : start.ready + start.healthy) * 1_000;
  const overdue = clocks.monotonic > since + takes * 1.5;
  return overdue || Number.isNaN(since) ? Number.POSITIVE_INFINITY : Math.max(clocks.monotonic, since + takes);
}
