import { nearest } from '../nearest.ts';
import type { Command, Commands } from './command.ts';
import { bashCompletion } from './completion/bash.ts';
import { fishCompletion } from './completion/fish.ts';
import { type CompletionTable, completionTable } from './completion/table.ts';
import { zshCompletion } from './completion/zsh.ts';

const SHELLS: Record<string, (table: CompletionTable) => string[]> = {
  bash: bashCompletion,
  zsh: zshCompletion,
  fish: fishCompletion,
};

/** The command that prints what a shell needs to complete these commands, and itself. */
export function completionOf(commands: Commands): Command {
  const command: Command = {
    summary: 'Prints completion for a shell, also for the name kubectl-podwire.',
    usage: 'podwire completion bash|zsh|fish',
    examples: [
      'source <(podwire completion bash)',
      'podwire completion zsh > "${fpath[1]}/_podwire"',
      'podwire completion fish > ~/.config/fish/completions/podwire.fish',
    ],
    words: Object.keys(SHELLS),
    async run([shell = '', ...rest], { out, tell }) {
      const lines = SHELLS[shell];
      if (lines === undefined || rest.length > 0) {
        const near = nearest(shell, Object.keys(SHELLS));
        tell(
          `completion: wanted bash, zsh or fish, given ${[shell, ...rest].join(' ') || 'nothing'}${near ? `; did you mean ${near}?` : ''}`,
        );
        return 2;
      }
      const all: Commands = { ...commands, completion: async () => ({ command }) };
      for (const line of lines(await completionTable(all))) out(line);
      return 0;
    },
  };
  return command;
}
