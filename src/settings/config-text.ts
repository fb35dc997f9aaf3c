import { dump } from 'js-yaml';
import { CONFIG_HEAD } from './config-file.ts';
import { readerOf } from './kinds.ts';
import { type Setting, unitOf } from './setting.ts';
import type { Effective } from './settings.ts';
import { SETTING_GROUPS, type SettingName } from './table.ts';

/** A config file with every setting at its default, and what each is for; those without a default stand there as comments. */
export const configTemplate = (): string[] => [
  '# Settings of podwire run. What is left out has the value that stands here; flags and environment win over this file.',
  ...head(),
  ...inGroups((name, setting) => [...comment(aboutOf(setting)), templateLine(name, setting), '']),
];

/** A config file with the settings as they are, each with where it comes from. */
export const effectiveYaml = ({ settings, origins }: Effective): string[] => [
  ...head(),
  ...inGroups((name) => [`${keyAndValue(name, settings[name])} # ${origins[name]}`]),
];

/** The same for programs: for each setting `value`, null where it is not set, and `from`. */
export const effectiveJson = (effective: Effective): string =>
  JSON.stringify(Object.fromEntries(names().map((name) => [name, valueAndOrigin(name, effective)])), undefined, 2);

/** The same for reading: name, where it comes from, value. */
export function effectiveText({ settings, origins }: Effective): string[] {
  const widest = (texts: string[]) => Math.max(...texts.map((text) => text.length));
  const [name, origin] = [widest(names()), widest(Object.values(origins))];
  return names().map((one) => `${one.padEnd(name)}  ${origins[one].padEnd(origin)}  ${flow(settings[one])}`.trimEnd());
}

const head = (): string[] => [...Object.entries(CONFIG_HEAD).map(([key, value]) => `${key}: ${value}`), ''];

const rowsOf = (group: Readonly<Record<string, Setting>>) => Object.entries(group) as [SettingName, Setting][];

const names = (): SettingName[] =>
  Object.values(SETTING_GROUPS).flatMap((group) => rowsOf(group).map(([name]) => name));

const inGroups = (linesOf: (name: SettingName, setting: Setting) => string[]): string[] =>
  Object.entries(SETTING_GROUPS).flatMap(([title, group]) => {
    const lines = rowsOf(group).flatMap(([name, setting]) => linesOf(name, setting));
    return [`# ${title}`, '', ...lines, ...(lines.at(-1) === '' ? [] : [''])];
  });

/** A value on one line, as YAML and people read it. */
function flow(value: unknown): string {
  if (value === undefined) return '';
  const text = dump(value, { flowLevel: 0, lineWidth: -1 }).trimEnd();
  return text.includes('\n') ? json(value) : text;
}

/** JSON is YAML, but for letters that YAML wants escaped. */
const json = (value: unknown): string =>
  JSON.stringify(value).replace(/[\x7f-\x9f\u2028\u2029\ufeff]/g, (letter) => {
    return `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`;
  });

const keyAndValue = (name: SettingName, value: unknown): string =>
  value === undefined ? `# ${name}:` : `${name}: ${flow(value)}`;

const templateLine = (name: SettingName, { kind, fallback }: Setting): string =>
  keyAndValue(name, fallback === undefined ? undefined : readerOf(kind).fromText(fallback));

function aboutOf(setting: Setting): string {
  const { wanted, wantedInFile = wanted } = readerOf(setting.kind);
  const unit = unitOf(setting);
  const takes = unit === undefined || wanted.startsWith(unit) ? wantedInFile : `${unit}, ${wantedInFile}`;
  return `${setting.text} Takes ${takes}.${setting.required ? ' Required.' : ''}`;
}

const comment = (text: string): string[] => text.match(/.{1,110}(?:\s|$)/g)?.map((line) => `# ${line.trim()}`) ?? [];

const valueAndOrigin = (name: SettingName, { settings, origins }: Effective) => ({
  value: settings[name] ?? null,
  from: origins[name],
});
