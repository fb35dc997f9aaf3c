import { isDeepStrictEqual } from 'node:util';
import type { KubeObject } from '../../../../kube/api.ts';
import { groupVersion, type Kind } from '../kinds.ts';
import type { WriteOptions } from '../write.ts';
import { compareFields } from './compare.ts';
import { type FieldSet, fromFieldsV1, isUnder, joinSteps, toFieldsV1 } from './paths.ts';

/** One entry of `metadata.managedFields`, with its fields as a set. */
export type Manager = {
  manager: string;
  operation: 'Apply' | 'Update';
  apiVersion: string;
  subresource?: string;
  time?: string;
  fields: FieldSet;
};

type Entry = Omit<Manager, 'fields'> & { fieldsType: string; fieldsV1: unknown };

export function readManagers(object: KubeObject | undefined): Manager[] {
  const entries = (object?.metadata as { managedFields?: Entry[] } | undefined)?.managedFields ?? [];
  return entries.filter((one) => one.manager !== undefined).map(readManager);
}

function readManager(entry: Entry): Manager {
  const { fieldsType: _, fieldsV1, ...rest } = entry;
  return { ...rest, fields: fromFieldsV1(fieldsV1) };
}

export function writeManagers(object: KubeObject, managers: readonly Manager[]): void {
  const entries = managers
    .filter((one) => one.fields.size > 0)
    .map(({ fields, ...rest }) => ({ ...rest, fieldsType: 'FieldsV1', fieldsV1: toFieldsV1(fields) }));
  const meta = object.metadata as { managedFields?: unknown };
  if (entries.length > 0) meta.managedFields = entries.sort((a, b) => (orderOf(a) < orderOf(b) ? -1 : 1));
  else delete meta.managedFields;
}

const orderOf = (one: Omit<Manager, 'fields'>): string =>
  [one.operation, one.time, one.manager, one.subresource].join('\0');

/** Metadata that the server writes: nobody owns it. */
const UNOWNED = [
  'name',
  'namespace',
  'uid',
  'resourceVersion',
  'creationTimestamp',
  'generation',
  'selfLink',
  'managedFields',
  'deletionTimestamp',
  'deletionGracePeriodSeconds',
].map((name) => joinSteps('f:metadata', `f:${name}`));

export const isOwnable = (path: string): boolean =>
  path !== 'f:apiVersion' && path !== 'f:kind' && path !== 'f:metadata' && !UNOWNED.some((one) => isUnder(path, one));

export const keep = (set: FieldSet, keeps: (path: string) => boolean): FieldSet => new Set([...set].filter(keeps));

type Tracked = { kind: Kind; old: KubeObject | undefined; object: KubeObject; options: WriteOptions };

/** Who writes now, as the identity of an entry. */
export const identityOf = (
  kind: Kind,
  options: WriteOptions,
  operation: Manager['operation'],
): Omit<Manager, 'fields' | 'time'> => ({
  manager: options.manager,
  operation,
  apiVersion: groupVersion(kind),
  ...(options.subresource && options.subresource !== 'binding' && { subresource: options.subresource }),
});

export const isSame = (one: Omit<Manager, 'fields'>, other: Omit<Manager, 'fields'>): boolean =>
  one.manager === other.manager &&
  one.operation === other.operation &&
  one.subresource === other.subresource &&
  (one.operation === 'Apply' || one.apiVersion === other.apiVersion);

const STATUS_WRITERS = new Set(['status', 'binding']);

/** Gives the writer of an update the fields it changed and takes them from everybody else. An apply has done so itself. */
export function trackFields({ kind, old, object, options }: Tracked, now: string): void {
  if (options.operation === 'Apply') return;
  const { changed, removed } = compareFields(bare(old), bare(object), kind.schema);
  const mine = identityOf(kind, options, 'Update');
  const managers = readManagers('managedFields' in object.metadata ? object : old);
  const entry = managers.find((one) => isSame(one, mine)) ?? { ...mine, fields: new Set<string>() };
  const others = managers.filter((one) => one !== entry);
  const gone = (path: string): boolean => removed.has(path);
  // What the server fills in at an address that does not write the status belongs to nobody.
  const writes = (path: string): boolean =>
    STATUS_WRITERS.has(options.subresource ?? '') ||
    !kind.subresources.includes('status') ||
    !isUnder(path, 'f:status');
  const own = keep(new Set([...entry.fields, ...changed]), (path) => isOwnable(path) && writes(path) && !gone(path));
  const updated = { ...entry, fields: own, ...(isDeepStrictEqual(own, entry.fields) ? {} : { time: now }) };
  const left = others.map((one) => ({ ...one, fields: keep(one.fields, (path) => !changed.has(path) && !gone(path)) }));
  writeManagers(object, [...left, updated]);
}

/** The object without what the server writes, to compare two of them. */
const bare = (object: KubeObject | undefined): unknown => {
  if (!object) return undefined;
  const {
    managedFields: _,
    resourceVersion: __,
    generation: ___,
    ...metadata
  } = object.metadata as KubeObject['metadata'] & { managedFields?: unknown };
  return { ...object, metadata };
};
