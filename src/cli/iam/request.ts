import { parseArgs } from 'node:util';
import { CONTROLLER_ID } from '../../api/controller.ts';
import { type Partition, PARTITIONS, type PolicyRequest } from '../../aws/policy.ts';
import { type Feature, FEATURE_NAMES, FEATURES } from '../../aws/rights/features.ts';
import { nearest } from '../../nearest.ts';
import { variablesOf } from '../../settings/setting.ts';
import { SETTINGS } from '../../settings/table.ts';
import { FORMATS, type Format } from './formats.ts';

export const OPTIONS = {
  'cluster-name': { type: 'string' },
  'controller-id': { type: 'string' },
  partition: { type: 'string' },
  region: { type: 'string' },
  account: { type: 'string' },
  'vpc-id': { type: 'string' },
  features: { type: 'string' },
  output: { type: 'string', short: 'o' },
} as const;

type Flag = keyof typeof OPTIONS;
type Given = Partial<Record<Flag, string>>;
type Environment = Record<string, string | undefined>;

export type IamRequest = { policy: PolicyRequest; format: Format };

/** What is asked for by flags, else by the operator's own variables such as PODWIRE_CLUSTER_NAME; or every problem, one sentence each. */
export function readRequest(args: string[], env: Environment): IamRequest | { problems: string[] } {
  const problems: string[] = [];
  const given = readFlags(args, problems);
  const from = (flag: Flag, setting: 'clusterName' | 'controllerId' | 'region' | 'vpcId'): string | undefined =>
    given[flag] ?? (env[variablesOf(setting, SETTINGS[setting])[0] ?? ''] || undefined);
  const named = {
    clusterName: from('cluster-name', 'clusterName'),
    controllerId: from('controller-id', 'controllerId'),
    region: from('region', 'region'),
    account: given.account,
    vpcId: from('vpc-id', 'vpcId'),
  };
  if (problems.length === 0 && named.clusterName === undefined)
    problems.push('--cluster-name: wanted the name of the cluster, given nothing');
  for (const [name, value] of Object.entries(named)) checkName(name as keyof typeof NAMES, value, problems);
  const partition = oneOf(PARTITIONS, ['--partition', given.partition ?? 'aws'], problems);
  const format = oneOf(FORMATS, ['--output', given.output ?? 'json'], problems);
  const features = given.features === undefined ? undefined : readFeatures(given.features, problems);
  if (problems.length > 0) return { problems };
  const { clusterName = '', ...rest } = named;
  const set = Object.fromEntries(Object.entries({ ...rest, features }).filter(([, value]) => value !== undefined));
  return { policy: { clusterName, partition: partition as Partition, ...set }, format: format as Format };
}

function readFlags(args: string[], problems: string[]): Given {
  const { values, tokens } = parseArgs({ args, options: OPTIONS, strict: false, tokens: true, allowPositionals: true });
  for (const token of tokens) {
    if (token.kind !== 'option') continue;
    if (!(token.name in OPTIONS))
      problems.push(`unknown flag ${token.rawName}${hint(token.name, Object.keys(OPTIONS), '--')}`);
    else if (typeof values[token.name] !== 'string' || values[token.name] === '')
      problems.push(`--${token.name}: wanted a value, given none`);
  }
  // What follows an unknown flag may be its value.
  const [word] = tokens.filter(({ kind }) => kind === 'positional');
  if (problems.length === 0 && word?.kind === 'positional')
    problems.push(`podwire iam: wanted flags only, given ${word.value}`);
  return values as Given;
}

function hint(written: string, known: readonly string[], before = ''): string {
  const near = nearest(written, known);
  return near === undefined ? '' : `; did you mean ${before}${near}?`;
}

/** EKS API reference, CreateCluster: name. EC2 and AWS general reference: the others. */
const NAMES = {
  clusterName: { flag: '--cluster-name', is: /^[0-9A-Za-z][\w-]{0,99}$/, wanted: '1 to 100 letters, digits, - and _' },
  controllerId: {
    flag: '--controller-id',
    is: new RegExp(`^${CONTROLLER_ID}$`),
    wanted: 'at most 20 of a-z, 0-9 and -',
  },
  region: { flag: '--region', is: /^[a-z]{2,}(-[a-z]+)+-\d+$/, wanted: 'a region such as eu-central-1' },
  account: { flag: '--account', is: /^\d{12}$/, wanted: '12 digits' },
  vpcId: { flag: '--vpc-id', is: /^vpc-[0-9a-f]{8,17}$/, wanted: 'vpc- and 8 to 17 hex digits' },
} as const;

function checkName(name: keyof typeof NAMES, value: string | undefined, problems: string[]): void {
  const { flag, is, wanted } = NAMES[name];
  if (value !== undefined && !is.test(value))
    problems.push(`${flag}: wanted ${wanted}; given ${JSON.stringify(value)}`);
}

function oneOf(known: readonly string[], [flag, given]: [string, string], problems: string[]): string {
  if (!known.includes(given))
    problems.push(`${flag}: wanted ${known.join(', ')}; given ${JSON.stringify(given)}${hint(given, known)}`);
  return given;
}

/** `usual` and `all` stand for theirs. */
function readFeatures(given: string, problems: string[]): Feature[] {
  const words = given.split(',').map((word) => word.trim());
  const known: readonly string[] = ['all', 'usual', ...FEATURE_NAMES];
  for (const word of words)
    if (!known.includes(word))
      problems.push(`--features: wanted ${known.join(', ')}; given ${JSON.stringify(word)}${hint(word, known)}`);
  return FEATURE_NAMES.filter(
    (name) => words.includes('all') || words.includes(name) || (words.includes('usual') && FEATURES[name].usual),
  );
}
