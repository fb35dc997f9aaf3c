import { NormalizedSchema } from '@smithy/core/schema';
import type { Shape } from '../operation.ts';
import { AwsError } from '../error.ts';

/** How a service writes its parameters: `query` (`Tags.member.1.Key`) or `ec2` (`Filter.1.Value.1`). */
export type QueryStyle = 'query' | 'ec2';

type Node = { text?: string; children: Map<string, Node> };
type Place = { node: Node; style: QueryStyle; path: string };

/** Turns the parameters of a form into the input of an operation, by the operation's shape. Unknown parameters are ignored. */
export function readQuery(schema: Shape, form: URLSearchParams, style: QueryStyle): Record<string, unknown> {
  const node = toTree(form);
  return readStruct(NormalizedSchema.of(schema), { node, style, path: '' });
}

function toTree(form: URLSearchParams): Node {
  const root: Node = { children: new Map() };
  for (const [key, text] of form) {
    let node = root;
    for (const part of key.split('.')) node = childOf(node, part);
    node.text = text;
  }
  return root;
}

function childOf(node: Node, name: string): Node {
  const known = node.children.get(name);
  if (known) return known;
  const created: Node = { children: new Map() };
  node.children.set(name, created);
  return created;
}

function readStruct(schema: NormalizedSchema, place: Place): Record<string, unknown> {
  const result: Record<string, unknown> = {};
  if (!schema.isStructSchema()) return result;
  for (const [name, member] of schema.structIterator()) {
    const key = parameterName(name, member, place.style);
    const node = place.node.children.get(key);
    if (node) result[name] = readValue(member, { ...place, node, path: place.path ? `${place.path}.${key}` : key });
  }
  return result;
}

function parameterName(name: string, member: NormalizedSchema, style: QueryStyle): string {
  const traits = member.getMergedTraits();
  if (style === 'query') return traits.xmlName ?? name;
  const key = (traits.ec2QueryName as string | undefined) ?? traits.xmlName ?? name;
  return key.charAt(0).toUpperCase() + key.slice(1);
}

function readValue(schema: NormalizedSchema, place: Place): unknown {
  if (schema.isListSchema()) return readList(schema, place);
  if (schema.isStructSchema()) return readStruct(schema, place);
  if (schema.isMapSchema()) return readMap(schema, place);
  const text = place.node.text ?? '';
  if (schema.isBooleanSchema()) return readBoolean(text, place.path);
  if (schema.isNumericSchema()) return readNumber(text, place.path);
  if (schema.isTimestampSchema()) return new Date(text);
  if (schema.isBlobSchema()) return Buffer.from(text, 'base64');
  return text;
}

function readList(schema: NormalizedSchema, place: Place): unknown[] {
  const item = schema.getValueSchema();
  const flat = place.style === 'ec2' || schema.getMergedTraits().xmlFlattened;
  const holder = flat ? place.node : place.node.children.get(item.getMergedTraits().xmlName ?? 'member');
  const numbered = [...(holder?.children ?? [])].filter(([index]) => /^\d+$/.test(index));
  numbered.sort(([a], [b]) => Number(a) - Number(b));
  return numbered.map(([index, node]) => readValue(item, { ...place, node, path: `${place.path}.${index}` }));
}

/** A map is written `Params.entry.1.key=a&Params.entry.1.value=b`. */
function readMap(schema: NormalizedSchema, place: Place): Record<string, unknown> {
  const entries = place.node.children.get('entry')?.children.values() ?? [];
  const pairs = [...entries].map(({ children }) => {
    const value = children.get('value') ?? { children: new Map() };
    return [children.get('key')?.text ?? '', readValue(schema.getValueSchema(), { ...place, node: value })] as const;
  });
  return Object.fromEntries(pairs);
}

function readBoolean(text: string, path: string): boolean {
  if (/^(true|false)$/i.test(text)) return text.toLowerCase() === 'true';
  throw new AwsError('MalformedInput', `${path}: '${text}' is not a boolean`);
}

function readNumber(text: string, path: string): number {
  const number = Number(text);
  if (text.trim() !== '' && Number.isFinite(number)) return number;
  throw new AwsError('MalformedInput', `${path}: '${text}' is not a number`);
}
