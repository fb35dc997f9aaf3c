import { isDeepStrictEqual } from 'node:util';
import type { Clock } from '../../../runtime/clock.ts';

/** `coming`: values still to be seen, the oldest first. */
type Entry<V> = { submitted: V | undefined; due: number; coming: (V | undefined)[]; visible: V | undefined };
type Seen<V> = (key: string, value: V | undefined) => void;

/**
 * What one load balancer node knows: values by key, each change seen only after its lag. Changes of one key are seen in
 * the order they were made, changes of different keys in any order.
 */
export class NodeView<V> {
  readonly #entries = new Map<string, Entry<V>>();
  readonly #clock: Clock;
  readonly #onSeen: Seen<V>;
  #closed = false;

  constructor(clock: Clock, onSeen: Seen<V>) {
    this.#clock = clock;
    this.#onSeen = onSeen;
  }

  visible(key: string): V | undefined {
    return this.#entries.get(key)?.visible;
  }

  /** Submits what differs from `wanted`; `lagOf` draws the milliseconds until one change is seen. */
  submit(wanted: ReadonlyMap<string, V>, lagOf: (before: V | undefined, after: V | undefined) => number): void {
    for (const key of new Set([...this.#entries.keys(), ...wanted.keys()])) {
      const before = this.#entries.get(key)?.submitted;
      const after = wanted.get(key);
      if (!isDeepStrictEqual(before, after)) this.#submit(key, after, lagOf(before, after));
    }
  }

  /** Milliseconds until everything submitted for this key is seen. */
  behind(key: string): number {
    return Math.max(0, (this.#entries.get(key)?.due ?? 0) - this.#clock.monotonic());
  }

  /** From now on nothing more is seen. */
  close(): void {
    this.#closed = true;
  }

  #submit(key: string, value: V | undefined, lagMs: number): void {
    const entry: Entry<V> = this.#entries.get(key) ?? { submitted: undefined, due: 0, coming: [], visible: undefined };
    this.#entries.set(key, entry);
    const now = this.#clock.monotonic();
    entry.submitted = value;
    entry.coming.push(value);
    entry.due = Math.max(entry.due, now + lagMs);
    if (entry.due <= now) this.#see(key, entry);
    else this.#clock.after(entry.due - now, () => this.#see(key, entry));
  }

  // Two timers due within one millisecond fire in any order: each shows the oldest value that was not seen yet.
  #see(key: string, entry: Entry<V>): void {
    if (this.#closed) return;
    const value = entry.coming.shift();
    entry.visible = value;
    if (value === undefined && entry.submitted === undefined) this.#entries.delete(key);
    this.#onSeen(key, value);
  }
}
