import type { Problem } from '../stack.ts';
import { INGRESS_PREFIX, OWN_PREFIX } from './annotation.ts';
import { OWN_KEYS } from './own-keys.ts';
import type { Read } from './reader.ts';
import { quote } from './quote.ts';
import { INGRESS_KEYS, rowOf } from './table.ts';

/** One place that values come from: an object's annotations, or the fields of class parameters that stand for them. */
export type Source = {
  /** By key of {@link INGRESS_KEYS}, or by whole key for our own. */
  values: Record<string, string>;
  /** How the place of a key is named in a message. */
  field: (key: string) => string;
  /** Whether a key that no source has is to be written here. */
  usual?: boolean;
};

/** Sources, the strongest first, and where problems go. */
export type Reading = { sources: Source[]; problems: Problem[] };

type Rows = typeof INGRESS_KEYS;
type OwnRows = { [K in keyof typeof OWN_KEYS as `${typeof OWN_PREFIX}${K}`]: (typeof OWN_KEYS)[K] };
type AllRows = Rows & OwnRows;
type Families = Extract<keyof Rows, `${string}.*`>;
export type Key = Exclude<keyof AllRows, Families>;
type Family = Families extends `${infer Name}.*` ? Name : never;

/** The strongest value of a key; undefined when there is none, or when it is wrong, which is then a problem. */
export function read<K extends Key>(reading: Reading, key: K): Read<AllRows[K]['read']> | undefined {
  return readAny(reading, key) as Read<AllRows[K]['read']> | undefined;
}

/** The strongest value of a key that is not wrong; each wrong one is a warning. For what must not keep an object from being served. */
export function readFirstGood<K extends Key>({ sources, problems }: Reading, key: K) {
  for (const source of sources) {
    const wrong: Problem[] = [];
    const value = parse(source, key, wrong) as Read<AllRows[K]['read']> | undefined;
    problems.push(...wrong.map((problem) => ({ ...problem, severity: 'warning' as const })));
    if (value !== undefined) return value;
  }
  return undefined;
}

/** The strongest value of `family.name`. */
export function readOf<F extends Family>(reading: Reading, family: F, name: string) {
  return readAny(reading, `${family}.${name}`) as Read<Rows[`${F}.*`]['read']> | undefined;
}

/** The maps of all sources as one; of one key the strongest value. */
export function readMap(reading: Reading, key: Key): Record<string, string> {
  const maps = reading.sources.map((source) => parse(source, key, reading.problems) as Record<string, string>);
  return Object.assign({}, ...maps.toReversed());
}

/** How the strongest source names the key; where none has it, how it would usually be written. */
export function fieldOf({ sources }: Reading, key: string): string {
  const source = sources.find(({ values }) => values[key] !== undefined) ?? sources.find(({ usual }) => usual);
  return source?.field(key) ?? key;
}

function readAny(reading: Reading, key: string): unknown {
  const source = reading.sources.find(({ values }) => values[key] !== undefined);
  return source && parse(source, key, reading.problems);
}

function parse(source: Source, key: string, problems: Problem[]): unknown {
  const given = source.values[key];
  const row = key.startsWith(OWN_PREFIX) ? rowOf(key.slice(OWN_PREFIX.length), OWN_KEYS) : rowOf(key, INGRESS_KEYS);
  if (given === undefined || row === undefined) return undefined;
  const outcome = row.read(given);
  if ('value' in outcome) return outcome.value;
  problems.push({
    severity: 'refused',
    reason: 'InvalidValue',
    field: source.field(key),
    message: `wanted ${outcome.wanted}; given ${quote(given)}`,
  });
  return undefined;
}

/** The annotations of an object as a source. */
export function annotationSource(of: string, annotations: Record<string, string>): Source {
  const values = Object.fromEntries(
    Object.entries(annotations).flatMap(([key, value]) => {
      if (key.startsWith(INGRESS_PREFIX)) return [[key.slice(INGRESS_PREFIX.length), value]];
      return key.startsWith(OWN_PREFIX) ? [[key, value]] : [];
    }),
  );
  const prefixed = (key: string) => (key.startsWith(OWN_PREFIX) ? key : `${INGRESS_PREFIX}${key}`);
  return { values, field: (key) => `${of} metadata.annotations[${prefixed(key)}]` };
}
