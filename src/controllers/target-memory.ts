import type { AccessProblem } from '../aws/networking.ts';
import type { TargetGroupObject, TargetGroupStatus } from '../cluster/objects.ts';
import { hashOf } from '../model/canonical.ts';
import type { ConditionReason } from '../model/condition-reasons.ts';
import { type Claim, type Look, STALE_HEALTH_MS, takeLook } from '../model/confirmation.ts';
import type { Network } from '../model/network.ts';
import { byId, keyOfTarget, type RejectionReason, type Selection, type Target } from '../model/target.ts';
import type { JudgedTarget, ObservedTarget } from '../plan/fates.ts';
import { type Peak, raisePeak } from '../plan/floor.ts';

/** A registered target as we remember it; `revived` was draining when it was registered again. */
export type KnownTarget = ObservedTarget & {
  revived?: boolean;
  drainingAt?: number;
  /** When it was deregistered, among registrations and looks: what a look found that was asked for before says nothing. */
  leftOrder?: number;
  /** What proves that its pod is healthy. Absent where nothing was registered for that pod as far as we know. */
  claim?: Claim;
  /** Since when AWS tells this health and reason, as far as we looked, RFC 3339. */
  toldSince?: string;
};

/** A pod whose readiness gate is closed; `since` in monotonic milliseconds. */
type WaitingPod = { pod: string; since: number };

/** What is kept of one target group between passes. Times are monotonic milliseconds unless told otherwise. */
export type GroupMemory = {
  uid: string;
  arn: string;
  /** `nothing`: what else is registered is not known, so nothing may be deregistered. */
  seen: 'nothing' | 'recorded' | 'described';
  /** Something waits until AWS has told what is registered: only AWS knows of targets that drain since before the start. */
  mustSee?: true;
  registered: Map<string, KnownTarget>; // id:port -> target
  refused: Map<string, Refusal>; // id:port -> what AWS said
  terminating: Set<string>; // UIDs of registered pods that were seen terminating
  unlistedSince: Map<string, number>; // id:port -> wall clock
  /** Quota that TooManyTargets taught, and until when it is believed. */
  full?: { quota: number; until: number };
  peak?: Peak;
  /** Looks at AWS since something was registered, the time of the last one, and when the next is due. */
  polls: number;
  lookedAt?: number;
  /** When the last look that was answered was asked for. */
  seenAt?: number;
  pollAt?: number;
  observedAt?: string;
  /** Healthy targets as recorded before the start. */
  recordedHealthy?: number;
  /** Of what is open: node and port pairs, with infinity; of what could not be opened: when to try again. */
  opened: Map<string, number>; // node:port -> monotonic milliseconds
  accessProblems: Map<string, AccessProblem>; // node -> why its rules are not ours to open
  accessError?: string;
  /** Ports that the rules toward nodes must admit, and from where. Absent until it is known what is registered. */
  ports?: Set<number>;
  from?: string;
  lastStatus?: { at: number; status: TargetGroupStatus };
  error?: { reason: ConditionReason; message: string };
  /** The target group is not there, and that was told. */
  goneTold?: boolean;
  /** Acknowledged registrations, deregistrations and looks so far. */
  order: number;
  leavers: Map<string, Leaver>; // UID of a leaving pod -> what is known of its end
  /** Deregistrations of leaving targets that failed, in a row. */
  departTries: number;
  /** What AWS said to the last one of them. */
  departFailure?: string;
  /** Leaving targets that are kept for now, and targets that run and are kept by the brake. */
  holding: number;
  braked: number;
  /** Since when the brake holds. */
  brakedSince?: number;
  /** Of which hold the Service was told, by when it began. */
  brakeTold?: number | undefined;
  /** When targets that run were deregistered, for the brake. */
  removals: number[];
  /** How long AWS may go on telling a failing target healthy. */
  staleMs: number;
  /** Since when AWS answers neither registrations nor looks, and what it says. */
  failing?: { since: number; message: string };
  /** Pods (`namespace/name`) that cannot be targets of the group, and why. */
  leftOut: ReadonlyMap<string, string>;
  /** Pods that wait for their target to be confirmed, by UID: those of all groups. */
  waiting: ReadonlyMap<string, WaitingPod>;
  /** How long the last pods took to start. */
  starts: StartTime[];
  /** Targets (`id:port`) that were ever seen healthy: only where a control believes it, it proves nothing of today's pod. */
  onceHealthy?: Set<string>;
};

