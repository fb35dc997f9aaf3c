import { isDeepStrictEqual } from 'node:util';
import type { KubeObject } from '../../../kube/api.ts';
import { type Admission, mutate, review } from './admission.ts';
import { type Cluster, nameSuffix, newUid, present } from './state.ts';
import { timestamp } from '../timestamp.ts';
import { findCauses } from './causes.ts';
import { decode, type FieldValidation } from './decode.ts';
import { trackFields } from './fields/managers.ts';
import type { Kind } from './kinds.ts';
import { checkQuota } from './quota.ts';
import { checkSize } from './size.ts';
import { items, type Surroundings } from './rules/rules.ts';
import { applyDefaults } from './schema/prune.ts';
import { ApiError, alreadyExists, badRequest, conflict, forbidden, invalid, notFound, wrong } from './status.ts';
import { storeKey } from './store.ts';

export type WriteOptions = {
  namespace?: string;
  name?: string;
  subresource?: 'status' | 'scale' | 'binding';
  dryRun?: boolean;
  /** Who owns the fields this write sets. */
  manager: string;
  operation?: 'Apply' | 'Update';
  validation: FieldValidation;
  /** Filled with what the answer's Warning headers say. */
  warnings: string[];
};

export type WriteRequest = { body: unknown; options: WriteOptions };

/** One write on its way: `old` and `object` in the form of `kind`. */
type Write = { kind: Kind; old: KubeObject | undefined; object: KubeObject; options: WriteOptions };

/** Creates the object; AlreadyExists when the name is taken, NotFound when its namespace is not there. */
export async function createObject(cluster: Cluster, kind: Kind, { body, options }: WriteRequest): Promise<KubeObject> {
  const object = decode(kind, body, options);
  const meta = object.metadata;
  if (meta.resourceVersion) {
    throw new ApiError(500, '', { message: 'resourceVersion should not be set on objects to be created' });
  }
  if (kind.namespaced) placeInNamespace(cluster, { kind, object, asked: options.namespace });
  else delete meta.namespace;
  const generateName = (meta as { generateName?: string }).generateName;
  if (!meta.name && generateName) meta.name = generateName + nameSuffix(cluster.clock);
  const { deletionTimestamp: _, ...kept } = meta;
  object.metadata = { ...kept, uid: newUid(cluster.clock), creationTimestamp: timestamp(cluster.clock) };
  delete object.metadata.generation;
  if (options.operation !== 'Apply') delete (object.metadata as { managedFields?: unknown }).managedFields;
  if (kind.generation) object.metadata.generation = 1;
  if (kind.subresources.includes('status')) delete object.status;
  return commit(cluster, { kind, old: undefined, object, options });
}

function placeInNamespace(cluster: Cluster, of: { kind: Kind; object: KubeObject; asked: string | undefined }): void {
  const meta = of.object.metadata;
  const namespace = of.asked || meta.namespace || 'default';
  if (meta.namespace && meta.namespace !== namespace) throw otherNamespace();
  meta.namespace = namespace;
  const home = cluster.store.get('/namespaces', namespace);
  if (!home) throw notFound({ group: '', plural: 'namespaces', kind: 'Namespace' }, namespace);
  if (home.metadata.deletionTimestamp) throw terminating(of.kind, meta.name ?? '', namespace);
}

function terminating(kind: Kind, name: string, namespace: string): ApiError {
  const why = `unable to create new content in namespace ${namespace} because it is being terminated`;
  const message = `namespace ${namespace} is being terminated`;
  return forbidden(kind, name, {
    why,
    causes: [{ reason: 'NamespaceTerminating', field: 'metadata.namespace', message }],
  });
}

const otherNamespace = () =>
  badRequest('the namespace of the provided object does not match the namespace sent on the request');

