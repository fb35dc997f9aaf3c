import { parseArgs } from 'node:util';
import { Invalid } from '../../errors.ts';
import { FLAG_OPTIONS } from '../../settings/flags.ts';

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

/** Throws Invalid with one sentence for whatever cannot be understood; the flags of `podwire run` are looked at by the settings. */
export function readArguments(args: string[]): Asked {
  const { tokens, values } = parseArgs({
    args,
    options: OPTIONS,
    strict: false,
    allowPositionals: true,
    tokens: true,
  });
  const own = tokens.flatMap((token) => {
    if (token.kind !== 'option' || !Object.hasOwn(OWN, token.name)) return [];
    return token.inlineValue === false ? [token.index, token.index + 1] : [token.index];
  });
  for (const name of ['output', 'context', 'namespace', 'kubeconfig'] as const)
    if (values[name] === true) throw new Invalid(`--${name}`, 'wanted a value, given none');
  const { output = 'text', context, namespace, kubeconfig } = values as Partial<Record<string, string>>;
  if (output !== 'text' && output !== 'json') throw new Invalid('--output', `wanted text or json, given ${output}`);
  return {
    json: output === 'json',
    withAws: values['no-aws'] !== true,
    ...(context !== undefined && { context }),
    ...(namespace !== undefined && { namespace }),
    ...(kubeconfig !== undefined && { kubeconfig }),
    flags: args.filter((_, at) => !own.includes(at)),
  };
}
