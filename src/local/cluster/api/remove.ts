import type { KubeObject } from '../../../kube/api.ts';
import { type Cluster, present } from './state.ts';
import { timestampAt } from '../timestamp.ts';
import type { Kind } from './kinds.ts';
import { listObjects, type ListOptions } from './read.ts';
import { INSTANCE_CLEANUP } from './rules/definition.ts';
import { at } from './rules/rules.ts';
import { conflict, type Status } from './status.ts';
import { storeKey } from './store.ts';
import { currentObject, isReleased } from './write.ts';

/** The body or query of a delete. */
export type DeleteOptions = {
  gracePeriodSeconds?: number;
  propagationPolicy?: 'Background' | 'Foreground' | 'Orphan';
  orphanDependents?: boolean;
  preconditions?: { uid?: string; resourceVersion?: string };
  dryRun?: readonly string[];
};

/** Finalizers that a deletion adds by itself. */
function holds(kind: Kind, options: DeleteOptions): string[] {
  const policy = HOLDS[options.propagationPolicy ?? (options.orphanDependents ? 'Orphan' : '')];
  const cleanup = kind.kind === 'CustomResourceDefinition' && kind.builtIn ? [INSTANCE_CLEANUP] : [];
  return policy ? [...cleanup, policy] : cleanup;
}

const HOLDS: Record<string, string> = { Foreground: 'foregroundDeletion', Orphan: 'orphan' };

/** Deletes the object, or marks it as deleted while a finalizer or a pod's grace period holds it. */
export function deleteObject(
  cluster: Cluster,
  of: { kind: Kind; namespace?: string; name: string },
  options: DeleteOptions,
): KubeObject | Status {
  const { kind } = of;
  const old = currentObject(cluster, kind, of);
  checkPreconditions(kind, old, options);
  const object = markDeleted(cluster, { kind, old, options });
  if (options.dryRun?.includes('All')) return answer(kind, object);
  const key = storeKey(kind.namespaced ? of.namespace : undefined, of.name);
  const stored = kind.view?.toStored(object) ?? object;
  if (isReleased(object)) cluster.store.remove(kind.storage, key, stored);
  else if (object !== old) return present(kind, cluster.store.put(kind.storage, key, stored));
  return answer(kind, object);
}

/** The real server answers with the object where it may live on, and with a Status else. */
function answer(kind: Kind, object: KubeObject): KubeObject | Status {
  if (!isReleased(object) || kind.kind === 'Pod' || kind.kind === 'Service') return object;
  const { name, uid } = object.metadata;
  const details = { name, ...(kind.group && { group: kind.group }), kind: kind.plural, uid };
  return { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', details };
}

function checkPreconditions(kind: Kind, old: KubeObject, { preconditions }: DeleteOptions): void {
  const { uid, resourceVersion } = preconditions ?? {};
  const { metadata } = old;
  // Here the real server names the kind where it names the plural elsewhere.
  const of = { ...kind, plural: kind.kind, group: '' };
  if (uid && uid !== metadata.uid) {
    const why = `the UID in the precondition (${uid}) does not match the UID in record (${metadata.uid})`;
    throw conflict(of, metadata.name, `${why}. The object might have been deleted and then recreated`);
  }
  if (resourceVersion && resourceVersion !== metadata.resourceVersion) {
    const why = `the ResourceVersion in the precondition (${resourceVersion}) does not match the ResourceVersion in record`;
    throw conflict(of, metadata.name, `${why} (${metadata.resourceVersion}). The object might have been modified`);
  }
}

type Deletion = { deletionTimestamp: string; deletionGracePeriodSeconds: number };

function markDeleted(cluster: Cluster, of: { kind: Kind; old: KubeObject; options: DeleteOptions }): KubeObject {
  const { kind, old, options } = of;
  const grace = gracePeriod(kind, old, options.gracePeriodSeconds);
  const before = old.metadata.finalizers ?? [];
  const finalizers = [...new Set([...before, ...holds(kind, options)])];
  if (isMarked(old, grace) && finalizers.length === before.length) return old;
  const deletionTimestamp = timestampAt(beginOfDeletion(cluster, old) + grace * 1000);
  const metadata = {
    ...old.metadata,
    deletionTimestamp,
    deletionGracePeriodSeconds: grace,
    ...(finalizers.length > 0 && { finalizers }),
    ...(kind.generation && !old.metadata.deletionTimestamp && { generation: (old.metadata.generation ?? 0) + 1 }),
  };
  const ending = kind.kind === 'Namespace' && kind.builtIn;
  return { ...old, metadata, ...(ending && { status: { ...(old.status as object), phase: 'Terminating' } }) };
}

/** Also a grace period that is shortened counts from the first delete. */
function beginOfDeletion({ clock }: Cluster, { metadata }: KubeObject): number {
  const { deletionTimestamp, deletionGracePeriodSeconds = 0 } = metadata as Partial<Deletion>;
  return deletionTimestamp === undefined
    ? clock.now()
    : Date.parse(deletionTimestamp) - deletionGracePeriodSeconds * 1000;
}

/** A second delete may shorten the grace period and never lengthens it. */
function isMarked({ metadata }: KubeObject, grace: number): boolean {
  const before = (metadata as Partial<Deletion>).deletionGracePeriodSeconds ?? 0;
  return metadata.deletionTimestamp !== undefined && before <= grace;
}

/** Only a pod that runs on a node is given time; the kubelet ends it with a grace period of 0. */
function gracePeriod(kind: Kind, object: KubeObject, asked: number | undefined): number {
  if (kind.kind !== 'Pod' || !kind.builtIn) return 0;
  const phase = at(object, 'status.phase');
  if (!at(object, 'spec.nodeName') || phase === 'Succeeded' || phase === 'Failed') return 0;
  return asked ?? Number(at(object, 'spec.terminationGracePeriodSeconds') ?? 30);
}

/** Deletes everything the options select; answers with the list of it. */
export function deleteCollection(
  cluster: Cluster,
  kind: Kind,
  options: { list: ListOptions; remove: DeleteOptions },
): KubeObject[] {
  const { items } = listObjects(cluster, kind, options.list);
  for (const { metadata } of items) {
    const of = { kind, name: metadata.name, ...(metadata.namespace && { namespace: metadata.namespace }) };
    deleteObject(cluster, of, options.remove);
  }
  return items;
}
