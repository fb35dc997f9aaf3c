import { parseArgs } from 'node:util';
import { Invalid } from '../../errors.ts';
import { FLAG_OPTIONS } from '../../settings/flags.ts';

const OWN = {
  filename: { type: 'string', short: 'f', multiple: true },
  output: { type: 'string', short: 'o' },
  namespace: { type: 'string', short: 'n' },
  context: { type: 'string' },
  state: { type: 'string' },
  record: { type: 'string' },
  offline: { type: 'boolean' },
  prune: { type: 'boolean' },
} as const;

export const OPTIONS = { ...FLAG_OPTIONS, ...OWN };

/** What is to be planned, and from what; `flags` are those of `podwire run`. */
export type Asked = {
  /** Files and folders with manifests. */
  files: string[];
  /** Names of Ingresses; without any and without files all of the cluster. */
  ingresses: string[];
  json: boolean;
  namespace?: string;
  context?: string;
  /** Where a state was recorded, in place of AWS. */
  state?: string;
  /** Where to record what is read. */
  record?: string;
  /** Nothing is asked of the cluster: what was recorded of it stands for it. */
  offline: boolean;
  /** Ingresses that are in none of the files, in namespaces of the files, count as deleted. */
  prune: boolean;
  flags: string[];
  /** Of these flags, since the settings may be in the cluster. */
  kubeconfig?: string;
};

const INGRESS = /^(?:ingress|ingresses|ing)\/([^/]+)$/;

/** Throws Invalid with one sentence for whatever cannot be understood; the flags of `podwire run` are looked at by the settings. */
export function readArguments(args: string[]): Asked {
  const { tokens, values } = parseArgs({ args, options: OPTIONS, strict: false, allowPositionals: true, tokens: true });
  const own = tokens.filter((token) => token.kind === 'option' && Object.hasOwn(OWN, token.name));
  const named = tokens.flatMap((token) => {
    const [, name] = token.kind === 'positional' ? (INGRESS.exec(token.value) ?? []) : [];
    return name === undefined ? [] : [{ name, index: token.index }];
  });
  const taken = new Set([...own.flatMap(placesOf), ...named.map(({ index }) => index)]);
  const flags = args.filter((_, at) => !taken.has(at));
  const kubeconfig = values.kubeconfig;
  return checked({
    ...valuesOf(own),
    ingresses: named.map(({ name }) => name),
    ...(typeof kubeconfig === 'string' && { kubeconfig }),
    flags,
  });
}

type Token = {
  kind: string;
  index: number;
  name?: string;
  value?: string | undefined;
  inlineValue?: boolean | undefined;
};

const placesOf = ({ index, inlineValue }: Token): number[] => (inlineValue === false ? [index, index + 1] : [index]);

function valuesOf(own: readonly Token[]): Omit<Asked, 'ingresses' | 'flags'> {
  const all = (name: keyof typeof OWN): string[] =>
    own.flatMap((token) => {
      if (token.name !== name) return [];
      if (OWN[name].type === 'boolean') return ['true'];
      if (token.value === undefined) throw new Invalid(`--${name}`, 'wanted a value, given none');
      return [token.value];
    });
  const last = (name: 'namespace' | 'context' | 'state' | 'record') => {
    const value = all(name).at(-1);
    return value === undefined ? {} : { [name]: value };
  };
  const output = all('output').at(-1) ?? 'text';
  if (output !== 'text' && output !== 'json') throw new Invalid('--output', `wanted text or json, given ${output}`);
  return {
    files: all('filename'),
    json: output === 'json',
    offline: all('offline').length > 0,
    prune: all('prune').length > 0,
    ...last('namespace'),
    ...last('context'),
    ...last('state'),
    ...last('record'),
  };
}

function checked(asked: Asked): Asked {
  const { files, ingresses, offline, prune, state, record } = asked;
  if (files.length > 0 && ingresses.length > 0)
    throw new Invalid('plan', 'wanted files or names of Ingresses, given both');
  if (offline && state === undefined)
    throw new Invalid(
      '--offline',
      'wanted --state FILE with it, since the state tells which cluster it is, given none',
    );
  if (prune && files.length === 0) throw new Invalid('--prune', 'wanted --filename with it, given none');
  if (state !== undefined && record !== undefined)
    throw new Invalid('--record', 'wanted AWS to record from, given --state');
  return asked;
}
