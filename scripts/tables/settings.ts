import { readerOf } from '../../src/settings/kinds.ts';
import { flagOf, type Setting, unitOf, variablesOf } from '../../src/settings/setting.ts';
import { SETTING_GROUPS } from '../../src/settings/table.ts';
import { code, sectionOf, tableOf } from './markdown.ts';

type Settings = Readonly<Record<string, Setting>>;

/** Every setting, one table for each group. */
export const settingsTables = (): string =>
  Object.entries<Settings>(SETTING_GROUPS)
    .map(([title, settings]) => sectionOf(title, tableOf(HEAD, Object.entries(settings).map(row))))
    .join('\n\n');

const HEAD = ['config file', 'flag', 'environment', 'takes', 'default', ''];

function row([name, setting]: [string, Setting]): string[] {
  const variables = variablesOf(name, setting).map(code).join(', ');
  return [code(name), code(flagOf(name)), variables, takes(setting), fallbackOf(setting), setting.text];
}

function takes(setting: Setting): string {
  const { kind } = setting;
  if (typeof kind === 'object' && 'oneOf' in kind) return kind.oneOf.map(code).join(', ');
  const { wanted } = readerOf(kind);
  const unit = unitOf(setting);
  return unit === undefined || wanted.startsWith(unit) ? wanted : `${unit}: ${wanted}`;
}

function fallbackOf({ required, fallback }: Setting): string {
  if (required) return '**required**';
  return fallback ? code(fallback) : '';
}
