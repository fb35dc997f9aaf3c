import { type Cause, duplicate, required, tooLong, unsupported, wrong, wrongType } from '../status.ts';
import { joinPath } from './prune.ts';
import { fieldSchema, isObject, type Json, resolve, type Schema, textOf } from './schema.ts';

/** What is wrong with the value, as the real server words it for custom resources. */
export function validate(value: unknown, node: Schema, path = ''): Cause[] {
  const schema = { ...node, ...resolve(node) };
  if (value === null && schema.nullable) return [];
  const mistyped = checkType(value, schema, path);
  if (mistyped.length > 0) return mistyped;
  return [
    ...checkValue(value, schema, path),
    ...checkLogic(value, schema, path),
    ...checkChildren(value, schema, path),
  ];
}

const TYPES: Record<string, (value: unknown) => boolean> = {
  object: isObject,
  array: Array.isArray,
  string: (value) => typeof value === 'string',
  boolean: (value) => typeof value === 'boolean',
  integer: (value) => Number.isInteger(value),
  number: (value) => typeof value === 'number',
};

function checkType(value: unknown, schema: Schema, path: string): Cause[] {
  if (schema['x-kubernetes-int-or-string']) {
    const fits = typeof value === 'string' || Number.isInteger(value);
    return fits
      ? []
      : [wrongType(path, value, `${path} in body must be of type integer,string: ${quote(typeName(value))}`)];
  }
  if (schema.type === undefined || (TYPES[schema.type] as (v: unknown) => boolean)(value)) return [];
  return [{ ...wrongType(path, value, ''), message: typeMessage(value, schema.type, path) }];
}

const typeMessage = (value: unknown, type: string, path: string): string =>
  `Invalid value: ${JSON.stringify(typeName(value))}: ${path} in body must be of type ${type}: ${quote(typeName(value))}`;

const typeName = (value: unknown): string => {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  if (typeof value === 'number') return Number.isInteger(value) ? 'integer' : 'number';
  return typeof value;
};

const quote = (value: unknown): string => JSON.stringify(value) ?? 'null';

type Check = (value: never, limit: never) => string | undefined;

/** Keyword -> what is wrong with a value beside this limit. */
const CHECKS: Record<string, Check> = {
  minimum: (value: number, limit: number) =>
    value < limit ? `should be greater than or equal to ${limit}` : undefined,
  maximum: (value: number, limit: number) => (value > limit ? `should be less than or equal to ${limit}` : undefined),
  multipleOf: (value: number, limit: number) => (value % limit === 0 ? undefined : `should be a multiple of ${limit}`),
  minLength: (value: string, limit: number) =>
    value.length < limit ? `should be at least ${limit} chars long` : undefined,
  pattern: (value: string, limit: string) =>
    new RegExp(limit, 'u').test(value) ? undefined : `should match '${limit}'`,
  minItems: (value: unknown[], limit: number) =>
    value.length < limit ? `should have at least ${limit} items` : undefined,
  maxItems: (value: unknown[], limit: number) =>
    value.length > limit ? `should have at most ${limit} items` : undefined,
  minProperties: (value: Json, limit: number) =>
    Object.keys(value).length < limit ? `should have at least ${limit} properties` : undefined,
  maxProperties: (value: Json, limit: number) =>
    Object.keys(value).length > limit ? `should have at most ${limit} properties` : undefined,
  format: (value: string, limit: string) =>
    fitsFormat(value, limit) ? undefined : `must be of type ${limit}: ${quote(value)}`,
};

/** Keyword -> type of the values it is about; the others are skipped. */
const ABOUT: Record<string, string> = {
  minimum: 'number',
  maximum: 'number',
  multipleOf: 'number',
  minLength: 'string',
  pattern: 'string',
  format: 'string',
  minItems: 'array',
  maxItems: 'array',
  minProperties: 'object',
  maxProperties: 'object',
};

const kindOf = (value: unknown): string => (typeName(value) === 'integer' ? 'number' : typeName(value));

const FORMATS: Record<string, RegExp> = {
  'date-time': /^\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)$/,
  byte: /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/,
  ipv4: /^(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)(?:\.|$)){4}$/,
  uuid: /^[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}$/i,
  date: /^\d{4}-\d\d-\d\d$/,
};

const fitsFormat = (value: string, format: string): boolean => FORMATS[format]?.test(value) ?? true;

