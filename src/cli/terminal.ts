import { basename } from 'node:path';
import { Invalid } from '../errors.ts';
import { type Commands, runCommand } from './command.ts';

/** Runs one command with this process's arguments; SIGTERM and SIGINT ask it to end, and a second one ends it. */
export async function runInTerminal(
  commands: Commands,
  args: string[],
  { env, file = '' }: { env: NodeJS.ProcessEnv; file?: string | undefined },
): Promise<number> {
  const abort = new AbortController();
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => abort.abort());
  const tell = (line: string): void => void process.stderr.write(`${line}\n`);
  try {
    const out = (line: string): void => void process.stdout.write(`${line}\n`);
    const colour = Boolean(process.stdout.isTTY) && !env.NO_COLOR;
    return await runCommand(commands, args, { env, out, tell, signal: abort.signal, program: programOf(file), colour });
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    tell(error instanceof Invalid ? error.message : (error.stack ?? error.message));
    return 1;
  }
}

/** kubectl runs `kubectl-podwire` for `kubectl podwire`. */
const programOf = (file: string): string => (basename(file).startsWith('kubectl-') ? 'kubectl podwire' : 'podwire');
