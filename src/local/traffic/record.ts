import { once } from 'node:events';
import { createWriteStream, type WriteStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import type { FailureKind } from './failure.ts';
import type { Shape } from './mix.ts';

/** What became of one request of a recorded load. Times are milliseconds since 1970. */
export type RecordedRequest = {
  id: string;
  target: string;
  shape: Shape;
  began: number;
  ended: number;
  /** Milliseconds by which it was sent later than it was due. */
  lateMs: number;
  status?: number;
  /** `<namespace>/<name>` of the pod that answered. */
  pod?: string;
  /** Beginning of the names of the pods that may answer. */
  expected?: string;
  failure?: { kind: FailureKind; error: string };
};

/** A file with one line for each request of a load. */
export class RequestRecord {
  readonly #stream: WriteStream;

  constructor(file: string) {
    this.#stream = createWriteStream(file);
  }

  add(request: RecordedRequest): void {
    this.#stream.write(`${JSON.stringify(request)}\n`);
  }

  async close(): Promise<void> {
    const finished = once(this.#stream, 'finish');
    this.#stream.end();
    await finished;
  }
}

/** The requests of a file that was closed, in the order in which they ended. */
export async function readRecord(file: string): Promise<RecordedRequest[]> {
  const text = await readFile(file, 'utf8');
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as RecordedRequest);
}