/** Seconds of one pod from its creation to ready containers, and from there to a confirmed target. */
export type StartTime = { ready: number; healthy: number };

/** The end of one pod. Monotonic milliseconds. */
export type Leaver = { deletedAt: number; seenAt: number; heldAt?: number; missTold?: boolean };

type Refusal = { uid: string; message: string; until: number; times: number };

export type TargetMemory = {
  groups: Map<string, GroupMemory>; // key of the TargetGroup object -> memory
  networks: Map<string, { network: Network; readAt: number }>; // VPC id -> network
  /** Security groups from which some rule may have become needless. */
  closing: Set<string>;
  /** Pods whose readiness gate is closed, by UID. Written by the readiness lane. */
  waiting: Map<string, WaitingPod>;
};

/** The memory of a process that has just started. */
export const openMemory = (): TargetMemory => ({
  groups: new Map(),
  networks: new Map(),
  closing: new Set(),
  waiting: new Map(),
});

/** The memory of a group; a new one where the object or its target group is another than before. */
export function recall(memory: TargetMemory, key: string, object: TargetGroupObject): GroupMemory {
  const known = memory.groups.get(key);
  const staleMs = staleMsOf(object);
  if (known && known.uid === object.uid && known.arn === object.spec.arn) return Object.assign(known, { staleMs });
  const fresh: GroupMemory = {
    uid: object.uid,
    arn: object.spec.arn,
    seen: 'nothing',
    registered: new Map(),
    refused: new Map(),
    terminating: new Set(),
    unlistedSince: new Map(),
    polls: 0,
    opened: new Map(),
    accessProblems: new Map(),
    order: 0,
    leavers: new Map(),
    departTries: 0,
    holding: 0,
    braked: 0,
    removals: [],
    staleMs,
    leftOut: new Map(),
    waiting: memory.waiting,
    starts: object.status.startSeconds === undefined ? [] : [object.status.startSeconds],
  };
  memory.groups.set(key, fresh);
  return fresh;
}

const staleMsOf = ({ spec: { unhealthyAfter } }: TargetGroupObject): number =>
  unhealthyAfter === undefined ? STALE_HEALTH_MS : unhealthyAfter * 1_000;

/** What `status.registeredHash` holds: the targets of one target group, whatever their health. */
export function hashOfTargets(arn: string, targets: Iterable<{ uid?: string; id: string; port: number }>): string {
  const all = [...targets].map(({ uid = '', id, port }) => ({ uid, id, port }));
  return hashOf({ arn, targets: all.toSorted(byId).map(({ uid, id, port }) => [uid, id, port]) }).slice(0, 16);
}

/** Takes the object's word that exactly the wanted targets are registered, where it recorded their hash. */
export function trustRecord(memory: GroupMemory, object: TargetGroupObject, selection: Selection): boolean {
  const { status } = object;
  if (status.registeredHash !== hashOfTargets(memory.arn, selection.targets)) return false;
  const allHealthy = (status.healthy ?? 0) >= selection.targets.length;
  memory.seen = 'recorded';
  memory.recordedHealthy = status.healthy ?? 0;
  for (const target of selection.targets) {
    remember(memory, target, { health: allHealthy ? 'healthy' : 'unknown' });
    // The hash tells that the target is that pod's, and not whether it was registered for it or for somebody before: it opens no gate.
    claimFor(memory, target, { order: 0, own: false });
  }
  const open = status.conditions?.some(({ type, status: is }) => type === 'NodesReachable' && is === 'True');
  if (open)
    for (const target of [...selection.targets, ...selection.others])
      memory.opened.set(accessKey(target), Number.POSITIVE_INFINITY);
  if (status.observedAt !== undefined) memory.observedAt = status.observedAt;
  return true;
}

