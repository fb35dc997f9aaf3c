import { parseArgs } from 'node:util';
import { nearest } from '../nearest.ts';
import { CONFIG } from './config-file.ts';
import { flagOf } from './setting.ts';
import { SETTINGS, type SettingName } from './table.ts';

type Name = SettingName | 'config';

const NAMES = new Map<string, Name>(
  [...Object.keys(SETTINGS), CONFIG.name].map((name) => [flagOf(name).slice(2), name as Name]),
);

/** Every flag of `podwire run` as `parseArgs` takes it: each with a value. */
export const FLAG_OPTIONS = Object.fromEntries([...NAMES.keys()].map((flag) => [flag, { type: 'string' as const }]));

/** The text that each flag has, the last one where a flag is given twice; whatever is no such flag becomes a problem. */
export function readFlags(args: string[], problems: string[]): Partial<Record<Name, string>> {
  const { tokens } = parseArgs({ args, options: FLAG_OPTIONS, strict: false, allowPositionals: true, tokens: true });
  const given: Partial<Record<Name, string>> = {};
  for (const [at, token] of tokens.entries()) {
    if (token.kind === 'positional' && !belongsToUnknown(tokens[at - 1])) {
      problems.push(`unexpected argument "${token.value}": settings are flags, --name value`);
    }
    if (token.kind !== 'option') continue;
    const name = NAMES.get(token.name);
    if (name === undefined) problems.push(`unknown flag ${token.rawName}${hint(token.name)}`);
    else if (token.value === undefined) problems.push(`--${token.name}: wanted a value, given none`);
    else given[name] = token.value;
  }
  return given;
}

// parseArgs cannot know that an unknown flag takes a value: what follows it is one.
const belongsToUnknown = (before: { kind: string; name?: string } | undefined): boolean =>
  before?.kind === 'option' && !NAMES.has(before.name ?? '');

const hint = (name: string): string => {
  const near = nearest(name, [...NAMES.keys()]);
  return near === undefined ? '' : `; did you mean --${near}?`;
};
