import { type CompletedFlag, type CompletionTable, PROGRAMS, writtenFlags } from './table.ts';

/** Completion for zsh, to be sourced after compinit or kept as `_podwire` in a folder of `fpath`. */
export const zshCompletion = (table: CompletionTable): string[] => [
  `#compdef ${PROGRAMS.join(' ')}`,
  '_podwire() {',
  '  local -a commands',
  '  commands=(',
  ...table.map(({ name, summary }) => `    ${quoted(`${name}:${summary}`)}`),
  '  )',
  '  if (( CURRENT == 2 )); then',
  "    _describe 'command' commands",
  '    return',
  '  fi',
  '  case "${words[2]} ${words[CURRENT-1]}" in',
  ...table.flatMap(({ name, flags }) => flags.filter(({ takesValue }) => takesValue).map((flag) => value(name, flag))),
  '  esac',
  '  case "${words[2]}" in',
  ...table.map(({ name, words, flags }) => {
    const offered = [...flags.flatMap(writtenFlags), '--help'].join(' ');
    const first = words.length === 0 ? '' : `compadd -S '' -- ${words.join(' ')}; `;
    return `    ${name}) ${first}compadd -- ${offered} ;;`;
  }),
  '  esac',
  '}',
  `compdef _podwire ${PROGRAMS.join(' ')}`,
];

const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;

function value(command: string, flag: CompletedFlag): string {
  const patterns = writtenFlags(flag).map((written) => quoted(`${command} ${written}`));
  const offered = flag.values.length === 0 ? '_files' : `compadd -- ${flag.values.join(' ')}`;
  return `    ${patterns.join('|')}) ${offered}; return ;;`;
}