/** What a rule toward a node is opened for. */
export const accessKey = ({ node, port }: Pick<Target, 'node' | 'port'>): string => `${node ?? ''}:${port}`;

/** Takes in that AWS acknowledged a registration; `at` in monotonic milliseconds. */
export function noteRegistered(memory: GroupMemory, target: Target, at: number): void {
  const before = memory.registered.get(keyOfTarget(target));
  const stays = before !== undefined && before.uid === target.uid && before.health !== 'draining';
  const own = memory.seen !== 'nothing' && before === undefined;
  remember(memory, target, { health: stays ? before.health : 'initial' });
  memory.order += 1;
  claimFor(memory, target, { order: memory.order, at, own });
  delete memory.failing;
}

function claimFor(memory: GroupMemory, target: Target, made: Pick<Claim, 'order' | 'own' | 'at'>): void {
  const known = memory.registered.get(keyOfTarget(target));
  const claim = { uid: target.uid, ...made, looked: false, confirmed: false };
  if (known) memory.registered.set(keyOfTarget(target), { ...known, claim });
}

/** The claim of the pod that owns the target now. */
export const claimOf = ({ claim, uid }: KnownTarget): Claim | undefined => (claim?.uid === uid ? claim : undefined);

/** Takes in that AWS did not answer; `at` in monotonic milliseconds. */
export function noteFailing(memory: GroupMemory, message: string, at: number): void {
  memory.failing = { since: memory.failing?.since ?? at, message };
}

/** To be called when a look is asked for, before it is: what is acknowledged later is not proven by it. */
export function beginLook(memory: GroupMemory, at: number): Look {
  memory.order += 1;
  return { order: memory.order, at };
}

/** Notes a registered target; one that was draining counts as registered anew. */
function remember(memory: GroupMemory, { id, port, uid, node }: Target, seen: { health: KnownTarget['health'] }): void {
  const key = keyOfTarget({ id, port });
  const revived = memory.registered.get(key)?.health === 'draining';
  memory.registered.set(key, {
    id,
    port,
    uid,
    health: seen.health,
    ...(node === undefined ? {} : { node }),
    ...(revived ? { revived } : {}),
  });
  memory.refused.delete(key);
}

/** What AWS answered to a look; `time` in RFC 3339. */
export type Seen = { targets: readonly ObservedTarget[]; look: Look; time: string };

/** Merges what AWS says into what we know: AWS has the last word on what is registered, we on whose it is. */
export function mergeObserved(memory: GroupMemory, seen: Seen, wanted: readonly Target[]): void {
  const owners = new Map(wanted.map((target) => [keyOfTarget(target), target]));
  const before = memory.registered;
  memory.registered = new Map(
    seen.targets.map((target) => {
      const key = keyOfTarget(target);
      const known = { ...ownerOf(owners.get(key)), ...before.get(key) };
      return [key, merge(memory, { known, target, seen })];
    }),
  );
  for (const [key, known] of before)
    if (!memory.registered.has(key) && (claimOf(known)?.order ?? 0) > seen.look.order)
      memory.registered.set(key, known);
  memory.seen = 'described';
  memory.observedAt = seen.time;
  memory.seenAt = seen.look.at;
  delete memory.failing;
}

type Merge = { known: Partial<KnownTarget>; target: ObservedTarget; seen: Seen };

function merge({ staleMs }: GroupMemory, { known, target, seen }: Merge): KnownTarget {
  const { reason: was, description: _, claim, toldSince, ...rest } = known;
  const same = rest.health === target.health && was === target.reason;
  return {
    ...rest,
    ...target,
    ...((rest.leftOrder ?? 0) > seen.look.order && { health: 'draining' as const }),
    toldSince: (same ? toldSince : undefined) ?? seen.time,
    // AWS may keep showing a target as draining after it was registered again.
    revived: target.health === 'draining' && rest.revived === true,
    ...(claim && { claim: takeLook(claim, seen.look, { health: target.health, staleMs }) }),
  };
}

/** Keeps in mind which targets are healthy now. */
export function noteOnceHealthy(memory: GroupMemory): void {
  memory.onceHealthy ??= new Set();
  for (const [key, { health }] of memory.registered) if (health === 'healthy') memory.onceHealthy.add(key);
}

