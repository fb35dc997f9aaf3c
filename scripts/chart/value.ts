/** A part of a JSON Schema (draft 7). */
export type Schema = { readonly [keyword: string]: unknown };

/** One value of the chart: what it takes, what it is without a word, and what it does. */
export type Value = { readonly schema: Schema; readonly fallback: unknown; readonly text: string };

/** Values below one key. */
export type ValueGroup = { readonly text: string; readonly values: ValueTable };

export type ValueTable = { readonly [key: string]: Value | ValueGroup };

export const isGroup = (value: Value | ValueGroup): value is ValueGroup => 'values' in value;

const STRING = { type: 'string' };

export const text = (fallback: string, about: string, schema: Schema = {}): Value => ({
  schema: { ...STRING, ...schema },
  fallback,
  text: about,
});

export const flag = (fallback: boolean, about: string): Value => ({
  schema: { type: 'boolean' },
  fallback,
  text: about,
});

export const oneOf = (words: readonly string[], about: string): Value => text(words[0] ?? '', about, { enum: words });

export const whole = (fallback: number, minimum: number, about: string): Value => ({
  schema: { type: 'integer', minimum },
  fallback,
  text: about,
});

/** A map of texts, such as labels. */
export const texts = (about: string, fallback: Readonly<Record<string, string>> = {}): Value => ({
  schema: { type: 'object', additionalProperties: STRING },
  fallback,
  text: about,
});

/** What Kubernetes checks itself: a field of its API as it stands there. */
export const asInKubernetes = (type: 'object' | 'array', fallback: unknown, about: string): Value => ({
  schema: type === 'array' ? { type, items: { type: 'object' } } : { type, additionalProperties: true },
  fallback,
  text: about,
});
