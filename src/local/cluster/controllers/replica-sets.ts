import { Denied, Gone, Retry } from '../../../errors.ts';
import type { NewObject } from '../../../kube/api.ts';
import type { Outcome } from '../../../runtime/workqueue.ts';
import { conditionOf, fromKey, isReady, KINDS, type Pod, type ReplicaSet } from '../objects.ts';
import { matchesLabels } from '../selector.ts';
import { timestamp } from '../timestamp.ts';
import { activePodsOf, type ClusterView, podsOf } from './cluster-view.ts';
import { canonicalJson, generatedName } from './names.ts';
import { podsToDelete } from './pod-order.ts';

/** Makes or deletes pods until there are as many as wanted, and says in the status how many there are. */
export async function reconcileReplicaSet(view: ClusterView, key: string): Promise<Outcome> {
  const set = view.replicaSets.get(key);
  if (set === undefined) return undefined;
  const refusal = set.metadata.deletionTimestamp === undefined ? await scale(view, set) : undefined;
  // Both of one moment: who becomes available while the status is written must be in the next one.
  const counted = { pods: activePodsOf(view, set), now: view.clock.now() };
  await writeStatus(view, set, { ...counted, ...(refusal && { refusal }) });
  if (refusal) throw new Retry(refusal);
  return againWhenAvailable(set, counted);
}

/** `refusal`: why the API server takes no pod of it. */
type Counted = { pods: Pod[]; now: number; refusal?: string };

/** Resolves with what the API server says where it refuses pods. */
async function scale(view: ClusterView, set: ReplicaSet): Promise<string | undefined> {
  const pods = activePodsOf(view, set);
  const missing = (set.spec.replicas ?? 1) - pods.length;
  const create = Array.from({ length: Math.max(0, missing) }, () => createPod(view, set));
  const remove = podsToDelete(pods, Math.max(0, -missing)).map((pod) => deletePod(view, pod));
  const done = await Promise.allSettled([...create, ...remove]);
  const errors = done.flatMap((one) => (one.status === 'rejected' ? [one.reason as unknown] : []));
  const other = errors.find((error) => !(error instanceof Denied));
  if (other !== undefined) throw other;
  return (errors[0] as Denied | undefined)?.message;
}

const isTerminating = ({ metadata, status }: Pod): boolean =>
  metadata.deletionTimestamp !== undefined && status?.phase !== 'Failed' && status?.phase !== 'Succeeded';

async function createPod(view: ClusterView, set: ReplicaSet): Promise<void> {
  const { metadata = {}, spec } = set.spec.template;
  const pod: NewObject = {
    metadata: {
      ...metadata,
      name: generatedName(`${set.metadata.name}-`, view.clock),
      namespace: set.metadata.namespace ?? '',
      ...ownedBy(set, 'apps/v1', 'ReplicaSet'),
    },
    spec,
  };
  view.pods.put((await view.api.create(KINDS.pod, pod)) as Pod);
}

async function deletePod(view: ClusterView, pod: Pod): Promise<void> {
  const { namespace = '', name, uid } = pod.metadata;
  await view.api.delete(KINDS.pod, { namespace, name, uid }).catch(unlessGone);
  if (view.pods.get(`${namespace}/${name}`)?.metadata.uid === uid) view.deleted.add(uid);
}

/** For `.catch`: what was to be deleted and is not there needs nothing more. */
export function unlessGone(error: unknown): void {
  if (!(error instanceof Gone)) throw error;
}

/** Metadata of an object that goes when its owner goes. */
export function ownedBy(owner: { metadata: { name: string; uid: string } }, apiVersion: string, kind: string) {
  const { name, uid } = owner.metadata;
  return { ownerReferences: [{ apiVersion, kind, name, uid, controller: true, blockOwnerDeletion: true }] };
}

async function writeStatus(view: ClusterView, set: ReplicaSet, { pods, now, refusal }: Counted): Promise<void> {
  const ready = pods.filter(isReady);
  const template = set.spec.template.metadata?.labels ?? {};
  const status = {
    replicas: pods.length,
    fullyLabeledReplicas: pods.filter((pod) => matchesLabels(template, pod.metadata.labels)).length || null,
    readyReplicas: ready.length || null,
    availableReplicas: ready.filter((pod) => availableIn(set, pod, now) === 0).length || null,
    terminatingReplicas: podsOf(view, set).filter(isTerminating).length,
    observedGeneration: set.metadata.generation ?? 0,
    conditions: refusal === undefined ? null : [failureOf(set, refusal, view.clock)],
  };
  await writeStatusWhenChanged(view, set, status);
}

/** The first refusal stands until it is over: each try has a pod of another name in its message. */
function failureOf({ status }: ReplicaSet, message: string, clock: ClusterView['clock']) {
  const failed = { type: 'ReplicaFailure', status: 'True', reason: 'FailedCreate', message };
  const before = status?.conditions?.find(({ type }) => type === failed.type);
  return before ?? { ...failed, lastTransitionTime: timestamp(clock) };
}

async function writeStatusWhenChanged(view: ClusterView, set: ReplicaSet, status: object): Promise<void> {
  const wanted = Object.fromEntries(Object.entries(status).filter(([, value]) => value !== null));
  if (canonicalJson(wanted) === canonicalJson(set.status ?? {})) return;
  const key = fromKey(`${set.metadata.namespace}/${set.metadata.name}`);
  const body = { metadata: { uid: set.metadata.uid }, status };
  const written = await view.api.patch(KINDS.replicaSet, key, { type: 'merge', body, subresource: 'status' });
  view.replicaSets.put(written as ReplicaSet);
}

/** Milliseconds until a ready pod counts as available. */
function availableIn(set: ReplicaSet, pod: Pod, now: number): number {
  const wait = (set.spec.minReadySeconds ?? 0) * 1_000;
  const since = Date.parse(conditionOf(pod, 'Ready')?.lastTransitionTime ?? '');
  return wait === 0 ? 0 : Math.max(0, since + wait - now);
}

function againWhenAvailable(set: ReplicaSet, { pods, now }: Counted): Outcome {
  const waits = pods.filter(isReady).map((pod) => availableIn(set, pod, now));
  const next = Math.min(...waits.filter((wait) => wait > 0));
  return Number.isFinite(next) ? { again: next } : undefined;
}
