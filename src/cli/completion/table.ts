import type { Commands } from '../command.ts';

/** What a shell may offer after `podwire`. */
export type CompletionTable = { name: string; summary: string; words: readonly string[]; flags: CompletedFlag[] }[];

/** `values` are the words it takes, where these are few; without them a file may follow. */
export type CompletedFlag = { name: string; short?: string; takesValue: boolean; values: readonly string[] };

/** Every command with its flags, as each declares them. */
export async function completionTable(commands: Commands): Promise<CompletionTable> {
  return Promise.all(
    Object.entries(commands).map(async ([name, load]) => {
      const { summary, options = {}, values = {}, words = [] } = (await load()).command;
      const flags = Object.entries(options).map(([flag, { type, short }]) => ({
        name: flag,
        ...(short !== undefined && { short }),
        takesValue: type === 'string',
        values: values[flag] ?? [],
      }));
      return { name, summary, words, flags };
    }),
  );
}

/** The program, and what kubectl runs for `kubectl podwire`. */
export const PROGRAMS = ['podwire', 'kubectl-podwire'];

/** A flag as it is written, long first. */
export const writtenFlags = ({ name, short }: CompletedFlag): string[] => [
  `--${name}`,
  ...(short === undefined ? [] : [`-${short}`]),
];
