import { type Reader, readerOf } from './kinds.ts';
import { SETTINGS, type SettingName } from './table.ts';

/** What one source has for a setting. */
export type Found = {
  /** Where it comes from, for people: `flag --workers`, `environment PODWIRE_WORKERS`, `podwire.yaml:4`, `default`, `not set`. */
  origin: string;
  /** What a message about it begins with. */
  subject: string;
  /** Undefined where it was refused, or is not set. */
  value: unknown;
};

/** What is known of a value before it is read. */
type Given = { origin: string; subject: string; given: unknown; as: 'text' | 'file' };

/** The value that was given for a setting; one that it does not take becomes a problem. */
export function readValue(name: SettingName, { given, as, ...where }: Given, problems: string[]): Found {
  const reader = readerOf(SETTINGS[name].kind);
  const value = as === 'file' ? reader.fromFile(given) : reader.fromText(given as string);
  if (value === undefined) problems.push(`${where.subject}: wanted ${wantedOf(reader, as)}, given ${shown(given)}`);
  return { ...where, value };
}

const wantedOf = ({ wanted, wantedInFile }: Reader, as: Given['as']): string =>
  as === 'file' ? (wantedInFile ?? wanted) : wanted;

/** A value in at most a hundred letters, one level deep: what YAML refers to many times over would be long without end. */
export function shown(given: unknown, deep = true): string {
  if (given === null || given === undefined) return 'nothing';
  if (typeof given === 'string') return cut(JSON.stringify(given));
  if (typeof given !== 'object') return `${given as number | boolean}`;
  if (!deep) return '…';
  const items = Object.entries(given).slice(0, 10);
  if (Array.isArray(given)) return cut(`[${items.map(([, item]) => shown(item, false)).join(', ')}]`);
  return cut(`{${items.map(([key, item]) => `${key}: ${shown(item, false)}`).join(', ')}}`);
}

const cut = (text: string): string => (text.length > 100 ? `${text.slice(0, 100)}…` : text);