/** Replaces the object, or its status; Conflict when `metadata.resourceVersion` is given and not the current one. */
export async function updateObject(cluster: Cluster, kind: Kind, { body, options }: WriteRequest): Promise<KubeObject> {
  const object = decode(kind, body, options);
  const old = currentObject(cluster, kind, options);
  const { uid, resourceVersion } = object.metadata;
  checkAddress(object, old);
  if (!resourceVersion && !kind.builtIn) {
    const causes = [wrong('metadata.resourceVersion', 0, 'must be specified for an update')];
    throw invalid({ ...kind, kind: kind.plural }, old.metadata.name, causes);
  }
  if (uid && uid !== old.metadata.uid) {
    throw conflict(
      kind,
      old.metadata.name,
      `Precondition failed: UID in precondition: ${uid}, UID in object meta: ${old.metadata.uid}`,
    );
  }
  return replace(cluster, { kind, old, object, options });
}

/** The stored object in the form of its kind; NotFound when it is not there. */
export function currentObject(cluster: Cluster, kind: Kind, at: { namespace?: string; name?: string }): KubeObject {
  const stored = cluster.store.get(kind.storage, storeKey(kind.namespaced ? at.namespace : undefined, at.name ?? ''));
  if (!stored) throw notFound(kind, at.name ?? '');
  return present(kind, stored);
}

function checkAddress(object: KubeObject, old: KubeObject): void {
  object.metadata.name ??= old.metadata.name;
  if (object.metadata.name !== old.metadata.name) {
    throw badRequest(
      `the name of the object (${object.metadata.name}) does not match the name on the URL (${old.metadata.name})`,
    );
  }
  if (object.metadata.namespace && object.metadata.namespace !== old.metadata.namespace) throw otherNamespace();
}

/** Writes a changed form of `old`, as a patch or an update has made it. */
export async function replace(cluster: Cluster, write: Write & { old: KubeObject }): Promise<KubeObject> {
  const { kind, old, options } = write;
  const given = write.object.metadata;
  if (given.resourceVersion && given.resourceVersion !== old.metadata.resourceVersion)
    throw conflict(kind, old.metadata.name);
  if (given.uid && given.uid !== old.metadata.uid) {
    throw invalid(kind, old.metadata.name, [wrong('metadata.uid', given.uid, 'field is immutable')]);
  }
  checkAddress(write.object, old);
  const object = writable(write, old);
  object.metadata = keepServerFields(object.metadata, old.metadata);
  return commit(cluster, { kind, old, object, options });
}

/** What this address may change: a binding anything, the status only the status, the object itself everything but the status. */
function writable({ kind, object, options }: Write, old: KubeObject): KubeObject {
  if (options.subresource === 'binding') return object;
  return options.subresource === 'status' ? withStatus(kind, old, object) : withSpec(kind, old, object);
}

function withStatus(kind: Kind, old: KubeObject, given: KubeObject): KubeObject {
  const metadata = kind.statusWritesMetadata
    ? given.metadata
    : { ...structuredClone(old.metadata), ...managers(given) };
  const object: KubeObject = { ...structuredClone(old), metadata };
  if (given.status === undefined) delete object.status;
  else object.status = given.status;
  return object;
}

const managers = (object: KubeObject): object =>
  'managedFields' in object.metadata ? { managedFields: object.metadata.managedFields } : {};

function withSpec(kind: Kind, old: KubeObject, given: KubeObject): KubeObject {
  const object = { ...given };
  if (!kind.subresources.includes('status')) return object;
  delete object.status;
  return old.status === undefined ? object : { ...object, status: structuredClone(old.status) };
}

const SERVER_FIELDS = [
  'uid',
  'creationTimestamp',
  'deletionTimestamp',
  'deletionGracePeriodSeconds',
  'generation',
  'namespace',
  'generateName',
  'resourceVersion',
] as const;

