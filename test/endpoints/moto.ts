import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { realClock } from '../../src/runtime/clock.ts';

const START_MS = 30_000;
const STOP_MS = 3_000;

/** Starts a moto server on a free port of 127.0.0.1; `python` is that of an environment with moto in it. */
export async function startMoto(python: string): Promise<{ url: string; close(): Promise<void> }> {
  const child = spawn(python, ['-m', 'moto.server', '-H', '127.0.0.1', '-p', '0'], {
    env: { PATH: process.env['PATH'], NO_COLOR: '1', PYTHONUNBUFFERED: '1' },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const kill = () => child.kill('SIGKILL');
  process.once('exit', kill);
  const close = async () => {
    process.off('exit', kill);
    await stop(child);
  };
  try {
    return { url: await announcedUrl(child), close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function announcedUrl(child: ChildProcess): Promise<string> {
  const said: string[] = [];
  const late = realClock.after(START_MS, () => child.kill('SIGKILL'));
  for await (const line of createInterface({ input: child.stderr as NodeJS.ReadableStream })) {
    said.push(line);
    const url = /Running on (http:\/\/\S+)/.exec(line)?.[1];
    if (url === undefined) continue;
    late.cancel();
    child.stderr?.resume();
    return url;
  }
  throw new Error(`moto: wanted a line with its URL, given ${said.join('\n') || 'nothing'}`);
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'exit');
  child.kill('SIGTERM');
  const patience = realClock.after(STOP_MS, () => child.kill('SIGKILL'));
  await gone;
  patience.cancel();
}
