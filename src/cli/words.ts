import { type ParseArgsOptionsConfig, parseArgs } from 'node:util';
import { Invalid } from '../errors.ts';
import { nearest } from '../nearest.ts';

/** What was typed cannot be understood, and nothing was done: exit code 2. */
export class WrongWords extends Invalid {}

type Taken<Options extends ParseArgsOptionsConfig> = {
  command: string;
  options: Options;
  /** Whether words may stand beside the flags. */
  words?: boolean;
};

/** Flags and words of a command as `parseArgs` reads them. Throws WrongWords about the first that it does not take, with the nearest flag. */
export function readWords<const Options extends ParseArgsOptionsConfig>(
  args: string[],
  { command, options, words = false }: Taken<Options>,
) {
  const { tokens } = parseArgs({ args, options, strict: false, allowPositionals: true, tokens: true });
  const flags = tokens.filter((token) => token.kind === 'option');
  for (const flag of flags) checkFlag(flag, { command, options });
  const stray = words ? undefined : tokens.find(({ kind }) => kind === 'positional');
  if (stray?.kind === 'positional') throw new WrongWords(command, `wanted flags only, given ${stray.value}`);
  return parseArgs({ args, options, allowPositionals: true });
}

type Flag = { name: string; rawName: string; value: string | undefined; inlineValue: boolean | undefined };

function checkFlag(flag: Flag, { command, options }: { command: string; options: ParseArgsOptionsConfig }): void {
  const known = options[flag.name];
  if (known === undefined) throw unknownFlag(command, flag, Object.keys(options));
  if (known.type === 'boolean') {
    if (flag.value !== undefined) throw new WrongWords(flag.rawName, `wanted no value, given ${flag.value}`);
  } else if (flag.value === undefined || (flag.inlineValue === false && flag.value.startsWith('-')))
    throw new WrongWords(flag.rawName, `wanted a value, given ${flag.value ?? 'none'}`);
}

/** The error about a flag that is none of those known, with the nearest of them. */
export function unknownFlag(
  command: string,
  { name, rawName }: Pick<Flag, 'name' | 'rawName'>,
  known: string[],
): WrongWords {
  const near = nearest(name, known);
  return new WrongWords(command, `unknown flag ${rawName}${near === undefined ? '' : `; did you mean --${near}?`}`);
}
