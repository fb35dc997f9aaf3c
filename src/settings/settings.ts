import { nameFor } from '../api/controller.ts';
import { CONFIG, type ConfigFile, type ConfigText, readConfigFile, readConfigText } from './config-file.ts';
import { readFlags } from './flags.ts';
import { type Found, readValue } from './found.ts';
import { leaseProblems } from './lease-times.ts';
import { flagOf, type Setting, type ValueOf, variablesOf } from './setting.ts';
import { SETTINGS, type SettingName } from './table.ts';

/** What code gets. */
export type Settings = { -readonly [Name in SettingName]: ValueOf<(typeof SETTINGS)[Name]> };

export type Environment = Record<string, string | undefined>;

/** The settings, and where each comes from: `flag --workers`, `environment PODWIRE_WORKERS`, `podwire.yaml:4`, `default`, `not set`. */
export type Effective = { settings: Settings; origins: Record<SettingName, string> };

/**
 * The settings from flags, then environment, then the config file, then the table; or every problem at once, one sentence each.
 * `other` stands for the config file where none is named.
 */
export function readSettings(args: string[], env: Environment, other?: ConfigText): Effective | { problems: string[] } {
  const problems: string[] = [];
  const flags = readFlags(args, problems);
  const path = flags.config ?? (env[CONFIG.variable] || undefined);
  const file = path === undefined ? readOther(other, problems) : readConfigFile(path, problems);
  if (file === undefined) return { problems };
  const found = findAll({ flags, env, file }, problems);
  for (const name of missing(found)) problems.push(requiredSentence(name));
  return problems.length > 0 ? { problems } : effectiveOf(found);
}

const readOther = (other: ConfigText | undefined, problems: string[]): ConfigFile | undefined =>
  other === undefined ? {} : readConfigText(other, problems);

/** What is wrong with a config file by itself, one sentence each. */
export function checkConfigFile(path: string): string[] {
  const problems: string[] = [];
  const file = readConfigFile(path, problems);
  if (file !== undefined) findAll({ flags: {}, env: {}, file }, problems);
  return problems;
}

type AllFound = Record<SettingName, Found>;

const effectiveOf = (found: AllFound): Effective => ({
  settings: valuesOf(found),
  origins: Object.fromEntries(NAMES.map((name) => [name, found[name].origin])) as Record<SettingName, string>,
});

const valuesOf = (found: AllFound): Settings => {
  const values = Object.fromEntries(NAMES.map((name) => [name, found[name].value])) as Settings;
  for (const name of OF_ITS_OWN)
    if (found[name].origin === DEFAULT) values[name] = nameFor(values[name], values.controllerId);
  return values;
};

/** Names of objects that no two operators may share: where nobody says otherwise the id is part of them. */
const OF_ITS_OWN = ['leaseName', 'webhookSecret'] as const;

/** What each setting is, and what is wrong with them taken together where nothing is wrong with each. */
function findAll(sources: Sources, problems: string[]): AllFound {
  const found = Object.fromEntries(NAMES.map((name) => [name, find(name, sources, problems)])) as AllFound;
  if (problems.length === 0) problems.push(...leaseProblems(valuesOf(found), found));
  return found;
}

const NOT_SET = 'not set';
const DEFAULT = 'default';

const NAMES = Object.keys(SETTINGS) as SettingName[];

type Sources = { flags: Partial<Record<SettingName, string>>; env: Environment; file: ConfigFile };

/** The value of the first source that has one. */
function find(name: SettingName, { flags, env, file }: Sources, problems: string[]): Found {
  const setting: Setting = SETTINGS[name];
  const flag = flagOf(name);
  const variable = variablesOf(name, setting).find((one) => (env[one] ?? '') !== '');
  const text = (subject: string, origin: string, given: string | undefined) =>
    readValue(name, { origin, subject, given, as: 'text' }, problems);
  if (flags[name] !== undefined) return text(flag, `flag ${flag}`, flags[name]);
  if (variable !== undefined) return text(variable, `environment ${variable}`, env[variable]);
  if (file[name] !== undefined) return file[name];
  if (setting.fallback !== undefined) return text(flag, DEFAULT, setting.fallback);
  return { subject: flag, origin: NOT_SET, value: undefined };
}

const missing = (found: AllFound): SettingName[] =>
  NAMES.filter((name) => found[name].origin === NOT_SET && 'required' in SETTINGS[name]);

function requiredSentence(name: SettingName): string {
  const setting: Setting = SETTINGS[name];
  const variables = variablesOf(name, setting).join(', ');
  return `${flagOf(name)} is required (or ${variables}, or ${name} in a config file): ${setting.text}`;
}
