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
      stallsIn(await readFile(join(dir, file), 'utf8')).map((stall) => ({ ...stall, process: file.slice(0, -4) })),
    ),
  );
  return found.flat().filter(({ time, ms }) => Date.parse(time) + ms > since);
}
