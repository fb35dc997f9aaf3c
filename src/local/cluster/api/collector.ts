import { textOf } from './schema/schema.ts';
import type { KubeObject } from '../../../kube/api.ts';
import type { Cluster } from './state.ts';
import { deleteObject } from './remove.ts';
import { INSTANCE_CLEANUP } from './rules/definition.ts';
import { at, part } from './rules/rules.ts';
import type { StoreEvent } from './store.ts';
import { storeKey } from './store.ts';
import { isReleased } from './write.ts';

type Owner = NonNullable<KubeObject['metadata']['ownerReferences']>[number] & { blockOwnerDeletion?: boolean };

/** Follows owner references and namespaces: what loses its last owner or its namespace is deleted. Returns how to stop it. */
export function collectGarbage(cluster: Cluster): () => void {
  return cluster.store.subscribe((event) => {
    // A listener must not write while the store tells the others: the consequences come after this write.
    if (concerns(event)) queueMicrotask(() => follow(cluster, event));
  });
}

const concerns = ({ type, object, previous }: StoreEvent): boolean =>
  type !== 'MODIFIED' || (object.metadata.deletionTimestamp !== undefined && isNews(object, previous));

const isNews = (object: KubeObject, previous: KubeObject | undefined): boolean =>
  previous?.metadata.deletionTimestamp === undefined ||
  object.metadata.finalizers?.length !== previous.metadata.finalizers?.length;

function follow(cluster: Cluster, { type, object }: StoreEvent): void {
  if (type === 'ADDED') collectOrphan(cluster, object);
  else if (type === 'DELETED') {
    dropDependents(cluster, object);
    emptyNamespaceOf(cluster, object);
    releaseOwners(cluster, object);
    releaseDefinitionOf(cluster, object);
  } else releaseHeld(cluster, object);
}

const ownersOf = (object: KubeObject): Owner[] => (object.metadata.ownerReferences ?? []) as Owner[];

/** In the form they are stored in. */
const dependentsOf = (cluster: Cluster, uid: string): KubeObject[] =>
  [...cluster.store.all()].filter((one) => ownersOf(one).some((owner) => owner.uid === uid));

const exists = (cluster: Cluster, owner: Owner, namespace: string | undefined): boolean => {
  const kind = cluster.kinds.findKind(owner.apiVersion, owner.kind);
  // An owner of a kind that is not served can be anything: leave what it owns alone.
  if (!kind) return true;
  const found = cluster.store.get(kind.storage, storeKey(kind.namespaced ? namespace : undefined, owner.name));
  return found?.metadata.uid === owner.uid;
};

/** An object whose owners were all gone before it came. */
function collectOrphan(cluster: Cluster, object: KubeObject): void {
  const owners = ownersOf(object);
  if (owners.length > 0 && !owners.some((owner) => exists(cluster, owner, object.metadata.namespace)))
    remove(cluster, object);
}

function dropDependents(cluster: Cluster, gone: KubeObject): void {
  for (const dependent of dependentsOf(cluster, gone.metadata.uid)) {
    const others = ownersOf(dependent).filter((owner) => owner.uid !== gone.metadata.uid);
    if (others.some((owner) => exists(cluster, owner, dependent.metadata.namespace)))
      rewrite(cluster, dependent, { metadata: { ownerReferences: others } });
    else remove(cluster, dependent);
  }
}

function remove(
  cluster: Cluster,
  { kind: name = '', apiVersion = '', metadata }: KubeObject,
  foreground = false,
): void {
  const kind = cluster.kinds.findKind(apiVersion, name);
  if (!kind || !current(cluster, { kind: name, apiVersion, metadata })) return;
  const of = { kind, name: metadata.name, ...(metadata.namespace && { namespace: metadata.namespace }) };
  deleteObject(cluster, of, foreground ? { propagationPolicy: 'Foreground' } : {});
}

function current(cluster: Cluster, { kind: name = '', apiVersion = '', metadata }: KubeObject): KubeObject | undefined {
  const kind = cluster.kinds.findKind(apiVersion, name);
  const found =
    kind && cluster.store.get(kind.storage, storeKey(kind.namespaced ? metadata.namespace : undefined, metadata.name));
  return found?.metadata.uid === metadata.uid ? found : undefined;
}

/** Writes metadata past the rules, as a controller of the control plane does; removes the object when nothing holds it any more. */
function rewrite(
  cluster: Cluster,
  object: KubeObject,
  { metadata, ...more }: { metadata?: Partial<KubeObject['metadata']>; spec?: object },
): void {
  const found = current(cluster, object);
  const kind = cluster.kinds.findKind(object.apiVersion ?? '', object.kind ?? '');
  if (!found || !kind) return;
  const changed: KubeObject = { ...found, ...more, metadata: withoutEmpty({ ...found.metadata, ...metadata }) };
  const key = storeKey(kind.namespaced ? object.metadata.namespace : undefined, object.metadata.name);
  if (isReleased(changed)) cluster.store.remove(kind.storage, key, changed);
  else cluster.store.put(kind.storage, key, changed);
}

