import { FLAG_OPTIONS } from '../../settings/flags.ts';
import { wantsJson } from '../output.ts';
import { OwnFlags } from '../own-flags.ts';
import { WrongWords } from '../words.ts';

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

/** Throws WrongWords with one sentence for whatever cannot be understood; the flags of `podwire run` are looked at by the settings. */
export function readArguments(args: string[]): Asked {
  const given = new OwnFlags(args, OWN);
  checkNames(given);
  const { output, ...named } = given.last('output', 'namespace', 'context', 'state', 'record', 'kubeconfig');
  return checked({
    ...named,
    files: given.all('filename'),
    ingresses: given.words(INGRESS),
    json: wantsJson(output),
    offline: given.has('offline'),
    prune: given.has('prune'),
    flags: given.rest(INGRESS),
  });
}

function checkNames(given: OwnFlags): void {
  const [stray] = given.words(/^([^/]+\/.*)$/).filter((word) => !INGRESS.test(word));
  if (stray !== undefined) throw new WrongWords('plan', `wanted ingress/NAME, given ${stray}`);
}

function checked(asked: Asked): Asked {
  const { files, ingresses, offline, prune, state, record } = asked;
  if (files.length > 0 && ingresses.length > 0)
    throw new WrongWords('plan', 'wanted files or names of Ingresses, given both');
  if (offline && state === undefined)
    throw new WrongWords(
      '--offline',
      'wanted --state FILE with it, since the state tells which cluster it is, given none',
    );
  if (prune && files.length === 0) throw new WrongWords('--prune', 'wanted --filename with it, given none');
  if (state !== undefined && record !== undefined)
    throw new WrongWords('--record', 'wanted AWS to record from, given --state');
  return asked;
}
