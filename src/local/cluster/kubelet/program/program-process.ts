import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { startGuarded } from '../../../guarded-process.ts';
import type { Program, RunningApp } from '../runtime.ts';

/** Starts a program as a container; it ends with this process, which is its node. */
export function runProgram({ file, args, env, log }: Program): RunningApp {
  mkdirSync(dirname(log), { recursive: true });
  const program = startGuarded({ file, args, env, log });
  return {
    exited: program.exitCode,
    signal: (signal) => void (signal === 'SIGKILL' ? program.kill() : program.terminate()),
    configure: () => undefined,
  };
}
