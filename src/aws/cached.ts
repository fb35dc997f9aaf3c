import type { Clock } from '../runtime/clock.ts';

/** A value that is read once for all who ask at the same time, kept for a while and read again when it was dropped. */
export class Cached<Value> {
  readonly #clock: Clock;
  readonly #read: () => Promise<Value>;
  readonly #keepMs: number;
  #reading: { promise: Promise<Value>; at: number } | undefined;
  #last: Value | undefined;

  constructor(clock: Clock, keepMs: number, read: () => Promise<Value>) {
    this.#clock = clock;
    this.#keepMs = keepMs;
    this.#read = read;
  }

  get(): Promise<Value> {
    const kept = this.#reading;
    if (kept && this.#clock.monotonic() - kept.at < this.#keepMs) return kept.promise;
    return this.#keep({ promise: this.#read(), at: this.#clock.monotonic() });
  }

  /** Changes what is kept, or what is being read, by what we did ourselves; it is not younger for it. */
  change(apply: (value: Value) => Value): void {
    const kept = this.#reading;
    if (kept) void this.#keep({ promise: kept.promise.then(apply), at: kept.at });
  }

  #keep(reading: { promise: Promise<Value>; at: number }): Promise<Value> {
    this.#reading = reading;
    reading.promise.then(
      (value) => (this.#last = value),
      () => this.#forget(reading),
    );
    return reading.promise;
  }

  /** What was read last, however old; never reads. */
  known(): Value | undefined {
    return this.#last;
  }

  /** The next `get` reads again. */
  drop(): void {
    this.#reading = undefined;
  }

  #forget(reading: { promise: Promise<Value>; at: number }): void {
    if (this.#reading === reading) this.#reading = undefined;
  }
}
