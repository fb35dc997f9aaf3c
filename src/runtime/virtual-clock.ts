import type { Clock, Timer } from './clock.ts';

export type VirtualClockOptions = {
  /** Wall clock at the beginning, milliseconds since 1970. */
  start?: number;
  seed?: number;
  /** Turns of the event loop given to promises and in-memory I/O after each timer. */
  turns?: number;
};

type Waiting = { at: number; order: number; run: () => void };

const SAME_INSTANT_LIMIT = 100_000;
const START = Date.UTC(2026, 0, 1);

/** A clock that moves only when told to: hours pass in milliseconds, in the same order on every run. */
export class VirtualClock implements Clock {
  readonly #start: number;
  readonly #turns: number;
  readonly #random: () => number;
  readonly #waiting: Waiting[] = []; // by (at, order)
  #elapsed = 0;
  #order = 0;
  #moving = false;

  constructor(options: VirtualClockOptions = {}) {
    this.#start = options.start ?? START;
    this.#turns = options.turns ?? 3;
    this.#random = seededRandom(options.seed ?? 1);
  }

  now(): number {
    return this.#start + this.#elapsed;
  }

  monotonic(): number {
    return this.#elapsed;
  }

  random(): number {
    return this.#random();
  }

  after(ms: number, run: () => void): Timer {
    const waiting: Waiting = { at: this.#elapsed + Math.max(0, ms), order: this.#order++, run };
    this.#waiting.splice(this.#indexAfter(waiting.at), 0, waiting);
    return { cancel: () => this.#cancel(waiting) };
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    if (signal?.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const wake = (): void => {
        timer.cancel();
        signal?.removeEventListener('abort', wake);
        resolve();
      };
      const timer = this.after(ms, wake);
      signal?.addEventListener('abort', wake, { once: true });
    });
  }

  /** Lets `ms` pass: runs every timer that falls due, in order, each followed by whatever its promises set off. */
  async advance(ms: number): Promise<void> {
    await this.#move(this.#elapsed + ms, () => false);
  }

  /** Lets time pass until `predicate` holds, looking after each timer; resolves with the milliseconds it took, throws after `limitMs`. */
  async runUntil(predicate: () => boolean | Promise<boolean>, limitMs: number): Promise<number> {
    const begun = this.#elapsed;
    if (await this.#move(begun + limitMs, predicate)) return this.#elapsed - begun;
    throw new Error(`runUntil: what was waited for did not happen within ${limitMs} ms of virtual time`);
  }

  /** Lets promises settle without moving the time. */
  async settle(): Promise<void> {
    for (let turn = 0; turn < this.#turns; turn++) await new Promise((resolve) => setImmediate(resolve));
  }

  /** How many timers and sleeps are waiting. */
  get pending(): number {
    return this.#waiting.length;
  }

  async #move(until: number, stop: () => boolean | Promise<boolean>): Promise<boolean> {
    if (this.#moving) throw new Error('the virtual clock is already being moved: await the first call');
    this.#moving = true;
    try {
      return await this.#runDue(until, stop);
    } finally {
      this.#moving = false;
    }
  }

  async #runDue(until: number, stop: () => boolean | Promise<boolean>): Promise<boolean> {
    await this.settle();
    let atThisInstant = 0;
    while (!(await stop())) {
      const next = this.#waiting[0];
      if (next === undefined || next.at > until) {
        this.#elapsed = until;
        return await stop();
      }
      atThisInstant = next.at === this.#elapsed ? atThisInstant + 1 : 0;
      if (atThisInstant > SAME_INSTANT_LIMIT) throw new Error('timers of 0 ms re-arm each other without end');
      this.#waiting.shift();
      this.#elapsed = next.at;
      next.run();
      await this.settle();
    }
    return true;
  }

  #indexAfter(at: number): number {
    let low = 0;
    let high = this.#waiting.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#waiting[middle] as Waiting).at <= at) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #cancel(waiting: Waiting): void {
    const index = this.#waiting.indexOf(waiting);
    if (index >= 0) this.#waiting.splice(index, 1);
  }
}

/** The same numbers in [0, 1) for the same seed (mulberry32). */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
