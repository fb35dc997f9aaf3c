import { type CompletedFlag, type CompletionTable, PROGRAMS, writtenFlags } from './table.ts';

/** Completion for bash 3.2 and newer, to be sourced. */
export const bashCompletion = (table: CompletionTable): string[] => [
  '_podwire() {',
  '  local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD-1]}',
  '  COMPREPLY=()',
  '  if [ "$COMP_CWORD" -eq 1 ]; then',
  `    COMPREPLY=($(compgen -W "${table.map(({ name }) => name).join(' ')}" -- "$current"))`,
  '    return',
  '  fi',
  '  case "${COMP_WORDS[1]} $previous" in',
  ...table.flatMap(({ name, flags }) =>
    flags.filter(({ takesValue }) => takesValue).flatMap((flag) => value(name, flag)),
  ),
  '  esac',
  '  case "${COMP_WORDS[1]}" in',
  ...table.map(({ name, words, flags }) => {
    const offered = [...words, ...flags.map((flag) => `--${flag.name}`), '--help'].join(' ');
    return `    ${name}) COMPREPLY=($(compgen -W "${offered}" -- "$current")) ;;`;
  }),
  '  esac',
  '  # What ends with a slash goes on.',
  '  case "${COMPREPLY[0]}" in */) compopt -o nospace 2>/dev/null ;; esac',
  '}',
  `complete -F _podwire ${PROGRAMS.join(' ')}`,
];

function value(command: string, flag: CompletedFlag): string[] {
  const patterns = writtenFlags(flag).map((written) => `"${command} ${written}"`);
  const offered = flag.values.length === 0 ? '-f' : `-W "${flag.values.join(' ')}"`;
  return [`    ${patterns.join('|')}) COMPREPLY=($(compgen ${offered} -- "$current")); return ;;`];
}
