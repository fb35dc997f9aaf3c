import { nearest } from '../../nearest.ts';
import type { Reader } from './reader.ts';

/** Checks one JSON value. What is wrong is thrown as a {@link Misshapen}, with the path of the value. */
export type Shape<T> = (value: unknown, path: string) => T;

export type Shaped<S> = S extends Shape<infer T> ? T : never;

class Misshapen extends Error {
  override readonly name = 'Misshapen';
}

const fail = (path: string, wanted: string, given: unknown): never => {
  const where = path === '' ? '' : `${path.replace(/^\./, '')}: `;
  const written = given === undefined ? ', which is missing' : `, not ${JSON.stringify(given)}`;
  throw new Misshapen(`${where}${wanted}${written}`);
};

/** Reads JSON of a shape; the names of keys count without their case, as the peer's reader takes them. */
export const json =
  <T>(shape: Shape<T>): Reader<T> =>
  (text) => {
    try {
      return { value: shape(JSON.parse(text), '') };
    } catch (error) {
      if (error instanceof SyntaxError) return { wanted: `JSON (${error.message})` };
      if (error instanceof Misshapen) return { wanted: error.message };
      throw error;
    }
  };

/** Checks a value that is JSON already: the value, or what was wanted. */
export function check<T>(shape: Shape<T>, value: unknown): { value: T } | { wanted: string } {
  try {
    return { value: shape(value, '') };
  } catch (error) {
    if (error instanceof Misshapen) return { wanted: error.message };
    throw error;
  }
}

export const string: Shape<string> = (value, path) => (typeof value === 'string' ? value : fail(path, 'a text', value));

export const boolean: Shape<boolean> = (value, path) =>
  typeof value === 'boolean' ? value : fail(path, 'true or false', value);

export const pattern =
  (wanted: string, expression: RegExp): Shape<string> =>
  (value, path) =>
    typeof value === 'string' && expression.test(value) ? value : fail(path, wanted, value);

export const integer =
  (from: number, to: number): Shape<number> =>
  (value, path) =>
    typeof value === 'number' && Number.isInteger(value) && value >= from && value <= to
      ? value
      : fail(path, `a whole number from ${from} to ${to}`, value);

export const choice =
  <const T extends string>(...values: T[]): Shape<T> =>
  (value, path) =>
    values.find((one) => one === value) ?? fail(path, `one of ${values.join(', ')}`, value);

/** A Service port: a number, a number in quotes, or a name. */
export const portRef: Shape<{ name: string } | { number: number }> = (value, path) => {
  const written = String(value);
  if (/^\d{1,5}$/.test(written)) return { number: Number(written) };
  return typeof value === 'string' && value !== '' ? { name: value } : fail(path, 'a port number or name', value);
};

export const list =
  <T>(item: Shape<T>, atLeast = 1): Shape<T[]> =>
  (value, path) =>
    Array.isArray(value) && value.length >= atLeast
      ? value.map((one, at) => item(one, `${path}[${at}]`))
      : fail(path, atLeast === 0 ? 'a list' : 'a list that is not empty', value);

export const mapOf =
  <T>(item: Shape<T>): Shape<Record<string, T>> =>
  (value, path) =>
    Object.fromEntries(entriesOf(value, path).map(([key, one]) => [key, item(one, `${path}.${key}`)]));

const entriesOf = (value: unknown, path: string): [string, unknown][] =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
    ? Object.entries(value)
    : fail(path, 'an object', value);

type Fields = Record<string, Shape<unknown>>;
type Values<F extends Fields> = { [K in keyof F]: Shaped<F[K]> };

/** An object with these fields and, where written, those of `extra`; every other key is refused by name. */
export const object =
  <Must extends Fields, May extends Fields = Record<never, never>>(
    must: Must,
    may?: May,
  ): Shape<Values<Must> & Partial<Values<May>>> =>
  (value, path) => {
    const fields: Fields = { ...must, ...may };
    const written = Object.fromEntries(entriesOf(value, path).map(([key, one]) => [knownKey(key, fields, path), one]));
    const present = Object.entries(fields).filter(([key]) => key in must || written[key] !== undefined);
    return Object.fromEntries(
      present.map(([key, shape]) => [key, shape(written[key], `${path}.${key}`)]),
    ) as Values<Must> & Partial<Values<May>>;
  };

function knownKey(key: string, fields: Fields, path: string): string {
  const names = Object.keys(fields);
  const known = names.find((name) => name.toLowerCase() === key.toLowerCase());
  if (known !== undefined) return known;
  const near = nearest(key, names);
  return fail(path, `${near === undefined ? `only the keys ${names.join(', ')}` : `the key "${near}"`}`, key);
}
