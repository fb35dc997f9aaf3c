import { defineSchema, type Schema } from './schema.ts';

/**
 * Reads a block of types and defines each under `prefix`. One type is a line with its name (`atomic`: owned as a whole), then indented lines of fields
 * `name: type`, parted by commas. Types: `string int int64 number bool bytes time microTime quantity intOrString any`, a type's name, `[type]`, `{type}`.
 * After the type: `!` required, `by a+b` keys of a list map, `set`, `merge key` the patch merge key where it is not the first list key (`-`: none),
 * `retainKeys`, `atomic`, `in A|B` the allowed values, `1..65535` the range, `= json` the default.
 */
export function defineTypes(prefix: string, block: string, imports: readonly string[] = []): void {
  const types = new Map<string, string[]>();
  for (const line of block.split('\n').filter((text) => text.trim() !== '')) {
    if (!line.startsWith(' ')) types.set(line, []);
    else [...types.values()].at(-1)?.push(line.trim());
  }
  const local = new Set([...types.keys()].map((head) => head.split(' ')[0] as string));
  const qualify = (name: string): string => {
    if (local.has(name)) return `${prefix}.${name}`;
    return imports.map((one) => `${one}.${name}`).find((full) => known.has(full)) ?? `${prefix}.${name}`;
  };
  for (const name of local) known.add(`${prefix}.${name}`);
  for (const [head, lines] of types) defineType(prefix, head, { fields: lines.join(' '), qualify });
}

const known = new Set<string>();

type Body = { fields: string; qualify: (name: string) => string };

function defineType(prefix: string, head: string, body: Body): void {
  const [name, flag] = head.split(' ');
  const schema: Schema = { type: 'object', properties: {} };
  if (flag === 'atomic') schema['x-kubernetes-map-type'] = 'atomic';
  for (const text of body.fields.split(/, */).filter((one) => one !== '')) {
    const [field, rest] = cut(text, ': ');
    const [type, ...words] = splitWords(rest);
    const plain = (type as string).replace('!', '');
    if (plain !== type) schema.required = [...(schema.required ?? []), field];
    (schema.properties as Record<string, Schema>)[field] = qualifyField(typeSchema(plain, body.qualify), words);
  }
  defineSchema(`${prefix}.${name}`, schema);
}

const cut = (text: string, at: string): [string, string] => {
  const index = text.indexOf(at);
  return [text.slice(0, index), text.slice(index + at.length)];
};

/** Words, with everything after `=` as one word. */
function splitWords(text: string): string[] {
  const [before, value] = text.includes(' = ') ? cut(text, ' = ') : [text, undefined];
  return [...before.split(' '), ...(value === undefined ? [] : ['=', value])];
}

const SCALARS: Record<string, Schema> = {
  string: { type: 'string' },
  int: { type: 'integer', format: 'int32' },
  int64: { type: 'integer', format: 'int64' },
  number: { type: 'number', format: 'double' },
  bool: { type: 'boolean' },
  bytes: { type: 'string', format: 'byte' },
  time: { type: 'string', format: 'date-time', nullable: true },
  microTime: { type: 'string', format: 'date-time', nullable: true },
  quantity: {},
  intOrString: { 'x-kubernetes-int-or-string': true },
  any: { 'x-kubernetes-preserve-unknown-fields': true },
};

function typeSchema(type: string, qualify: (name: string) => string): Schema {
  const inner = type.slice(1, -1);
  if (type.startsWith('[')) return { type: 'array', items: typeSchema(inner, qualify) };
  if (type.startsWith('{')) return { type: 'object', additionalProperties: typeSchema(inner, qualify) };
  return SCALARS[type] ? { ...SCALARS[type] } : { $ref: qualify(type) };
}

function qualifyField(schema: Schema, words: string[]): Schema {
  const queue = [...words];
  for (let word = queue.shift(); word !== undefined; word = queue.shift()) {
    if (word.includes('..')) setRange(schema, word);
    else QUALIFIERS[word]?.(schema, queue);
  }
  if (schema['x-kubernetes-patch-merge-key'] === '-') delete schema['x-kubernetes-patch-merge-key'];
  else if (schema['x-kubernetes-patch-merge-key'] !== undefined) addStrategy(schema, 'merge');
  return schema;
}

const QUALIFIERS: Record<string, (schema: Schema, rest: string[]) => void> = {
  by: (schema, rest) => {
    const keys = (rest.shift() as string).split('+');
    schema['x-kubernetes-list-type'] = 'map';
    schema['x-kubernetes-list-map-keys'] = keys;
    schema['x-kubernetes-patch-merge-key'] = keys[0] as string;
  },
  set: (schema) => void (schema['x-kubernetes-list-type'] = 'set'),
  merge: (schema, rest) => {
    if (schema['x-kubernetes-list-type'] === 'set') addStrategy(schema, 'merge');
    else schema['x-kubernetes-patch-merge-key'] = rest.shift() as string;
  },
  retainKeys: (schema) => addStrategy(schema, 'retainKeys'),
  atomic: (schema) => void (schema['x-kubernetes-map-type'] = 'atomic'),
  in: (schema, rest) => void (schema.enum = (rest.shift() as string).split('|')),
  '=': (schema, rest) => void (schema.default = JSON.parse(rest.shift() as string)),
};

function addStrategy(schema: Schema, strategy: string): void {
  schema['x-kubernetes-patch-strategy'] = [schema['x-kubernetes-patch-strategy'], strategy].filter(Boolean).join(',');
}

function setRange(schema: Schema, range: string): void {
  const [low, high] = range.split('..') as [string, string];
  schema.minimum = Number(low);
  if (high !== '') schema.maximum = Number(high);
}
