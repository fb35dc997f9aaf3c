import { type ChildProcess, spawn } from 'node:child_process';
import { appendFileSync, closeSync, openSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { realClock as clock } from '../runtime/clock.ts';
import { pauseLine } from './stalls.ts';

/** A program that is not ours, which dies with us however we die. Its output goes to `log`. */
export type GuardedProcess = {
  /** Resolves when it has ended, with the reason. */
  readonly ended: Promise<string>;
  /** Resolves with its exit code, 137 after SIGKILL. */
  readonly exitCode: Promise<number>;
  running(): boolean;
  /** SIGTERM, and nothing after it. */
  terminate(): void;
  /** SIGTERM, and SIGKILL after `graceMs`. */
  stop(graceMs?: number): Promise<void>;
  /** SIGKILL. */
  kill(): Promise<void>;
  /** SIGSTOP: it stands still until `resume`, and knows nothing of it; its log does, so that this is not taken for a stall of the machine. */
  pause(): void;
  resume(): void;
};

export type Program = { file: string; args: string[]; log: string; env?: NodeJS.ProcessEnv };

// The shell holds the reading end of a pipe whose other end only we have: when it closes, on our order or by our death, the program is killed.
const GUARD = `
exec 3<&0
"$@" 3<&- </dev/null &
child=$!
trap 'kill -TERM $child' TERM
trap 'kill -STOP $child' USR1
trap 'kill -CONT $child' USR2
{ cat <&3 >/dev/null; kill -KILL $child; } 2>/dev/null >&2 &
wait $child
code=$?
while kill -0 $child 2>/dev/null; do wait $child; code=$?; done
exit $code`;

export function startGuarded(program: Program): GuardedProcess {
  const log = openSync(program.log, 'a');
  const shell = spawn('/bin/sh', ['-c', GUARD, basename(program.file), program.file, ...program.args], {
    stdio: ['pipe', log, log],
    ...(program.env && { env: program.env }),
  });
  closeSync(log);
  shell.stdin?.on('error', () => undefined);
  let running = true;
  const ended = new Promise<string>((resolve) => {
    shell.on('error', (error) => resolve(error.message));
    shell.on('exit', (code, signal) => resolve(signal ?? `exit code ${code}`));
  }).finally(() => {
    running = false;
    shell.stdin?.destroy();
  });
  const kill = () => closed(shell, ended);
  return {
    ended,
    exitCode: ended.then(exitCodeIn),
    running: () => running,
    terminate: () => void shell.kill('SIGTERM'),
    kill,
    pause: () => {
      appendFileSync(program.log, `${pauseLine(clock.now())}\n`);
      shell.kill('SIGUSR1');
    },
    resume: () => void shell.kill('SIGUSR2'),
    stop: (graceMs = 5_000) => stopThenKill(shell, { ended, kill, graceMs }),
  };
}

/** What ends without a code was killed by a signal, or could not be started. */
const KILLED = 137;
const exitCodeIn = (reason: string): number => Number(/^exit code (\d+)$/.exec(reason)?.[1] ?? KILLED);

async function closed(shell: ChildProcess, ended: Promise<string>): Promise<void> {
  shell.stdin?.destroy();
  await ended;
}

async function stopThenKill(
  shell: ChildProcess,
  how: { ended: Promise<string>; kill: () => Promise<void>; graceMs: number },
): Promise<void> {
  shell.kill('SIGTERM');
  const timer = setTimeout(() => void how.kill(), how.graceMs);
  await how.ended;
  clearTimeout(timer);
}

/** The last lines of a log, for an error message. */
export async function tailOf(log: string, lines = 5): Promise<string> {
  const text = await readFile(log, 'utf8').catch(() => '');
  return text.trimEnd().split('\n').slice(-lines).join('\n');
}
