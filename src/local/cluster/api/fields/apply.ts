import { isDeepStrictEqual } from 'node:util';
import type { KubeObject } from '../../../../kube/api.ts';
import { timestamp } from '../../timestamp.ts';
import { type Cluster, present } from '../state.ts';
import { decode } from '../decode.ts';
import { groupVersion, type Kind } from '../kinds.ts';
import type { PatchOptions } from '../patch.ts';
import { pruneUnknown } from '../schema/prune.ts';
import { isObject, type Json, textOf } from '../schema/schema.ts';
import { findWrongType } from '../schema/validate.ts';
import { ApiError, badRequest, conflict, notFound } from '../status.ts';
import { storeKey } from '../store.ts';
import { createObject, replace } from '../write.ts';
import { compareFields, fieldsOf, mergeApplied, withoutFields } from './compare.ts';
import { identityOf, isOwnable, isSame, keep, type Manager, readManagers, writeManagers } from './managers.ts';
import { type FieldSet, isUnder, showPath } from './paths.ts';

/** Server-side apply: every field that the body sets gets one owner, the caller; fields that the caller applied before and leaves out now go. */
export async function applyObject(
  cluster: Cluster,
  kind: Kind,
  { body, options: given }: { body: unknown; options: PatchOptions },
): Promise<{ object: KubeObject; created: boolean }> {
  const options: PatchOptions = { ...given, operation: 'Apply' };
  const applied = readApplied(kind, body, options);
  const key = storeKey(kind.namespaced ? options.namespace : undefined, options.name ?? '');
  const stored = cluster.store.get(kind.storage, key);
  const now = timestamp(cluster.clock);
  if (!stored && options.subresource) throw notFound(kind, options.name ?? '');
  if (!stored) return { object: await createApplied(cluster, { kind, applied, options, now }), created: true };
  const old = present(kind, stored);
  if (applied.metadata.resourceVersion && applied.metadata.resourceVersion !== old.metadata.resourceVersion) {
    throw conflict(kind, old.metadata.name);
  }
  const object = mergeInto(old, { kind, applied, options, now });
  return { object: await replace(cluster, { kind, old, object, options }), created: false };
}

type Application = { kind: Kind; applied: KubeObject; options: PatchOptions; now: string };

function readApplied(kind: Kind, body: unknown, options: PatchOptions): KubeObject {
  if (!isObject(body)) throw badRequest('an apply patch is an object in YAML or JSON');
  for (const [field, wanted] of Object.entries({ apiVersion: groupVersion(kind), kind: kind.kind })) {
    if (body[field] !== wanted)
      throw badRequest(
        `an apply patch must name its type: ${field}: ${JSON.stringify(wanted)} wanted, ${JSON.stringify(body[field] ?? null)} given`,
      );
  }
  const meta = (body.metadata ?? {}) as Json;
  if (meta.managedFields) throw badRequest('metadata.managedFields must be nil');
  if (meta.name !== undefined && meta.name !== options.name) {
    throw badRequest(
      `the name of the object (${textOf(meta.name)}) does not match the name on the URL (${options.name})`,
    );
  }
  checkTyped(kind, body, textOf(meta.namespace));
  const object = decode(kind, body, options);
  object.metadata.name = options.name ?? '';
  return withoutResetFields(kind, object, options);
}

/** Unlike other writes, an apply refuses what the schema does not have. */
function checkTyped(kind: Kind, body: Json, namespace: string): void {
  const wrong =
    (kind.builtIn ? findWrongType(body, kind.schema) : undefined) ??
    pruneUnknown(structuredClone(body), kind.schema).map((path) => `.${path}: field not declared in schema`)[0];
  if (wrong === undefined) return;
  const title = `${namespace}/${textOf((body.metadata as Json | undefined)?.name)}; ${groupVersion(kind)}, Kind=${kind.kind}`;
  throw new ApiError(500, '', { message: `failed to create typed patch object (${title}): ${wrong}` });
}

/** What this address does not write is neither applied nor owned: the status, or everything but it. */
function withoutResetFields(kind: Kind, object: KubeObject, options: PatchOptions): KubeObject {
  if (!kind.subresources.includes('status')) return object;
  if (options.subresource !== 'status') {
    const { status: _, ...rest } = object;
    return rest as KubeObject;
  }
  const { apiVersion, kind: name, metadata, status } = object;
  const { labels: _, annotations: __, ...bare } = metadata;
  const kept = kind.statusWritesMetadata ? metadata : bare;
  return {
    ...(apiVersion && { apiVersion }),
    ...(name && { kind: name }),
    metadata: kept,
    ...(status !== undefined && { status }),
  } as KubeObject;
}

