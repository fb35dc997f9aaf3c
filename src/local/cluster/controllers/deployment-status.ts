import { transitionTime } from '../../../kube/write.ts';
import type { Clock } from '../../../runtime/clock.ts';
import { type Condition, conditionOf, type Deployment, type DeploymentStatus, type ReplicaSet } from '../objects.ts';
import { timestamp } from '../timestamp.ts';
import { rollingLimits } from './rollout.ts';

type Counts = Required<
  Pick<DeploymentStatus, 'replicas' | 'updatedReplicas' | 'readyReplicas' | 'availableReplicas' | 'unavailableReplicas'>
>;
type Sets = { current: ReplicaSet | undefined; all: ReplicaSet[] };
/** What the current pass did to the ReplicaSet of the present template. */
export type Note = { reason: 'NewReplicaSetCreated'; name: string };

const count = (sets: ReplicaSet[], of: (status: NonNullable<ReplicaSet['status']>) => number | undefined): number =>
  sets.reduce((sum, set) => sum + (of(set.status ?? {}) ?? 0), 0);

export function countsOf(deployment: Deployment, { current, all }: Sets): Counts {
  const wanted = all.reduce((sum, set) => sum + (set.spec.replicas ?? 1), 0);
  const available = count(all, (status) => status.availableReplicas);
  return {
    replicas: count(all, (status) => status.replicas),
    updatedReplicas: current?.status?.replicas ?? 0,
    readyReplicas: count(all, (status) => status.readyReplicas),
    availableReplicas: available,
    unavailableReplicas: Math.max(0, wanted - available),
  };
}

/** Whether the rollout is over: all wanted pods are of the present template, available, and nothing else is left. */
export function isComplete(deployment: Deployment, counts: Counts): boolean {
  const wanted = deployment.spec.replicas ?? 1;
  const { replicas, updatedReplicas, availableReplicas } = counts;
  return updatedReplicas === wanted && replicas === wanted && availableReplicas === wanted;
}

/** The whole status. Zeros are left out, as the API server's own types do. */
export function deploymentStatus(
  deployment: Deployment,
  sets: Sets,
  pass: { clock: Clock; note?: Note },
): DeploymentStatus {
  const counts = countsOf(deployment, sets);
  const stamp = stamper(deployment, pass.clock);
  const conditions = [stamp(available(deployment, counts)), stamp(progressing(deployment, sets, { counts, ...pass }))];
  const order = (deployment.status?.conditions ?? []).map(({ type }) => type);
  return {
    observedGeneration: deployment.metadata.generation ?? 0,
    ...Object.fromEntries(Object.entries(counts).filter(([, value]) => value > 0)),
    terminatingReplicas: count(sets.all, (status) => status.terminatingReplicas),
    conditions: conditions.toSorted((a, b) => order.indexOf(a.type) - order.indexOf(b.type)),
  };
}

function available(deployment: Deployment, { availableReplicas }: Counts): Condition {
  const least = (deployment.spec.replicas ?? 1) - rollingLimits(deployment).unavailable;
  const enough = availableReplicas >= least;
  return {
    type: 'Available',
    status: enough ? 'True' : 'False',
    reason: enough ? 'MinimumReplicasAvailable' : 'MinimumReplicasUnavailable',
    message: enough ? 'Deployment has minimum availability.' : 'Deployment does not have minimum availability.',
  };
}

type Progress = { counts: Counts; clock: Clock; note?: Note };

type Reason = { status: 'True' | 'False'; reason: string; message: string };

function progressing(deployment: Deployment, sets: Sets, progress: Progress): Condition {
  const before = conditionOf(deployment, 'Progressing');
  const name = sets.current?.metadata.name ?? '';
  const reason = newProgress(deployment, sets, { ...progress, before })?.(name);
  return reason === undefined && before !== undefined ? before : { type: 'Progressing', ...(reason ?? MOVES(name)) };
}

const DONE = (name: string): Reason => {
  return {
    status: 'True',
    reason: 'NewReplicaSetAvailable',
    message: `ReplicaSet "${name}" has successfully progressed.`,
  };
};
const MOVES = (name: string): Reason => {
  return { status: 'True', reason: 'ReplicaSetUpdated', message: `ReplicaSet "${name}" is progressing.` };
};
const CREATED = (name: string): Reason => {
  return { status: 'True', reason: 'NewReplicaSetCreated', message: `Created new replica set "${name}"` };
};
const OVERDUE = (name: string): Reason => {
  return {
    status: 'False',
    reason: 'ProgressDeadlineExceeded',
    message: `ReplicaSet "${name}" has timed out progressing.`,
  };
};

/** What is to be said of the rollout now; undefined when what was said before still holds. */
function newProgress(
  deployment: Deployment,
  { current }: Sets,
  { counts, clock, note, before }: Progress & { before: Condition | undefined },
): ((name: string) => Reason) | undefined {
  const wasDone = before?.reason === 'NewReplicaSetAvailable';
  if (current !== undefined && isComplete(deployment, counts)) return DONE;
  // Scaling, or a pod lost after the rollout was over, is not a rollout.
  if (wasDone && counts.replicas === counts.updatedReplicas) return undefined;
  if (hasMoved(deployment, counts)) return MOVES;
  if (note !== undefined) return CREATED;
  if (isOverdue(deployment, clock)) return OVERDUE;
  return wasDone ? MOVES : undefined;
}

function hasMoved({ status = {} }: Deployment, counts: Counts): boolean {
  const was = (field: keyof Counts) => status[field] ?? 0;
  const old = was('replicas') - was('updatedReplicas');
  return (
    counts.updatedReplicas > was('updatedReplicas') ||
    counts.replicas - counts.updatedReplicas < old ||
    counts.readyReplicas > was('readyReplicas') ||
    counts.availableReplicas > was('availableReplicas')
  );
}

const FOREVER = 2_147_483_647; // what the API server takes for "no deadline"

/** Milliseconds until a rollout that does not move counts as failed; undefined when it may take for ever. */
export function deadlineIn(deployment: Deployment, clock: Clock): number | undefined {
  const seconds = deployment.spec.progressDeadlineSeconds ?? 600;
  const since = Date.parse(conditionOf(deployment, 'Progressing')?.lastUpdateTime ?? '');
  if (seconds >= FOREVER || deployment.spec.paused || Number.isNaN(since)) return undefined;
  return since + seconds * 1_000 - clock.now();
}

function isOverdue(deployment: Deployment, clock: Clock): boolean {
  const before = conditionOf(deployment, 'Progressing');
  if (before?.reason === 'ProgressDeadlineExceeded') return true;
  if (before?.reason === 'NewReplicaSetAvailable') return false;
  return (deadlineIn(deployment, clock) ?? 1) <= 0;
}

/** Gives a condition its times: those it had, unless it says something new or the rollout has moved. */
function stamper(deployment: Deployment, clock: Clock): (condition: Condition) => Condition {
  const now = timestamp(clock);
  return (condition) => {
    const before = conditionOf(deployment, condition.type);
    if (before !== undefined && (condition === before || saysTheSame(condition, before))) return before;
    const lastTransitionTime = transitionTime(before, condition.status, now);
    return { ...condition, lastUpdateTime: now, lastTransitionTime };
  };
}

const saysTheSame = (a: Condition, b: Condition): boolean =>
  a.status === b.status && a.reason === b.reason && a.message === b.message && a.reason !== 'ReplicaSetUpdated';