function checkValue(value: unknown, schema: Schema, path: string): Cause[] {
  const { maxLength } = schema;
  if (maxLength !== undefined && typeof value === 'string' && value.length > maxLength)
    return [tooLong(path, maxLength)];
  const causes: Cause[] = [];
  if (schema.enum && !schema.enum.some((one) => quote(one) === quote(value))) {
    causes.push(unsupported(path, value, schema.enum));
  }
  for (const [keyword, check] of Object.entries(CHECKS)) {
    const limit = (schema as Json)[keyword];
    if (limit === undefined || ABOUT[keyword] !== kindOf(value)) continue;
    const why = check(value as never, limit as never);
    if (why) causes.push(wrong(path, value, `${path} in body ${why}`));
  }
  return causes;
}

function checkLogic(value: unknown, schema: Schema, path: string): Cause[] {
  const fits = (one: Schema): boolean => validate(value, one, path).length === 0;
  const say = (why: string): Cause[] => [wrong(path, value, `${JSON.stringify(path)} ${why}`)];
  const all = (schema.allOf ?? []).flatMap((one) => validate(value, one, path));
  if (schema.anyOf && !schema['x-kubernetes-int-or-string'] && !schema.anyOf.some(fits)) {
    all.push(...say('must validate at least one schema (anyOf)'));
  }
  if (schema.oneOf && schema.oneOf.filter(fits).length !== 1) {
    all.push(...say('must validate one and only one schema (oneOf)'));
  }
  if (schema.not && fits(schema.not)) all.push(...say('must not validate the schema (not)'));
  return all;
}

function checkChildren(value: unknown, schema: Schema, path: string): Cause[] {
  if (Array.isArray(value)) {
    const items = value.flatMap((item, i) => (schema.items ? validate(item, schema.items, `${path}[${i}]`) : []));
    return [...items, ...checkUnique(value, schema, path)];
  }
  if (!isObject(value)) return [];
  const missing = (schema.required ?? []).filter((name) => value[name] === undefined);
  const causes = missing.map((name) => required(joinPath(path, name)));
  for (const [name, child] of Object.entries(value)) {
    const field = fieldSchema(schema, name);
    if (field) causes.push(...validate(child, field, joinPath(path, name)));
  }
  return causes;
}

function checkUnique(value: unknown[], schema: Schema, path: string): Cause[] {
  const type = schema['x-kubernetes-list-type'];
  if (type !== 'set' && type !== 'map' && !schema.uniqueItems) return [];
  const seen = new Set<string>();
  return value.flatMap((item, i) => {
    const key = quote(type === 'map' ? mapKey(item, schema) : item);
    const causes = seen.has(key) ? [duplicateItem(item, schema, `${path}[${i}]`)] : [];
    seen.add(key);
    return causes;
  });
}

/** For a built-in kind with one key the real server names the key's field. */
function duplicateItem(item: unknown, schema: Schema, path: string): Cause {
  if (schema['x-kubernetes-list-type'] !== 'map') return duplicate(path, item);
  const key = mapKey(item, schema);
  const [only, ...more] = Object.keys(key);
  const named = schema['x-kubernetes-patch-merge-key'] !== undefined && more.length === 0 && only !== undefined;
  return named ? duplicate(`${path}.${only}`, key[only]) : duplicate(path, key);
}

/** The key of an item of a list map, with the schema's defaults for key fields that are missing. */
export function mapKey(item: unknown, list: Schema): Json {
  const schema = resolve(list.items);
  const keys = list['x-kubernetes-list-map-keys'] ?? [];
  const value = isObject(item) ? item : {};
  return Object.fromEntries(
    keys.map((key) => [key, value[key] ?? schema.properties?.[key]?.default]).filter(([, one]) => one !== undefined),
  );
}

/** For built-in kinds: a wrong type fails the decoding, before anything else is looked at. */
export function findWrongType(value: unknown, node: Schema, path = ''): string | undefined {
  const schema = { ...node, ...resolve(node) };
  if (value === null || value === undefined) return undefined;
  if (checkType(value, schema, path).length > 0) {
    return `json: cannot unmarshal ${typeName(value)} into field ${path} of type ${schema.type ?? 'int-or-string'}`;
  }
  if (schema.format === 'byte' && !fitsFormat(textOf(value), 'byte')) return `illegal base64 data in field ${path}`;
  for (const child of typedChildren(value, schema, path)) {
    const found = child.schema && findWrongType(child.value, child.schema, child.path);
    if (found) return found;
  }
  return undefined;
}

type TypedChild = { path: string; value: unknown; schema: Schema | undefined };

function typedChildren(value: unknown, schema: Schema, path: string): TypedChild[] {
  if (Array.isArray(value))
    return value.map((item, i) => ({ path: `${path}[${i}]`, value: item, schema: schema.items }));
  if (!isObject(value)) return [];
  return Object.entries(value).map(([name, child]) => ({
    path: joinPath(path, name),
    value: child,
    schema: fieldSchema(schema, name),
  }));
}
