import { execFile } from 'node:child_process';

export type Ended = { code: number; out: string; told: string };

/** Runs the bundle as a user does, and tells how it ended. */
export function podwire(args: string[], options: { env?: NodeJS.ProcessEnv; limitMs?: number } = {}): Promise<Ended> {
  const { env = {}, limitMs = 15_000 } = options;
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      ['bin/podwire.js', ...args],
      { env: { PATH: process.env.PATH, HOME: '/nonexistent', ...env }, timeout: limitMs, maxBuffer: 10_000_000 },
      (error, out, told) => resolve({ code: error === null ? 0 : Number(error.code ?? 1), out, told }),
    );
  });
}
