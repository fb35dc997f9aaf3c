/** What a setting takes: its values in texts (flags, environment) and in a config file stand in `kinds.ts`. */
export type Kind =
  | 'string'
  | 'id'
  | 'number'
  | 'seconds'
  | 'flag'
  | 'cidrs'
  | 'map'
  | 'address'
  | 'addressOrOff'
  | { readonly oneOf: readonly string[] }
  | { readonly secondsOr: string };

/**
 * One setting. Its key in the table is its key in the config file and in code; flag and environment variable follow from it:
 * `logLevel`, `--log-level`, `PODWIRE_LOG_LEVEL`.
 */
export type Setting = {
  readonly kind: Kind;
  /** What it does, in one or two sentences; stands in the documentation and in the schema. */
  readonly text: string;
  /** As text; without one the setting may stay unset. */
  readonly fallback?: string;
  readonly required?: true;
  /** Of a bare number. */
  readonly unit?: string;
  /** Environment variables of others that are read after our own. */
  readonly alsoFrom?: readonly string[];
};

type Values = {
  string: string;
  id: string;
  number: number;
  seconds: number;
  flag: boolean;
  cidrs: string[];
  map: Record<string, string>;
  address: string;
  addressOrOff: string;
};

type ValueOfKind<K> = K extends keyof Values
  ? Values[K]
  : K extends { readonly oneOf: readonly (infer Word)[] }
    ? Word
    : K extends { readonly secondsOr: infer Word }
      ? number | Word
      : never;

/** What code gets for a row of the table. */
export type ValueOf<S extends Setting> = S extends { readonly fallback: string } | { readonly required: true }
  ? ValueOfKind<S['kind']>
  : ValueOfKind<S['kind']> | undefined;

/** The flag of a setting: `--log-level` for `logLevel`. */
export const flagOf = (name: string): string => `--${kebab(name)}`;

/** Its environment variables; the first that is set and not empty counts. */
export const variablesOf = (name: string, { alsoFrom = [] }: Setting): string[] => [
  `PODWIRE_${kebab(name).replaceAll('-', '_').toUpperCase()}`,
  ...alsoFrom,
];

const kebab = (name: string): string => name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

/** What its number counts. */
export const unitOf = ({ kind, unit }: Setting): string | undefined =>
  unit ?? (kind === 'seconds' || (typeof kind === 'object' && 'secondsOr' in kind) ? 'seconds' : undefined);
