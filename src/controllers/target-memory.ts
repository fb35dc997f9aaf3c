import type { AccessProblem } from '../aws/networking.ts';
import type { TargetGroupObject, TargetGroupStatus } from '../cluster/objects.ts';
import type { ConditionReason } from '../model/condition-reasons.ts';
import { type Claim, STALE_HEALTH_MS } from '../model/confirmation.ts';
import type { Network } from '../model/network.ts';
import type { Target } from '../model/target.ts';
import type { ObservedTarget } from '../plan/fates.ts';
import type { Peak } from '../plan/floor.ts';

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
  unanswered: Map<string, Unanswered>; // id:port -> a call that AWS may have carried out
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

/** A registration, or a deregistration. What a look found that was asked for after `order` tells whether AWS did it. */
export type Unanswered = { call: 'register' | 'deregister'; target: { uid?: string; node?: string }; order: number };

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
    unanswered: new Map(),
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

/** What a rule toward a node is opened for. */
export const accessKey = ({ node, port }: Pick<Target, 'node' | 'port'>): string => `${node ?? ''}:${port}`;

/** The claim of the pod that owns the target now. */
export const claimOf = ({ claim, uid }: KnownTarget): Claim | undefined => (claim?.uid === uid ? claim : undefined);
