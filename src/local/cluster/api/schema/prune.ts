import { fieldSchema, isObject, keepsUnknown, type Json, resolve, type Schema } from './schema.ts';

const RESOURCE_FIELDS = new Set(['apiVersion', 'kind', 'metadata']);

export const joinPath = (path: string, field: string): string => (path === '' ? field : `${path}.${field}`);

/** Removes, in place, nulls and fields that the schema does not have; returns the paths of the unknown ones. */
export function pruneUnknown(value: unknown, node: Schema, path = ''): string[] {
  const schema = resolve(node);
  if (Array.isArray(value)) return value.flatMap((item, i) => pruneUnknown(item, schema.items ?? {}, `${path}[${i}]`));
  if (!isObject(value) || schema['x-kubernetes-int-or-string']) return [];
  return Object.keys(value).flatMap((name) => pruneField({ value, schema, path }, name));
}

function pruneField(of: { value: Json; schema: Schema; path: string }, name: string): string[] {
  const at = joinPath(of.path, name);
  if (of.schema['x-kubernetes-embedded-resource'] && RESOURCE_FIELDS.has(name)) return [];
  const field = fieldSchema(of.schema, name);
  if (field && of.value[name] === null && !keepsNull(field)) {
    delete of.value[name];
    return [];
  }
  if (field) return pruneUnknown(of.value[name], field, at);
  delete of.value[name];
  return [at];
}

const keepsNull = (field: Schema): boolean =>
  (field.nullable === true && field.format !== 'date-time') || keepsUnknown(resolve(field));

/** Writes, in place, the schema's defaults where a field is missing. */
export function applyDefaults(value: unknown, node: Schema): void {
  const schema = resolve(node);
  if (Array.isArray(value)) {
    for (const item of value) applyDefaults(item, schema.items ?? {});
    return;
  }
  if (!isObject(value)) return;
  for (const [name, field] of Object.entries(schema.properties ?? {})) {
    if (value[name] === undefined && field.default !== undefined) value[name] = structuredClone(field.default);
  }
  for (const [name, child] of Object.entries(value)) {
    const field = fieldSchema(schema, name);
    if (field) applyDefaults(child, field);
  }
}
