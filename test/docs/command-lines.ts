import { type Block, blocksOf, documents, spansOf } from './documents.ts';

/** One command as a document shows it, in words. */
export type CommandLine = { at: string; words: string[] };

const PROGRAMS = ['podwire', 'helm', 'npm'];
/** What may stand before the program itself. */
const BEFORE = /^(?:\$ |(?:[A-Z_]+=\S+ )+|source <\(|npx |kubectl (?=podwire ))/;

/** The command lines of a text; what is optional counts as given. */
export function commandLinesOf({ file, line, text }: Block): CommandLine[] {
  const whole = text.replaceAll(/\\\n\s*/g, ' ').split('\n');
  const commands = whole.flatMap((one) => one.replace(/(^|\s)# .*/, '').split(/ (?:\||&&|;|>) /));
  return commands
    .map((one) => one.trim().replace(BEFORE, ''))
    .filter((one) => PROGRAMS.includes(one.split(' ')[0] ?? ''))
    .map((one) => ({ at: `${file}:${line}`, words: wordsOf(one) }));
}

const wordsOf = (command: string): string[] =>
  (command.match(/(?:'[^']*'|"[^"]*"|[^\s'"])+/g) ?? [])
    .map((word) => word.replaceAll(/^\[|[\])…]+$/g, '').replaceAll(/['"]/g, ''))
    .filter((word) => word !== '');

/** Every command line that a document shows, in a block or in the midst of a sentence. */
export const shownCommands = (): CommandLine[] =>
  documents()
    .flatMap((document) => [...blocksOf(document), ...spansOf(document)])
    .flatMap(commandLinesOf);
