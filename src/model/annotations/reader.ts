import { isIP } from 'node:net';

/** What came of reading a text: the value, or what was wanted in its place. */
type Outcome<T> = { value: T } | { wanted: string };

export type Reader<T> = (text: string) => Outcome<T>;

export type Read<R> = R extends Reader<infer T> ? T : never;

const reader =
  <T>(wanted: string, parse: (text: string) => T | undefined): Reader<T> =>
  (text) => {
    const value = parse(text);
    return value === undefined ? { wanted } : { value };
  };

/** Text of at least one character. */
export const text = (atMost = Number.POSITIVE_INFINITY): Reader<string> =>
  reader(Number.isFinite(atMost) ? `1 to ${atMost} characters` : 'some text', (given) =>
    given.length > 0 && given.length <= atMost ? given : undefined,
  );

/** Text of the given form, which `wanted` names for the message. */
export const matching = (wanted: string, pattern: RegExp): Reader<string> =>
  reader(wanted, (given) => (pattern.test(given) ? given : undefined));

export const bool: Reader<boolean> = reader("'true' or 'false'", (given) =>
  ['true', 'false'].includes(given.trim()) ? given.trim() === 'true' : undefined,
);

/** Both ends are allowed. */
export const wholeNumber = (from: number, to: number): Reader<number> =>
  reader(`a whole number from ${from} to ${to}`, (given) => {
    const value = Number(given);
    return /^-?\d{1,9}$/.test(given.trim()) && value >= from && value <= to ? value : undefined;
  });

/** A point in time, as milliseconds since 1970. */
export const time: Reader<number> = reader('an RFC 3339 time such as 2026-01-31T09:30:00Z', (given) => {
  const value = RFC_3339.test(given.trim()) ? Date.parse(given.trim()) : Number.NaN;
  return Number.isNaN(value) ? undefined : value;
});

const RFC_3339 = /^\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)$/;

/** A number of seconds, fractions allowed. Both ends are allowed. */
export const seconds = (from: number, to: number): Reader<number> =>
  reader(`seconds from ${from} to ${to}`, (given) => secondsIn(given, from, to));

/** Such a number, or the word. */
export const secondsOr = <const W extends string>(word: W, from: number, to: number): Reader<number | W> =>
  reader(`seconds from ${from} to ${to}, or ${word}`, (given) =>
    given.trim() === word ? word : secondsIn(given, from, to),
  );

function secondsIn(given: string, from: number, to: number): number | undefined {
  const value = Number(given);
  return /^\d{1,6}(\.\d{1,3})?$/.test(given.trim()) && value >= from && value <= to ? value : undefined;
}

export const oneOf = <const T extends string>(...values: T[]): Reader<T> =>
  reader(`one of ${values.join(', ')}`, (given) => values.find((value) => value === given.trim()));

/** `a,b,c`: at least one item, spaces around items dropped. */
export const stringList: Reader<string[]> = reader('a list: item,item', (given) => {
  const items = splitItems(given);
  return items.length > 0 ? items : undefined;
});

const splitItems = (given: string): string[] =>
  given
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '');

/** `key=value,key=value`; a backslash before a comma keeps the comma in the value. */
export const stringMap: Reader<Record<string, string>> = reader('a map: key=value,key=value', (given) => {
  const items = given
    .split(/(?<!\\),/)
    .map((item) => item.trim().replaceAll('\\,', ','))
    .filter((item) => item !== '');
  if (items.some((item) => item.indexOf('=') < 1)) return undefined;
  return Object.fromEntries(items.map((item) => splitPair(item)));
});

function splitPair(item: string): [string, string] {
  const at = item.indexOf('=');
  return [item.slice(0, at).trim(), item.slice(at + 1).trim()];
}

/** What {@link stringMap} reads back as the same map. */
export const writeMap = (map: Record<string, string>): string =>
  Object.entries(map)
    .map(([key, value]) => `${key}=${value.replaceAll(',', '\\,')}`)
    .join(',');

export const cidrList: Reader<string[]> = reader('a list of CIDRs such as 10.0.0.0/8,2001:db8::/32', (given) => {
  const items = splitItems(given);
  return items.length > 0 && items.every(isCidr) ? items : undefined;
});

/** Whether it is an address of either family with the length of a prefix. */
export function isCidr(given: string): boolean {
  const [address = '', bits = '', ...rest] = given.split('/');
  const family = isIP(address);
  return family > 0 && rest.length === 0 && /^\d{1,3}$/.test(bits) && Number(bits) <= (family === 4 ? 32 : 128);
}

/** Nothing is decided by it yet: any text will do. */
export const anything: Reader<string> = (given) => ({ value: given });
