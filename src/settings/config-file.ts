import { readFileSync } from 'node:fs';
import { EVENT_ID, load, parseEvents, type ScalarEvent, YAMLException } from 'js-yaml';
import { nearest } from '../nearest.ts';
import { type Found, readValue, shown } from './found.ts';
import { SETTINGS, type SettingName } from './table.ts';

/** Flag and environment variable that name the file. */
export const CONFIG = { name: 'config', flag: '--config', variable: 'PODWIRE_CONFIG' } as const;

/** What stands at the head of every config file. */
export const CONFIG_HEAD = { apiVersion: 'podwire.dev/v1alpha1', kind: 'ControllerConfiguration' } as const;

export type ConfigFile = Partial<Record<SettingName, Found>>;

/** What a config file says, or undefined where it is no such file; each problem names the file, the line and the key. */
export function readConfigFile(path: string, problems: string[]): ConfigFile | undefined {
  try {
    return readConfigText({ path, text: readFileSync(path, 'utf8') }, problems);
  } catch (error) {
    problems.push(`${path || CONFIG.flag}: cannot be read: ${reason(error)}`);
    return undefined;
  }
}

/** What a config file says that was read already; `path` is what problems name. */
export type ConfigText = { path: string; text: string };

/** The same of a text. */
export function readConfigText({ path, text }: ConfigText, problems: string[]): ConfigFile | undefined {
  const wrong: string[] = [];
  const file = parse({ path, text }, wrong);
  if (file) wrong.push(...headProblems(path, file.keys));
  problems.push(...wrong);
  return file && wrong.length === 0 ? settingsOf(file, problems) : undefined;
}

type File = { keys: Record<string, unknown>; where(key: string): string };

function parse({ path, text }: ConfigText, problems: string[]): File | undefined {
  try {
    const keys = load(text);
    if (isMap(keys)) return { keys, where: placesOf(path, text) };
    problems.push(`${path}: wanted ${HEAD} and settings, given ${shown(keys)}`);
  } catch (error) {
    if (!(error instanceof YAMLException)) throw error;
    problems.push(sentence(path, error));
  }
  return undefined;
}

const HEAD = `apiVersion: ${CONFIG_HEAD.apiVersion}, kind: ${CONFIG_HEAD.kind}`;

const isMap = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** `ENOENT: no such file or directory`, without the call and the path that Node adds. */
const reason = (error: unknown): string => (error as Error).message.split(', ')[0] as string;

function sentence(path: string, { reason, mark }: YAMLException): string {
  if (mark === undefined) return `${path}: ${reason}`;
  const line = mark.buffer.split('\n')[mark.line] ?? '';
  return `${path}:${mark.line + 1}: ${reason}: ${shown(line.trim())}`;
}

const headProblems = (path: string, keys: Record<string, unknown>): string[] =>
  Object.entries(CONFIG_HEAD).flatMap(([key, wanted]) =>
    keys[key] === wanted ? [] : [`${path}: ${key}: wanted ${wanted}, given ${shown(keys[key])}`],
  );

function settingsOf({ keys, where }: File, problems: string[]): ConfigFile {
  const found: ConfigFile = {};
  for (const [key, given] of Object.entries(keys)) {
    const at = { origin: where(key), subject: `${where(key)}: ${key}` };
    if (isSetting(key)) found[key] = readValue(key, { ...at, given, as: 'file' }, problems);
    else if (!Object.hasOwn(CONFIG_HEAD, key)) problems.push(`${where(key)}: unknown key ${shown(key)}${hint(key)}`);
  }
  return found;
}

const isSetting = (key: string): key is SettingName => Object.hasOwn(SETTINGS, key);

function hint(key: string): string {
  const near = nearest(key, Object.keys(SETTINGS));
  return near === undefined ? '' : `; did you mean ${near}?`;
}

/** Returns a function that says where a key at the top stands: `podwire.yaml:4`. */
function placesOf(path: string, text: string): (key: string) => string {
  const lineAt = (position: number) => text.slice(0, position).split('\n').length;
  const keys = topKeys(text).map((key) => [text.slice(key.valueStart, key.valueEnd), lineAt(key.valueStart)] as const);
  const lines = new Map(keys);
  return (key) => (lines.has(key) ? `${path}:${lines.get(key)}` : path);
}

/** Each key of the outermost map, with where it stands in the text, its quotes left out. */
function topKeys(text: string): ScalarEvent[] {
  let depth = 0;
  let nodes = 0;
  return parseEvents(text, {}).filter((event): event is ScalarEvent => {
    if (event.type === EVENT_ID.POP) depth--;
    // The map stands in a document, and its keys and values take turns.
    const isKey = event.type !== EVENT_ID.POP && depth === 2 && nodes++ % 2 === 0;
    if (OPENS.has(event.type)) depth++;
    return isKey && event.type === EVENT_ID.SCALAR;
  });
}

const OPENS = new Set<number>([EVENT_ID.DOCUMENT, EVENT_ID.SEQUENCE, EVENT_ID.MAPPING]);
