import { createWriteStream, type WriteStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** The header of a request that pods keep a log of. */
export const REQUEST_ID = 'x-request-id';

/** The response header in which a pod says who it is: `<namespace>/<name>`. */
export const SERVED_BY = 'x-pod';

/** One line of the log. `leaving`: the pod had been told to end when it wrote this. */
export type RequestEntry = {
  time: number; // milliseconds since 1970
  what: 'began' | 'finished';
  id: string;
  pod: string; // <namespace>/<name>
  leaving: boolean;
};

/** Where pods tell of the requests that carry an id: when the work began (the body was read), and when it was done. */
export type RequestLog = { note(entry: RequestEntry): void };

/** The log of all pods whose kubelet logs to this folder. */
export const requestLogIn = (dir: string): string => join(dir, 'requests.txt');

export const NO_REQUEST_LOG: RequestLog = { note: () => undefined };

/** A log in a file, to which several processes may append at once. The file is made with the first line. */
export function appendRequests(file: string): RequestLog {
  let stream: WriteStream | undefined;
  return {
    note({ time, what, id, pod, leaving }) {
      stream ??= createWriteStream(file, { flags: 'a' });
      stream.write(`${time} ${what} ${id} ${pod}${leaving ? ' leaving' : ''}\n`);
    },
  };
}

/** The entries of a log in the order they were written; none where there is no such file. */
export async function readRequests(file: string): Promise<RequestEntry[]> {
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return '';
    throw error;
  });
  return text.split('\n').flatMap((line) => entryOf(line) ?? []);
}

/** A line that a killed process did not finish is no entry. */
function entryOf(line: string): RequestEntry | undefined {
  const [time = '', what, id, pod, leaving] = line.split(' ');
  if (!/^\d+$/.test(time) || (what !== 'began' && what !== 'finished')) return undefined;
  if (id === undefined || pod === undefined) return undefined;
  return { time: Number(time), what, id, pod, leaving: leaving === 'leaving' };
}