/** Lists of the metadata that got empty are left out, as they are on the wire. */
function withoutEmpty(metadata: KubeObject['metadata']): KubeObject['metadata'] {
  const kept = Object.entries(metadata).filter(([, value]) => !Array.isArray(value) || value.length > 0);
  return Object.fromEntries(kept) as KubeObject['metadata'];
}

function releaseHeld(cluster: Cluster, object: KubeObject): void {
  const finalizers = object.metadata.finalizers ?? [];
  if (object.kind === 'Namespace' && object.apiVersion === 'v1') emptyNamespace(cluster, object);
  if (object.kind === 'CustomResourceDefinition') removeInstances(cluster, object);
  if (finalizers.includes('orphan')) orphanDependents(cluster, object);
  if (finalizers.includes('foregroundDeletion')) foreground(cluster, object);
}

const without = (object: KubeObject, finalizer: string): Partial<KubeObject['metadata']> => ({
  finalizers: (object.metadata.finalizers ?? []).filter((one) => one !== finalizer),
});

function orphanDependents(cluster: Cluster, object: KubeObject): void {
  for (const dependent of dependentsOf(cluster, object.metadata.uid)) {
    const others = ownersOf(dependent).filter((owner) => owner.uid !== object.metadata.uid);
    rewrite(cluster, dependent, { metadata: { ownerReferences: others } });
  }
  const found = current(cluster, object);
  if (found) rewrite(cluster, object, { metadata: without(found, 'orphan') });
}

/** The owner waits for the dependents that block it. */
function foreground(cluster: Cluster, object: KubeObject): void {
  const found = current(cluster, object);
  if (!found?.metadata.finalizers?.includes('foregroundDeletion')) return;
  const dependents = dependentsOf(cluster, object.metadata.uid);
  for (const dependent of dependents.filter((one) => !one.metadata.deletionTimestamp)) remove(cluster, dependent, true);
  const blocking = dependentsOf(cluster, object.metadata.uid).filter((one) =>
    ownersOf(one).some((owner) => owner.uid === object.metadata.uid && owner.blockOwnerDeletion),
  );
  if (blocking.length === 0) rewrite(cluster, object, { metadata: without(found, 'foregroundDeletion') });
}

/** A dependent is gone: an owner that waited for it may go now. */
function releaseOwners(cluster: Cluster, gone: KubeObject): void {
  for (const owner of ownersOf(gone)) {
    const kind = cluster.kinds.findKind(owner.apiVersion, owner.kind);
    const found =
      kind &&
      cluster.store.get(kind.storage, storeKey(kind.namespaced ? gone.metadata.namespace : undefined, owner.name));
    if (found?.metadata.uid === owner.uid && found.metadata.finalizers?.includes('foregroundDeletion'))
      foreground(cluster, found);
  }
}

/** Deletes what a namespace that is being deleted holds, and the namespace itself when it is empty. */
function emptyNamespace(cluster: Cluster, namespace: KubeObject): void {
  const name = namespace.metadata.name;
  const found = current(cluster, namespace);
  if (!found?.metadata.deletionTimestamp) return;
  for (const object of Array.from(cluster.store.all())) {
    if (object.metadata.namespace === name && !object.metadata.deletionTimestamp) remove(cluster, object);
  }
  if ([...cluster.store.all()].some((object) => object.metadata.namespace === name)) return;
  const spec = { ...part(found, 'spec'), finalizers: [] };
  if ((at(found, 'spec.finalizers') as unknown[] | undefined)?.length) rewrite(cluster, found, { spec });
}

function emptyNamespaceOf(cluster: Cluster, gone: KubeObject): void {
  const namespace = gone.metadata.namespace && cluster.store.get('/namespaces', gone.metadata.namespace);
  if (namespace && namespace.metadata.deletionTimestamp) emptyNamespace(cluster, namespace);
}

/** A CustomResourceDefinition takes its objects with it; its kinds stay served until the last one is gone. */
function removeInstances(cluster: Cluster, definition: KubeObject): void {
  const found = current(cluster, definition);
  if (!found?.metadata.deletionTimestamp) return;
  const storage = `${textOf(at(found, 'spec.group'))}/${textOf(at(found, 'spec.names.plural'))}`;
  for (const object of cluster.store.list(storage).filter((one) => !one.metadata.deletionTimestamp))
    remove(cluster, object);
  const left = cluster.store.list(storage).length;
  if (left === 0 && found.metadata.finalizers?.includes(INSTANCE_CLEANUP))
    rewrite(cluster, found, { metadata: without(found, INSTANCE_CLEANUP) });
}

function releaseDefinitionOf(cluster: Cluster, gone: KubeObject): void {
  const storage = 'apiextensions.k8s.io/customresourcedefinitions';
  const definition = cluster.store.list(storage).find((one) => {
    const sameKind = at(one, 'spec.names.kind') === gone.kind;
    return sameKind && gone.apiVersion?.startsWith(`${textOf(at(one, 'spec.group'))}/`);
  });
  if (definition) removeInstances(cluster, definition);
}
