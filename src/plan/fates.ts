import type { Pod } from '../cluster/objects.ts';
import { type Departure, isLeaving, stillServes } from '../model/leaving.ts';
import { keyOfTarget, type Selection, type Target, type TargetHealth } from '../model/target.ts';

export type { TargetHealth } from '../model/target.ts';

/** A target as AWS has it, with the pod we registered it for where we know that. */
export type ObservedTarget = {
  id: string;
  port: number;
  health: TargetHealth;
  uid?: string;
  node?: string;
  /** Why AWS tells that health: `Target.NotInUse`, and its sentence. */
  reason?: string;
  description?: string;
};

/**
 * Why a registered target is not wanted any more:
 *
 * | fate | meaning |
 * |---|---|
 * | leaving | terminating, and still serving |
 * | ended | will not serve again |
 * | unready | runs, and is not ready |
 * | deselected | runs, and its Service does not select it any more |
 * | unlisted | in no EndpointSlice, and was never seen terminating: it may still run |
 * | recycled | its address belongs to another pod now |
 */
export type Fate = 'leaving' | 'ended' | 'unready' | 'deselected' | 'unlisted' | 'recycled';

export type JudgedTarget = ObservedTarget & {
  fate?: Fate;
  /** When it is to go, of one that is leaving and whose pod is known. */
  departure?: Departure;
  /**
   * Until when some load balancer node may not send to it yet although AWS says that it is healthy: each acts on a change in
   * its own time. Monotonic milliseconds; absent where it was healthy long before.
   */
  settledAt?: number;
};

/** How long an unlisted target is kept for want of a replacement. Milliseconds. */
export const UNLISTED_MS = 300_000;

/** What the fates hang on besides the selection. */
export type Circumstances = {
  targetType: 'ip' | 'instance';
  /** Whether the Service has an EndpointSlice at all. Without one an unlisted target proves nothing. */
  listed: boolean;
  /** UIDs of the pods that now own an address, without those that terminate. */
  ownersOf: (address: string) => string[];
  /** What is known of a pod by its UID: `gone` where all pods are known and it is not among them. */
  podOf?: (uid: string) => Pod | 'gone' | undefined;
  /** Of pods that have an address the one that leaves, where all of them do. */
  leaverAt?: (address: string) => Pod | undefined;
  /** Of whose pods the Service selects some. */
  namespace?: string;
  /** Whether the Service selects the pod. */
  selectsPod?: (pod: Pod) => boolean;
  /** Whether another Service that has a target group selects the pod. */
  isSelectedElsewhere?: (pod: Pod) => boolean;
  /** Whether another pod of the Service takes the place of the target at the very same address: one on the node's own network. */
  isReplacedInPlace?: (target: ObservedTarget) => boolean;
  /** UIDs of pods that were seen terminating. */
  seenTerminating: ReadonlySet<string>;
  /** Since when a target is unlisted, by its key; wall clock, milliseconds. */
  unlistedSince: ReadonlyMap<string, number>;
  /** Instance ids of the nodes that the cluster has. */
  instances: ReadonlySet<string>;
  now: number;
};

/** Gives each registered target that is not wanted its fate. */
export function judgeFates(
  observed: readonly ObservedTarget[],
  selection: Pick<Selection, 'targets' | 'others'>,
  circumstances: Circumstances,
): JudgedTarget[] {
  const wanted = new Set(selection.targets.map(keyOfTarget));
  const isServed = observed.some((target) => wanted.has(keyOfTarget(target)) && target.health === 'healthy');
  const others = new Map(selection.others.map((other) => [keyOfTarget(other), other]));
  return observed.map((target) => {
    if (wanted.has(keyOfTarget(target))) return target;
    const other = others.get(keyOfTarget(target));
    if (circumstances.isReplacedInPlace?.(target)) return target;
    if (other !== undefined && standsFor(target, other.uid, circumstances))
      return { ...target, uid: other.uid, fate: other.standing };
    const leaver = target.uid === undefined ? circumstances.leaverAt?.(target.id) : undefined;
    if (leaver !== undefined) return { ...target, uid: leaver.uid, fate: stillServes(leaver) ? 'leaving' : 'ended' };
    const deselected = isServed ? undefined : deselectedAt(target, circumstances);
    if (deselected !== undefined) return { ...target, uid: deselected.uid, fate: 'deselected' };
    return { ...target, fate: fateOfUnlisted(target, circumstances) };
  });
}

/**
 * Whether the target stands for the pod that now has its address: it was registered for it, or nobody knows for which, as after a
 * start, or for one that is gone, since the pod that took over was no sooner there than it began to leave.
 */
function standsFor({ uid }: ObservedTarget, other: string, { podOf }: Circumstances): boolean {
  return uid === undefined || uid === other || (podOf?.(uid) === 'gone' && typeof podOf(other) === 'object');
}

function fateOfUnlisted(target: ObservedTarget, circumstances: Circumstances): Fate {
  if (circumstances.targetType === 'instance') return circumstances.instances.has(target.id) ? 'unlisted' : 'ended';
  if (isRecycled(target, circumstances)) return 'recycled';
  const pod = target.uid ? circumstances.podOf?.(target.uid) : undefined;
  if (pod === 'gone') return 'ended';
  if (pod !== undefined) return fateOfPod(target, pod, circumstances);
  if (target.uid && circumstances.seenTerminating.has(target.uid)) return 'ended';
  return circumstances.listed && isOverdue(target, circumstances) ? 'ended' : 'unlisted';
}

/**
 * The running pod of the namespace that has the address, where nobody knows for whom the target was registered, as after a start: the
 * Service may have selected it until lately, and without such pods the group could be empty until those it selects now are healthy.
 * One that another target group's Service selects has the address from a pod that is gone.
 */
function deselectedAt(target: ObservedTarget, circumstances: Circumstances): Pod | undefined {
  const { ownersOf, podOf, namespace, listed, targetType, isSelectedElsewhere } = circumstances;
  if (targetType === 'instance' || target.uid !== undefined || !listed) return undefined;
  const pods = ownersOf(target.id).flatMap((uid) => podOf?.(uid) ?? []);
  return pods
    .filter((pod) => pod !== 'gone')
    .find((pod) => pod.namespace === namespace && isSelectedElsewhere?.(pod) !== true);
}

/** The pod is there, and in no EndpointSlice: what it says of itself counts, and a Service that selects it may list it again. */
function fateOfPod(target: ObservedTarget, pod: Pod, circumstances: Circumstances): Fate {
  if (isLeaving(pod)) return stillServes(pod) ? 'leaving' : 'ended';
  if (circumstances.selectsPod?.(pod) !== false) return 'unlisted';
  return isOverdue(target, circumstances) ? 'ended' : 'deselected';
}

function isOverdue(target: ObservedTarget, { unlistedSince, now }: Circumstances): boolean {
  const since = unlistedSince.get(keyOfTarget(target)) ?? now;
  return now - since >= UNLISTED_MS;
}

/** Of a target whose pod we do not know, an owner elsewhere says something only where this Service's own endpoints are there. */
function isRecycled(target: ObservedTarget, { ownersOf, listed }: Circumstances): boolean {
  const owners = ownersOf(target.id);
  if (owners.length === 0) return false;
  return target.uid === undefined ? listed : !owners.includes(target.uid);
}

/** Whether a target of one pod now stands for another: the registration holds, what was seen of its health does not. */
export const changedHands = (observed: ObservedTarget, wanted: Target): boolean =>
  observed.uid !== undefined && observed.uid !== wanted.uid;
