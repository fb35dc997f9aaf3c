import { CONFIG, type ConfigFile, readConfigFile } from './config-file.ts';
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

/** The settings from flags, then environment, then the config file, then the table; or every problem at once, one sentence each. */
export function readSettings(args: string[], env: Environment): Effective | { problems: string[] } {
  const problems: string[] = [];
  const flags = readFlags(args, problems);
  const path = flags.config ?? (env[CONFIG.variable] || undefined);
  const file = path === undefined ? {} : readConfigFile(path, problems);
  if (file === undefined) return { problems };
  const found = NAMES.map((name) => [name, find(name, { flags, env, file }, problems)] as const);
  if (problems.length > 0) return { problems };
  const settings = Object.fromEntries(found.map(([name, { value }]) => [name, value])) as Settings;
  const wrong = leaseProblems(settings, Object.fromEntries(found) as Record<SettingName, Found>);
  if (wrong.length > 0) return { problems: wrong };
  const origins = Object.fromEntries(found.map(([name, { origin }]) => [name, origin]));
  return { settings, origins: origins as Record<SettingName, string> };
}

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
  if (setting.fallback !== undefined) return text(flag, 'default', setting.fallback);
  if (setting.required) problems.push(missing(name, setting));
  return { subject: flag, origin: 'not set', value: undefined };
}

const missing = (name: SettingName, setting: Setting): string =>
  `${flagOf(name)} is required (or ${variablesOf(name, setting).join(', ')}, or ${name} in a config file): ${setting.text}`;
