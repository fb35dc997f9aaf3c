import { Retry } from '../errors.ts';
import type { KubeObject } from './api.ts';

/** One line of a watch. */
export type Frame =
  | { type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK'; object: KubeObject }
  | { type: 'ERROR'; object: { code?: number; message?: string; reason?: string } };

const NEWLINE = 0x0a;
const LONGEST_LINE = 64 * 1024 * 1024; // etcd keeps no object of more than 1.5 MB
const TYPES = new Set(['ADDED', 'MODIFIED', 'DELETED', 'BOOKMARK']);

/** Cuts a stream of bytes into lines. Cuts bytes and not characters, so that a character split over two pieces stays whole. */
export class LineSplitter {
  #rest: Buffer[] = [];
  #restLength = 0;

  /** The lines that this piece completes, without their ends; empty lines are left out. */
  push(piece: Buffer): string[] {
    const lines: string[] = [];
    let from = 0;
    for (let end = piece.indexOf(NEWLINE); end >= 0; end = piece.indexOf(NEWLINE, from)) {
      this.#keep(piece.subarray(from, end));
      const line = this.#take().trim();
      if (line !== '') lines.push(line);
      from = end + 1;
    }
    this.#keep(piece.subarray(from));
    return lines;
  }

  #keep(part: Buffer): void {
    if (part.length === 0) return;
    this.#rest.push(part);
    this.#restLength += part.length;
    if (this.#restLength > LONGEST_LINE) throw new Retry('the API server sends a line without end');
  }

  #take(): string {
    const line = this.#rest.length === 1 ? (this.#rest[0] as Buffer) : Buffer.concat(this.#rest);
    this.#rest = [];
    this.#restLength = 0;
    return line.toString('utf8');
  }
}

/** Reads one line of a watch; undefined when it is none. What we never read of an object is dropped at once. */
export function parseFrame(line: string): Frame | undefined {
  let frame: Partial<Frame> | null;
  try {
    frame = JSON.parse(line) as Partial<Frame> | null;
  } catch {
    return undefined;
  }
  if (typeof frame !== 'object' || frame === null || typeof frame.object !== 'object' || frame.object === null)
    return undefined;
  if (frame.type === 'ERROR') return frame as Frame;
  if (!TYPES.has(frame.type ?? '')) return undefined;
  return withoutNoise(frame.object as KubeObject) ? (frame as Frame) : undefined;
}

const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration';

/** Whether it is an object at all; drops the parts that are half of its bytes and decide nothing. */
export function withoutNoise(object: KubeObject): boolean {
  const metadata = object?.metadata as (KubeObject['metadata'] & { managedFields?: unknown }) | undefined;
  if (typeof metadata !== 'object' || metadata === null || typeof metadata.resourceVersion !== 'string') return false;
  delete metadata.managedFields;
  if (metadata.annotations) delete metadata.annotations[LAST_APPLIED];
  return true;
}