const ownedBy = ({ kind, applied }: Application): FieldSet => keep(fieldsOf(applied, kind.schema), isOwnable);

/** The status of a new object cannot be applied, as it cannot be created. */
async function createApplied(cluster: Cluster, application: Application): Promise<KubeObject> {
  const { kind, applied, options, now } = application;
  if (applied.metadata.uid)
    throw conflict(
      kind,
      applied.metadata.name,
      `uid mismatch: the provided object specified uid ${applied.metadata.uid}, and no existing object was found`,
    );
  const object = structuredClone(applied);
  writeManagers(object, [{ ...identityOf(kind, options, 'Apply'), time: now, fields: ownedBy(application) }]);
  return createObject(cluster, kind, { body: object, options });
}

function mergeInto(old: KubeObject, application: Application): KubeObject {
  const { kind, applied, options, now } = application;
  const managers = readManagers(old);
  const mine = identityOf(kind, options, 'Apply');
  const before = managers.find((one) => isSame(one, mine));
  const others = managers.filter((one) => one !== before);
  const owned = ownedBy(application);
  const merged = mergeApplied(withoutManagers(old), applied, kind.schema) as KubeObject;
  const { changed } = compareFields(withoutManagers(old), merged, kind.schema);
  const left = settleConflicts(others, changed, options);
  const dropped = keep(before?.fields ?? new Set(), (path) => !owned.has(path));
  const object = drop(merged, { kind, dropped, held: [owned, ...left.map((one) => one.fields)] });
  const same = before !== undefined && isDeepStrictEqual(before.fields, owned);
  const entry: Manager = { ...mine, fields: owned, time: same ? (before.time ?? now) : now };
  writeManagers(object, [...left, entry]);
  object.metadata = {
    ...object.metadata,
    resourceVersion: old.metadata.resourceVersion,
    uid: applied.metadata.uid ?? old.metadata.uid,
  };
  return object;
}

const withoutManagers = (object: KubeObject): KubeObject => {
  const { managedFields: _, ...metadata } = object.metadata as KubeObject['metadata'] & { managedFields?: unknown };
  return { ...structuredClone({ ...object, metadata }) };
};

/** Removes what nobody holds any more; an item stays while anybody owns a part of it. */
function drop(object: KubeObject, on: { kind: Kind; dropped: FieldSet; held: FieldSet[] }): KubeObject {
  if (on.dropped.size === 0) return object;
  const isHeld = (path: string): boolean => on.held.some((set) => [...set].some((one) => isUnder(one, path)));
  const drops = (path: string): boolean => on.dropped.has(path) && !isHeld(path);
  return withoutFields(object, { node: on.kind.schema, path: '' }, drops) as KubeObject;
}

/** Fields of others that the apply would change: told, or taken where it is forced. */
function settleConflicts(others: Manager[], changed: FieldSet, options: PatchOptions): Manager[] {
  const byName = [...others].sort((a, b) => (a.manager < b.manager ? -1 : 1));
  const conflicts = byName.flatMap((manager) =>
    [...manager.fields].filter((path) => changed.has(path)).map((path) => ({ manager, path })),
  );
  if (conflicts.length === 0) return others;
  if (options.force) return others.map((one) => ({ ...one, fields: keep(one.fields, (path) => !changed.has(path)) }));
  const causes = conflicts.map(({ manager, path }) => ({
    reason: 'FieldManagerConflict' as const,
    message: `conflict with ${showManager(manager)}`,
    field: showPath(path),
  }));
  throw new ApiError(409, 'Conflict', { message: conflictMessage(causes), details: { causes } });
}

function showManager({ manager, operation, subresource, apiVersion }: Manager): string {
  const name = JSON.stringify(manager) + (subresource ? ` with subresource ${JSON.stringify(subresource)}` : '');
  return operation === 'Update' ? `${name} using ${apiVersion}` : name;
}

function conflictMessage(causes: { message: string; field: string }[]): string {
  const [first] = causes;
  if (causes.length === 1) return `Apply failed with 1 conflict: ${first?.message}: ${first?.field}`;
  const groups = [...new Set(causes.map((one) => one.message))].map((message) => {
    const fields = causes.filter((one) => one.message === message).map((one) => `- ${one.field}`);
    return `${message.replace('conflict', 'conflicts')}:\n${fields.join('\n')}`;
  });
  return `Apply failed with ${causes.length} conflicts: ${groups.join('\n')}`;
}
