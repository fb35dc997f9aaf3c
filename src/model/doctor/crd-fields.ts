/** A schema of OpenAPI version 3, as CustomResourceDefinitions have it. */
export type Schema = {
  type?: string;
  properties?: Record<string, Schema>;
  items?: Schema;
  additionalProperties?: Schema | boolean;
  enum?: unknown[];
  'x-kubernetes-preserve-unknown-fields'?: boolean;
};

/**
 * The fields of `spec` and `status` by path, `spec.members[].name` in a list and `spec.nodeSelector{}` in a map, each with its type,
 * followed by `: a | b` where only these values may stand; `…` marks one below which every field is kept.
 */
export type CrdFields = Record<string, string>;

export function fieldsOf(schema: Schema): CrdFields {
  const { spec, status } = schema.properties ?? {};
  return Object.fromEntries([...walk('spec', spec), ...walk('status', status)]);
}

function walk(path: string, schema: Schema | undefined): [string, string][] {
  if (schema === undefined) return [];
  const { properties = {}, items, additionalProperties } = schema;
  const below = typeof additionalProperties === 'object' ? additionalProperties : undefined;
  return [
    [path, typeOf(schema)],
    ...Object.entries(properties).flatMap(([name, field]) => walk(`${path}.${name}`, field)),
    ...walk(`${path}[]`, items),
    ...walk(`${path}{}`, below),
  ];
}

const VALUES = ': ';
const OPEN = ' …';

function typeOf(schema: Schema): string {
  const values = schema.enum === undefined ? '' : `${VALUES}${schema.enum.map(String).join(' | ')}`;
  const open = schema['x-kubernetes-preserve-unknown-fields'] === true ? OPEN : '';
  return `${schema.type ?? 'any'}${values}${open}`;
}

const valuesOf = (field: string): string[] => {
  const [, values] = field.split(VALUES);
  return values === undefined ? [] : values.split(' | ');
};

/** What a version with the fields `found` lacks of the `wanted` ones: sentences, none below a field that is missing or open. */
export function lackedFields(wanted: CrdFields, found: CrdFields): string[] {
  const missing = Object.keys(wanted).filter((path) => found[path] === undefined && !isOpen(path, found));
  const outermost = missing.filter((path) => !missing.some((other) => other !== path && isBelow(path, other)));
  const values = Object.entries(wanted).flatMap(([path, field]) => {
    const known = valuesOf(found[path] ?? '');
    const lacked = known.length === 0 ? [] : valuesOf(field).filter((value) => !known.includes(value));
    return lacked.map((value) => `the value ${value} of ${path}`);
  });
  return [...outermost.map((path) => `the field ${path}`), ...values];
}

const isBelow = (path: string, above: string): boolean => ['.', '[', '{'].some((mark) => path.startsWith(above + mark));

const isOpen = (path: string, found: CrdFields): boolean =>
  Object.entries(found).some(([above, field]) => field.endsWith(OPEN) && isBelow(path, above));
