import { existsSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { nearest } from '../nearest.ts';
import { configTemplate, effectiveJson, effectiveText, effectiveYaml } from '../settings/config-text.ts';
import { FLAG_OPTIONS } from '../settings/flags.ts';
import { checkConfigFile, type Effective, readSettings } from '../settings/settings.ts';
import type { Command, Terminal } from './command.ts';

const OWN = { effective: { type: 'boolean' }, output: { type: 'string', short: 'o' } } as const;

export const command: Command = {
  summary: 'Prints the settings and where each comes from, or a config file with all of them; checks a config file.',
  usage: [
    'podwire config print > podwire.yaml                            a config file with every setting, explained, at its default',
    'podwire config print --effective [-o yaml|json|text] [FLAGS]   what podwire run would have with these FLAGS here',
    'podwire config check FILE                                      what is wrong with a config file',
    '',
    'Exit code of check: 0 nothing is wrong with it, 1 something is, 2 there is no such file.',
  ].join('\n  '),
  examples: [
    'podwire config print > podwire.yaml',
    'podwire config check podwire.yaml',
    'podwire config print --effective --config podwire.yaml --log-level debug -o text',
  ],
  options: { ...FLAG_OPTIONS, ...OWN },
  values: { output: ['yaml', 'json', 'text'] },
  words: ['print', 'check'],
  async run([verb = '', ...args], terminal) {
    if (verb === 'print') return print(args, terminal);
    if (verb === 'check') return check(args, terminal);
    const near = nearest(verb, ['print', 'check']);
    const hint = verb === '' || near === undefined ? '' : `; did you mean ${near}?`;
    return refuse([`config: wanted print or check, given ${verb || 'nothing'}${hint}`], terminal);
  },
};

function refuse(problems: string[], { tell }: Terminal): number {
  for (const problem of problems) tell(problem);
  return 2;
}

const PRINTED: Record<string, (effective: Effective) => string[]> = {
  yaml: effectiveYaml,
  json: (effective) => [effectiveJson(effective)],
  text: effectiveText,
};

function print(args: string[], terminal: Terminal): number {
  const { effective, output, rest } = readOwn(args);
  const lines = PRINTED[output];
  if (!lines) return refuse([`--output: wanted ${Object.keys(PRINTED).join(' or ')}, given ${output}`], terminal);
  if (!effective) return printTemplate({ output, rest }, terminal);
  const read = readSettings(rest, terminal.env);
  if ('problems' in read) return refuse(read.problems, terminal);
  for (const line of lines(read)) terminal.out(line);
  return 0;
}

function printTemplate({ output, rest }: { output: string; rest: string[] }, terminal: Terminal): number {
  if (output !== 'yaml') return refuse(['--output: without --effective there is yaml only'], terminal);
  if (rest.length > 0) return refuse([`${rest[0]}: flags are for --effective`], terminal);
  for (const line of configTemplate()) terminal.out(line);
  return 0;
}

/** The flags of this command, and the rest, which are those of `podwire run`. */
function readOwn(args: string[]): { effective: boolean; output: string; rest: string[] } {
  const options = { ...FLAG_OPTIONS, ...OWN };
  const { tokens, values } = parseArgs({ args, options, strict: false, allowPositionals: true, tokens: true });
  const own = tokens.flatMap((token) => {
    if (token.kind !== 'option' || !Object.hasOwn(OWN, token.name)) return [];
    return token.inlineValue === false ? [token.index, token.index + 1] : [token.index];
  });
  const rest = args.filter((_, at) => !own.includes(at));
  return { effective: values.effective !== undefined, output: String(values.output ?? 'yaml'), rest };
}

function check(args: string[], terminal: Terminal): number {
  const [file, ...others] = args;
  if (file === undefined || others.length > 0)
    return refuse([`config check: wanted FILE, given ${args.join(' ') || 'nothing'}`], terminal);
  if (!existsSync(file)) return refuse([`${file}: there is no such file`], terminal);
  const problems = checkConfigFile(file);
  for (const problem of problems) terminal.tell(problem);
  if (problems.length === 0) terminal.out(`${file}: nothing is wrong with it`);
  return problems.length === 0 ? 0 : 1;
}
