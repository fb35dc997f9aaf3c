import { FLAG_OPTIONS } from '../../settings/flags.ts';
import { wantsJson } from '../output.ts';
import { OwnFlags } from '../own-flags.ts';

const OWN = {
  output: { type: 'string', short: 'o' },
  context: { type: 'string' },
  namespace: { type: 'string', short: 'n' },
  'no-aws': { type: 'boolean' },
} as const;

export const OPTIONS = { ...FLAG_OPTIONS, ...OWN };

/** How doctor was asked; `flags` are those of `podwire run`. */
export type Asked = {
  json: boolean;
  withAws: boolean;
  context?: string;
  /** Where the operator was installed. */
  namespace?: string;
  flags: string[];
  /** Of these flags, since the settings may be in the cluster. */
  kubeconfig?: string;
};

/** Throws WrongWords with one sentence for whatever cannot be understood; the flags of `podwire run` are looked at by the settings. */
export function readArguments(args: string[]): Asked {
  const given = new OwnFlags(args, OWN);
  const { output, ...named } = given.last('output', 'context', 'namespace', 'kubeconfig');
  return { ...named, json: wantsJson(output), withAws: !given.has('no-aws'), flags: given.rest() };
}
