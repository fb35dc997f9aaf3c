/** A structural schema as in a CustomResourceDefinition; `$ref` names a definition of the built-in kinds. */
export type Schema = {
  $ref?: string;
  type?: 'object' | 'array' | 'string' | 'integer' | 'number' | 'boolean';
  description?: string;
  format?: string;
  properties?: Record<string, Schema>;
  additionalProperties?: Schema | boolean;
  items?: Schema;
  required?: string[];
  enum?: unknown[];
  default?: unknown;
  nullable?: boolean;
  pattern?: string;
  minimum?: number;
  maximum?: number;
  exclusiveMinimum?: boolean;
  exclusiveMaximum?: boolean;
  multipleOf?: number;
  minLength?: number;
  maxLength?: number;
  minItems?: number;
  maxItems?: number;
  uniqueItems?: boolean;
  minProperties?: number;
  maxProperties?: number;
  allOf?: Schema[];
  anyOf?: Schema[];
  oneOf?: Schema[];
  not?: Schema;
  'x-kubernetes-preserve-unknown-fields'?: boolean;
  'x-kubernetes-int-or-string'?: boolean;
  'x-kubernetes-embedded-resource'?: boolean;
  'x-kubernetes-list-type'?: 'atomic' | 'set' | 'map';
  'x-kubernetes-list-map-keys'?: string[];
  'x-kubernetes-map-type'?: 'atomic' | 'granular';
  'x-kubernetes-patch-merge-key'?: string;
  'x-kubernetes-patch-strategy'?: string;
  'x-kubernetes-group-version-kind'?: { group: string; version: string; kind: string }[];
  'x-kubernetes-validations'?: unknown[];
};

export type Json = Record<string, unknown>;

const definitions = new Map<string, Schema>();

export const defineSchema = (name: string, schema: Schema): void => void definitions.set(name, schema);

export const namedSchemas = (): ReadonlyMap<string, Schema> => definitions;

/** The schema itself, or the definition it names with what the reference adds (its list type, its default). */
export function resolve(schema: Schema | undefined): Schema {
  if (!schema?.$ref) return schema ?? ANYTHING;
  const definition = definitions.get(schema.$ref);
  if (!definition) throw new Error(`no schema is named ${schema.$ref}`);
  return definition;
}

const ANYTHING: Schema = { 'x-kubernetes-preserve-unknown-fields': true };

/** A scalar as text; '' for anything else. */
export const textOf = (value: unknown): string =>
  typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? String(value) : '';

export const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The schema of one field: its own, or the one of every value of a map; undefined when the field is unknown. */
export function fieldSchema(schema: Schema, name: string): Schema | undefined {
  if (schema.properties && Object.hasOwn(schema.properties, name)) return schema.properties[name];
  if (isObject(schema.additionalProperties)) return schema.additionalProperties as Schema;
  return schema.additionalProperties === true || keepsUnknown(schema) ? ANYTHING : undefined;
}

/** True where fields that the schema does not name are kept. */
export const keepsUnknown = (schema: Schema): boolean =>
  schema['x-kubernetes-preserve-unknown-fields'] === true || (schema.type === undefined && !schema.properties);
