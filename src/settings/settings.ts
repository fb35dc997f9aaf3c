import { parseArgs } from 'node:util';
import { nearest } from '../nearest.ts';
import type { DrainValues } from './drain.ts';
import { SETTINGS, type Setting, type SettingName } from './table.ts';

export type Settings = DrainValues & {
  clusterName: string;
  region: string;
  vpcId: string;
  kubeconfig: string | undefined;
  awsEndpointUrl: string | undefined;
  defaultTargetType: 'ip' | 'instance';
  defaultScheme: 'internal' | 'internet-facing';
  defaultSslPolicy: string;
  defaultTags: Record<string, string>;
  routableCidrs: string[];
  fallbackAwaySeconds: number;
  fallbackBackSeconds: number;
  workers: number;
  sweepIntervalSeconds: number;
  takeOver: boolean;
  leaderElect: boolean;
  leaseName: string;
  leaseNamespace: string;
  leaseDurationSeconds: number;
  leaseRenewDeadlineSeconds: number;
  leaseRetrySeconds: number;
  inject: 'auto' | 'policy' | 'webhook' | 'off';
  webhookAddress: string;
  webhookSecret: string;
  ownNamespace: string;
  metricsAddress: string;
  logLevel: string;
};

export type Environment = Record<string, string | undefined>;

/** The settings from flags, then environment, then the table; or every problem at once, one sentence each. */
export function readSettings(args: string[], env: Environment): { settings: Settings } | { problems: string[] } {
  const problems: string[] = [];
  const given = readFlags(args, problems);
  const values = Object.fromEntries(
    NAMES.map((name) => [camel(name), readValue(name, valueOf(name, { given, env }), problems)]),
  );
  if (problems.length > 0) return { problems };
  const settings = values as Settings;
  problems.push(...leaseProblems(settings));
  return problems.length > 0 ? { problems } : { settings };
}

/** A holder must have stopped acting before the others may begin, and must have tried to renew more than once before that. */
function leaseProblems(settings: Settings): string[] {
  const { leaseDurationSeconds: duration, leaseRenewDeadlineSeconds: deadline, leaseRetrySeconds: retry } = settings;
  const tooLate = `--lease-renew-deadline-seconds: wanted less than --lease-duration-seconds (${duration}), given ${deadline}`;
  const tooSeldom = `--lease-retry-seconds: wanted at most half of --lease-renew-deadline-seconds (${deadline}), given ${retry}`;
  const nothing = `--lease-retry-seconds: wanted more than 0, given ${retry}`;
  return [
    ...(deadline < duration ? [] : [tooLate]),
    ...(retry <= deadline / 2 ? [] : [tooSeldom]),
    ...(retry > 0 ? [] : [nothing]),
  ];
}

const NAMES = Object.keys(SETTINGS) as SettingName[];

function readFlags(args: string[], problems: string[]): Record<string, string> {
  const options = Object.fromEntries(NAMES.map((name) => [name, { type: 'string' as const }]));
  const { tokens } = parseArgs({ args, options, strict: false, allowPositionals: true, tokens: true });
  const given: Record<string, string> = {};
  for (const [at, token] of tokens.entries()) {
    if (token.kind === 'positional' && !belongsToUnknown(tokens[at - 1])) {
      problems.push(`unexpected argument "${token.value}": settings are flags, --name value`);
    }
    if (token.kind !== 'option') continue;
    if (!(token.name in SETTINGS)) problems.push(`unknown flag --${token.name}${hint(token.name)}`);
    else if (token.value === undefined) problems.push(`--${token.name}: wanted a value, given none`);
    else given[token.name] = token.value;
  }
  return given;
}

// parseArgs cannot know that an unknown flag takes a value: what follows it is one.
const belongsToUnknown = (before: { kind: string; name?: string } | undefined): boolean =>
  before?.kind === 'option' && !((before.name ?? '') in SETTINGS);

const hint = (name: string): string => {
  const near = nearest(name, NAMES);
  return near === undefined ? '' : `; did you mean --${near}?`;
};

function valueOf(name: SettingName, from: { given: Record<string, string>; env: Environment }): string | undefined {
  const setting: Setting = SETTINGS[name];
  const fromEnv = setting.env
    .map((variable) => from.env[variable])
    .find((value) => value !== undefined && value !== '');
  return from.given[name] ?? fromEnv ?? setting.fallback;
}

function readValue(name: SettingName, text: string | undefined, problems: string[]): unknown {
  const setting: Setting = SETTINGS[name];
  if (text === undefined || (text === '' && setting.required)) {
    if (setting.required) problems.push(`--${name} is required (or ${setting.env.join(', ')}): ${setting.text}`);
    return undefined;
  }
  const { value, wanted } = parse(text, setting.kind);
  if (value === undefined) problems.push(`--${name}: wanted ${wanted}, given "${text}"`);
  return value;
}

type Parsed = { value?: unknown; wanted: string };

function parse(text: string, kind: Setting['kind']): Parsed {
  if (typeof kind === 'string') return PARSERS[kind](text);
  if ('secondsOr' in kind) return parseSecondsOr(text, kind.secondsOr);
  return { ...(kind.oneOf.includes(text) && { value: text }), wanted: kind.oneOf.join(' or ') };
}

const parseSeconds = (text: string): { value?: number; wanted: string } => ({
  ...(/^\d+(\.\d+)?$/.test(text) && { value: Number(text) }),
  wanted: 'seconds, 0 or more',
});

const itemsOf = (text: string): string[] => (text === '' ? [] : text.split(',').map((item) => item.trim()));

const PARSERS: Record<Extract<Setting['kind'], string>, (text: string) => Parsed> = {
  string: (text) => ({ value: text, wanted: 'text' }),
  number: (text) => ({ ...(/^[1-9]\d*$/.test(text) && { value: Number(text) }), wanted: 'a whole number above 0' }),
  seconds: parseSeconds,
  flag: (text) => ({ ...(/^(true|false)$/.test(text) && { value: text === 'true' }), wanted: 'true or false' }),
  list: (text) => ({ value: itemsOf(text), wanted: 'a,b' }),
  map(text) {
    const items = itemsOf(text);
    const pairs = items.map((item) => [item.slice(0, item.indexOf('=')), item.slice(item.indexOf('=') + 1)] as const);
    const whole = items.every((item) => item.indexOf('=') > 0);
    return { ...(whole && { value: Object.fromEntries(pairs) }), wanted: 'k=v,k=v' };
  },
};

function parseSecondsOr(text: string, word: string): { value?: number | string; wanted: string } {
  const { value, wanted } = parseSeconds(text);
  const given = text === word ? word : value;
  return { ...(given !== undefined && { value: given }), wanted: `${wanted}, or ${word}` };
}

const camel = (name: string): string => name.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase());
