import { type CompletedFlag, type CompletionTable, PROGRAMS } from './table.ts';

/** Completion for fish, to be sourced or kept in `~/.config/fish/completions`. */
export const fishCompletion = (table: CompletionTable): string[] =>
  PROGRAMS.flatMap((program) => [
    `complete -c ${program} -f`,
    ...table.flatMap(({ name, summary, words, flags }) => [
      `complete -c ${program} -n __fish_use_subcommand -a ${name} -d ${quoted(summary)}`,
      ...(words.length === 0 ? [] : [`${within(program, name)} -a ${quoted(words.join(' '))}`]),
      ...flags.map((flag) => `${within(program, name)} ${flagOf(flag)}`),
    ]),
  ]);

const within = (program: string, name: string): string =>
  `complete -c ${program} -n '__fish_seen_subcommand_from ${name}'`;

function flagOf({ name, short, takesValue, values }: CompletedFlag): string {
  const written = `-l ${name}${short === undefined ? '' : ` -s ${short}`}`;
  if (!takesValue) return written;
  return values.length === 0 ? `${written} -r -F` : `${written} -x -a ${quoted(values.join(' '))}`;
}

const quoted = (text: string): string => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
