import { stringify } from 'yaml';
import { code, tableOf } from '../tables/markdown.ts';
import { isGroup, type Value, type ValueGroup, type ValueTable } from './value.ts';

/** values.yaml: every value with what it is for above it. */
export function valuesFile(table: ValueTable): string {
  return `# Every value of the chart; values.schema.json says what each takes.\n${linesOf(table, '').join('\n')}\n`;
}

function linesOf(table: ValueTable, indent: string): string[] {
  return Object.entries(table).flatMap(([key, value]) => [
    ...(indent === '' ? [''] : []),
    `${indent}# ${value.text}`,
    ...(isGroup(value) ? [`${indent}${key}:`, ...linesOf(value.values, `${indent}  `)] : [leaf(key, value, indent)]),
  ]);
}

function leaf(key: string, { fallback }: Value, indent: string): string {
  const text = stringify({ [key]: fallback }, { lineWidth: 0, defaultStringType: 'PLAIN' }).trimEnd();
  return text.replace(/^/gm, indent);
}

/** Every value as a row of a Markdown table. */
export function valuesTable(table: ValueTable): string {
  return tableOf(
    ['value', 'default', ''],
    rowsOf(table, '').map(([key, fallback, text]) => [code(key), fallback, text]),
  );
}

function rowsOf(table: ValueTable, prefix: string): [string, string, string][] {
  return Object.entries(table).flatMap(([key, value]: [string, Value | ValueGroup]) =>
    isGroup(value)
      ? rowsOf(value.values, `${prefix}${key}.`)
      : [[`${prefix}${key}`, shown(value.fallback), wordsOf(value)] as [string, string, string]],
  );
}

const shown = (fallback: unknown): string => (fallback === '' ? '' : `\`${JSON.stringify(fallback)}\``);

function wordsOf({ schema, text }: Value): string {
  const words = (schema.enum as unknown[] | undefined)?.filter((word) => typeof word === 'string');
  return words === undefined ? text : `${text} One of ${words.map((word) => `\`${String(word)}\``).join(', ')}.`;
}