function keepServerFields(given: KubeObject['metadata'], old: KubeObject['metadata']): KubeObject['metadata'] {
  const meta: Record<string, unknown> = { ...given };
  for (const field of SERVER_FIELDS) {
    const value = (old as Record<string, unknown>)[field];
    if (value === undefined) delete meta[field];
    else meta[field] = value;
  }
  return meta as KubeObject['metadata'];
}

async function commit(cluster: Cluster, write: Write): Promise<KubeObject> {
  const around = surroundings(cluster, write);
  complete(write, around);
  const mutating = mutate(cluster, admissionOf(write));
  if (mutating) {
    write.object = await mutating;
    complete(write, around);
  }
  const reviewing = review(cluster, admissionOf(write));
  if (reviewing) await reviewing;
  // From here on nothing waits: what was checked is what is stored.
  checkUnmoved(cluster, write);
  const causes = findCauses(write, around);
  if (causes.length > 0) throw invalid(write.kind, write.object.metadata.name ?? '', causes);
  if (!write.old) checkQuota(around.list, write);
  countGeneration(write);
  trackFields(write, timestamp(cluster.clock));
  return store(cluster, write);
}

const admissionOf = ({ kind, old, object, options }: Write): Admission & { object: KubeObject } => ({
  kind,
  operation: old ? 'UPDATE' : 'CREATE',
  subresource: options.subresource ?? '',
  object,
  old,
  dryRun: options.dryRun === true,
  manager: options.manager,
});

function surroundings(cluster: Cluster, write: Write): Surroundings {
  return {
    old: write.old,
    list: (storage) => cluster.store.list(storage),
    random: () => cluster.clock.random(),
    now: timestamp(cluster.clock),
  };
}

function complete({ kind, object, options }: Write, around: Surroundings): void {
  applyDefaults(object, kind.schema);
  // A status write leaves the spec alone, and what completes an object reads the spec.
  if (options.subresource !== 'status' && !kind.view) kind.rules.complete?.(object, around);
}

/** While a webhook was asked, somebody else may have written. */
function checkUnmoved(cluster: Cluster, { kind, old, object }: Write): void {
  const stored = cluster.store.get(kind.storage, keyOf(kind, object));
  if (old && stored?.metadata.resourceVersion !== old.metadata.resourceVersion) throw conflict(kind, old.metadata.name);
}

const keyOf = (kind: Kind, object: KubeObject): string =>
  storeKey(kind.namespaced ? object.metadata.namespace : undefined, object.metadata.name);

function countGeneration({ kind, old, object, options }: Write): void {
  if (
    !kind.generation ||
    !old ||
    options.subresource === 'binding' ||
    isDeepStrictEqual(wantedState(old), wantedState(object))
  )
    return;
  object.metadata.generation = (old.metadata.generation ?? 0) + 1;
}

function wantedState(object: KubeObject): object {
  const { metadata: _, status: __, apiVersion: ___, kind: ____, ...rest } = object;
  return rest;
}

function store(cluster: Cluster, { kind, old, object, options }: Write): KubeObject {
  const key = keyOf(kind, object);
  if (!old && cluster.store.get(kind.storage, key)) throw alreadyExists(kind, object.metadata.name);
  if (old && isDeepStrictEqual(old, object)) return old;
  if (options.dryRun) return object;
  const stored = kind.view?.toStored(object) ?? object;
  if (!kind.builtIn) checkSize(stored);
  if (isReleased(object)) return present(kind, cluster.store.remove(kind.storage, key, stored) as KubeObject);
  return present(kind, cluster.store.put(kind.storage, key, stored));
}

/** Deleted, and nothing holds it any more. */
export function isReleased(object: KubeObject): boolean {
  const inner = object.kind === 'Namespace' ? items(object, 'spec.finalizers') : [];
  const held = (object.metadata.finalizers?.length ?? 0) + inner.length > 0;
  const grace = (object.metadata as { deletionGracePeriodSeconds?: number }).deletionGracePeriodSeconds ?? 0;
  return object.metadata.deletionTimestamp !== undefined && !held && grace === 0;
}
