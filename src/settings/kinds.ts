import { isIP } from 'node:net';
import { CONTROLLER_ID } from '../api/controller.ts';
import { ADDRESS } from './address.ts';
import type { Kind } from './setting.ts';

/** A part of a JSON Schema (draft 7). Its patterns are such that RE2, which Helm matches with, takes them too. */
export type JsonSchema = { readonly [keyword: string]: unknown };

/** How the values of one kind are written. What is refused reads as undefined. */
export type Reader = {
  wanted: string;
  /** In a config file, where that takes other forms too. */
  wantedInFile?: string;
  schema: JsonSchema;
  /** Of a flag or an environment variable. */
  fromText(given: string): unknown;
  /** Of a value that YAML has read already. */
  fromFile(given: unknown): unknown;
};

/** How settings of this kind are read. */
export function readerOf(kind: Kind): Reader {
  if (typeof kind === 'string') return READERS[kind];
  return 'oneOf' in kind ? oneOf(kind.oneOf) : secondsOr(kind.secondsOr);
}

function text(wanted: string, pattern: string): Reader {
  const matches = new RegExp(pattern);
  const fromFile = (given: unknown) => (typeof given === 'string' && matches.test(given) ? given : undefined);
  return { wanted, schema: { type: 'string', pattern }, fromText: fromFile, fromFile };
}

function oneOf(words: readonly string[]): Reader {
  const fromFile = (given: unknown) => (words.includes(given as string) ? given : undefined);
  return { wanted: words.join(' or '), schema: { type: 'string', enum: words }, fromText: fromFile, fromFile };
}

// Node's timers wait for 24 days at most, and not at all for longer.
const MAXIMUM = 1_000_000;

function number(wanted: string, least: { type: 'number' | 'integer'; minimum: number }): Reader {
  const whole = (given: number) => least.type === 'number' || Number.isInteger(given);
  const fits = (given: unknown) =>
    typeof given === 'number' && given >= least.minimum && given <= MAXIMUM && whole(given);
  const fromFile = (given: unknown) => (fits(given) ? given : undefined);
  return {
    wanted: `${wanted}, at most ${MAXIMUM}`,
    schema: { ...least, maximum: MAXIMUM },
    fromText: (given) => (/^\d+(\.\d+)?$/.test(given) ? fromFile(Number(given)) : undefined),
    fromFile,
  };
}

const SECONDS = number('seconds, 0 or more', { type: 'number', minimum: 0 });

function secondsOr(word: string): Reader {
  return {
    wanted: `${SECONDS.wanted}, or ${word}`,
    schema: { anyOf: [SECONDS.schema, { type: 'string', enum: [word] }] },
    fromText: (given) => (given === word ? word : SECONDS.fromText(given)),
    fromFile: (given) => (given === word ? word : SECONDS.fromFile(given)),
  };
}

const FLAG: Reader = {
  wanted: 'true or false',
  schema: { type: 'boolean' },
  fromText: (given) => ({ true: true, false: false })[given],
  fromFile: (given) => (typeof given === 'boolean' ? given : undefined),
};

/** A text of items with commas between them, or none. */
const separated = (item: string): JsonSchema => ({
  type: 'string',
  pattern: String.raw`^(?:\s*|\s*${item}(?:,\s*${item})*)$`,
});

const itemsOf = (given: string): string[] => (given.trim() === '' ? [] : given.split(',').map((item) => item.trim()));

const OCTET = String.raw`(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)`;
const IPV4 = String.raw`${OCTET}(?:\.${OCTET}){3}/(?:3[0-2]|[12]?\d)`;
const IPV6 = String.raw`[0-9A-Fa-f]*:[0-9A-Fa-f:.]*/(?:12[0-8]|1[01]\d|[1-9]?\d)`;
const CIDR = `(?:${IPV4}|${IPV6})`;

// The pattern knows of an IPv6 address only which letters it has.
const isCidr = (given: unknown): boolean =>
  typeof given === 'string' && new RegExp(`^${CIDR}$`).test(given) && isIP(given.replace(/\/.*/, '')) !== 0;

const cidrsOf = (given: unknown) => (Array.isArray(given) && given.every(isCidr) ? given : undefined);

const CIDRS: Reader = {
  wanted: '10.8.0.0/16,10.9.0.0/16',
  wantedInFile: 'a list of ranges like 10.8.0.0/16, or the text 10.8.0.0/16,10.9.0.0/16',
  schema: {
    anyOf: [{ type: 'array', items: { type: 'string', pattern: `^${CIDR}$` } }, separated(String.raw`${CIDR}\s*`)],
  },
  fromText: (given) => cidrsOf(itemsOf(given)),
  fromFile: (given) => cidrsOf(typeof given === 'string' ? itemsOf(given) : given),
};

const PAIR = '[^\\s,=][^,=]*=[^,]*';

/** Each key once. */
function mapOf(given: string): Record<string, string> | undefined {
  const items = itemsOf(given);
  const pairs = items.map((item) => /^([^=]+?)\s*=\s*([^]*)$/.exec(item)?.slice(1) ?? []);
  const keys = new Set(pairs.map(([key]) => key));
  return keys.size < items.length || keys.has(undefined) ? undefined : Object.fromEntries(pairs);
}

const isMap = (given: unknown): boolean =>
  typeof given === 'object' &&
  given !== null &&
  !Array.isArray(given) &&
  Object.entries(given).every(([key, value]) => key !== '' && typeof value === 'string');

const MAP: Reader = {
  wanted: 'k=v,k=v',
  wantedInFile: 'a map of texts, or the text k=v,k=v',
  schema: {
    anyOf: [
      { type: 'object', propertyNames: { minLength: 1 }, additionalProperties: { type: 'string' } },
      separated(PAIR),
    ],
  },
  fromText: mapOf,
  fromFile: (given) => (typeof given === 'string' ? mapOf(given) : isMap(given) ? given : undefined),
};

const READERS: Record<Extract<Kind, string>, Reader> = {
  string: text('text', String.raw`\S`),
  id: text('at most 20 of a-z, 0-9 and -, or nothing', `^(?:${CONTROLLER_ID})?$`),
  number: number('a whole number above 0', { type: 'integer', minimum: 1 }),
  seconds: SECONDS,
  flag: FLAG,
  cidrs: CIDRS,
  map: MAP,
  address: text('host:port', `^${ADDRESS}$`),
  addressOrOff: text('host:port or off', `^(?:off|${ADDRESS})$`),
};
