import type { Clock } from '../../../runtime/clock.ts';

type Entry<V> = { submitted: V | undefined; due: number; visible: V | undefined };

/**
 * What one load balancer node knows: values by key, each change seen only after the lag drawn for it. Changes of one key
 * are seen in the order they were made; a change overtaken before it was seen is still seen.
 */
export class NodeView<V> {
  readonly #entries = new Map<string, Entry<V>>();
  readonly #clock: Clock;
  readonly #onVisible: (key: string, before: V | undefined, after: V | undefined) => void;
  #closed = false;

  constructor(clock: Clock, onVisible: (key: string, before: V | undefined, after: V | undefined) => void) {
    this.#clock = clock;
    this.#onVisible = onVisible;
  }

  /** The value last submitted, seen or not. */
  submitted(key: string): V | undefined {
    return this.#entries.get(key)?.submitted;
  }

  submittedKeys(): string[] {
    return [...this.#entries].filter(([, entry]) => entry.submitted !== undefined).map(([key]) => key);
  }

  visible(key: string): V | undefined {
    return this.#entries.get(key)?.visible;
  }

  visibleEntries(): [string, V][] {
    return [...this.#entries].flatMap(([key, { visible }]) =>
      visible === undefined ? [] : [[key, visible] as [string, V]],
    );
  }

  /** Shows `value` (undefined: gone) under `key` after `lagMs`, yet never before an earlier change of the same key. */
  submit(key: string, value: V | undefined, lagMs: number): void {
    const entry: Entry<V> = this.#entries.get(key) ?? { submitted: undefined, due: 0, visible: undefined };
    this.#entries.set(key, entry);
    entry.submitted = value;
    const now = this.#clock.monotonic();
    entry.due = Math.max(entry.due, now + lagMs);
    if (entry.due <= now) this.#show(key, entry, value);
    else this.#clock.after(entry.due - now, () => this.#show(key, entry, value));
  }

  close(): void {
    this.#closed = true;
  }

  #show(key: string, entry: Entry<V>, value: V | undefined): void {
    if (this.#closed) return;
    const before = entry.visible;
    entry.visible = value;
    if (value === undefined && entry.submitted === undefined && this.#entries.get(key) === entry)
      this.#entries.delete(key);
    this.#onVisible(key, before, value);
  }
}