const ownerOf = (target: Target | undefined): { uid?: string; node?: string } =>
  target ? { uid: target.uid, ...(target.node === undefined ? {} : { node: target.node }) } : {};

/** Keeps the notes on terminating and unlisted targets, and the brake's peak, in step with what was selected. */
export function takeNotes(memory: GroupMemory, selection: Selection, at: { now: number; carrying: number }): void {
  forgetDrained(memory, at.now);
  for (const target of selection.targets) handOver(memory, target);
  noteTerminating(memory, selection);
  noteLeftOut(memory, selection);
  noteUnlisted(memory, new Set([...selection.targets, ...selection.others].map(keyOfTarget)), at.now);
  forgetLeavers(memory);
  memory.peak = raisePeak(memory.peak, at.carrying, at.now);
}

/** Takes in that AWS acknowledged a deregistration: it drains now, and is kept in mind for the rules toward its node. */
export function noteDeregistered(
  memory: GroupMemory,
  target: JudgedTarget,
  at: { now: number; monotonic: number },
): void {
  const key = keyOfTarget(target);
  const known = memory.registered.get(key);
  memory.order += 1;
  if (known) memory.registered.set(key, { ...known, health: 'draining', drainingAt: at.now, leftOrder: memory.order });
  if (target.fate === 'unready' || target.fate === 'unlisted') memory.removals.push(at.monotonic);
  else if (memory.peak) memory.peak.count = Math.max(0, memory.peak.count - 1);
}

function forgetLeavers({ leavers, registered }: GroupMemory): void {
  if (leavers.size === 0) return;
  const uids = new Set(
    [...registered.values()].flatMap(({ uid, health }) => (health === 'draining' ? [] : (uid ?? []))),
  );
  for (const uid of leavers.keys()) if (!uids.has(uid)) leavers.delete(uid);
}

/** The registration serves a new pod at the address; what was seen of its health was the old one's. */
function handOver(memory: GroupMemory, target: Target): void {
  const key = keyOfTarget(target);
  const known = memory.registered.get(key);
  if (known === undefined || known.uid === target.uid) return;
  const keeps = known.uid === undefined || known.health === 'draining';
  const { claim: _, ...rest } = known;
  memory.registered.set(key, { ...rest, ...ownerOf(target), health: keeps ? known.health : 'initial' });
}

/** What no wait changes: such a pod is no target of the group, however ready it is. */
const LEFT_OUT: ReadonlySet<RejectionReason> = new Set([
  'PortNotFound',
  'WrongAddressFamily',
  'NotAnAddress',
  'UnroutableAddress',
]);

function noteLeftOut(memory: GroupMemory, { rejected }: Selection): void {
  const left = rejected.filter(({ reason, what }) => LEFT_OUT.has(reason) && what.startsWith('pod '));
  memory.leftOut = new Map(left.map(({ what, message }) => [what.slice('pod '.length), message]));
}

function noteTerminating(memory: GroupMemory, { others }: Selection): void {
  for (const other of others) if (other.standing !== 'unready') memory.terminating.add(other.uid);
  const uids = new Set([...memory.registered.values()].map(({ uid }) => uid));
  for (const uid of memory.terminating) if (!uids.has(uid)) memory.terminating.delete(uid);
}

function noteUnlisted(memory: GroupMemory, listed: ReadonlySet<string>, now: number): void {
  const unlisted = new Set([...memory.registered.keys()].filter((key) => !listed.has(key)));
  for (const key of memory.unlistedSince.keys()) if (!unlisted.has(key)) memory.unlistedSince.delete(key);
  for (const key of unlisted) if (!memory.unlistedSince.has(key)) memory.unlistedSince.set(key, now);
}

/** The longest deregistration delay (ELB target group attributes). Milliseconds. */
const LONGEST_DRAIN_MS = 3_600_000;

function forgetDrained(memory: GroupMemory, now: number): void {
  for (const [key, { drainingAt, health }] of memory.registered)
    if (health === 'draining' && drainingAt !== undefined && now - drainingAt > LONGEST_DRAIN_MS)
      memory.registered.delete(key);
}
