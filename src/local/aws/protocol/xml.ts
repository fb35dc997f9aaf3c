import { NormalizedSchema } from '@smithy/core/schema';
import type { Shape } from '../operation.ts';

/** Writes the members of a value as XML elements, by the shape of the operation's output. */
export function writeXml(schema: Shape, value: object): string {
  return structXml(NormalizedSchema.of(schema), value as Record<string, unknown>);
}

function structXml(schema: NormalizedSchema, value: Record<string, unknown>): string {
  if (!schema.isStructSchema()) return '';
  let xml = '';
  for (const [name, member] of schema.structIterator()) {
    const held = value[name];
    if (held !== undefined && held !== null)
      xml += element(member.getMergedTraits().xmlName ?? name, valueXml(member, held));
  }
  return xml;
}

function valueXml(schema: NormalizedSchema, value: unknown): string {
  if (schema.isListSchema()) return listXml(schema, value as unknown[]);
  if (schema.isStructSchema()) return structXml(schema, value as Record<string, unknown>);
  if (schema.isMapSchema()) return mapXml(schema, value as Record<string, unknown>);
  return escapeXml(value instanceof Date ? value.toISOString() : String(value));
}

function listXml(schema: NormalizedSchema, items: unknown[]): string {
  const item = schema.getValueSchema();
  const name = item.getMergedTraits().xmlName ?? 'member';
  return items.map((value) => element(name, valueXml(item, value))).join('');
}

function mapXml(schema: NormalizedSchema, map: Record<string, unknown>): string {
  const entry = ([key, value]: [string, unknown]) =>
    element('entry', element('key', escapeXml(key)) + element('value', valueXml(schema.getValueSchema(), value)));
  return Object.entries(map).map(entry).join('');
}

export function element(name: string, content: string, attributes = ''): string {
  return `<${name}${attributes}>${content}</${name}>`;
}

const ESCAPES: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
  '\r': '&#xD;',
};

export function escapeXml(text: string): string {
  return text.replace(/[&<>"'\r]/g, (character) => ESCAPES[character] ?? character);
}
