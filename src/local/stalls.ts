import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Stall, stallsIn } from '../runtime/watchdog.ts';

/** A stall of the process whose log is `<name>.log`. */
export type ProcessStall = Stall & { process: string };

/** Stalls that were not over at `since`, of all processes that log to this folder; milliseconds since the epoch. */
export async function stallsSince(dir: string, since: number): Promise<ProcessStall[]> {
  const logs = (await readdir(dir)).filter((file) => file.endsWith('.log'));
  const found = await Promise.all(
    logs.map(async (file) =>
      unwantedIn(await readFile(join(dir, file), 'utf8')).map((stall) => ({ ...stall, process: file.slice(0, -4) })),
    ),
  );
  return found.flat().filter(({ time, ms }) => Date.parse(time) + ms > since);
}

/** What the log of a process is told that is made to stand still on purpose; milliseconds since the epoch. */
export const pauseLine = (at: number): string => `made to stand still at ${new Date(at).toISOString()}`;

const PAUSE = /made to stand still at ([\dT:.-]+Z)/g;
/** A signal takes effect some time after it was asked for. */
const SIGNAL_MS = 500;

function unwantedIn(log: string): Stall[] {
  const pauses = [...log.matchAll(PAUSE)].map(([, time = '']) => Date.parse(time));
  const wanted = ({ time, ms }: Stall): boolean => {
    const began = Date.parse(time);
    return pauses.some((at) => at >= began - SIGNAL_MS && at <= began + ms);
  };
  return stallsIn(log).filter((stall) => !wanted(stall));
}
