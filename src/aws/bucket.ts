import type { Clock } from '../runtime/clock.ts';

export type BucketSettings = { perSecond: number; burst: number };

const SMALLEST_RATE = 0.25;
const LARGEST_FACTOR = 10;
/** How much of the first rate is added for each second of calls without a throttle (additive increase). */
const GROWTH_PER_SECOND = 0.05;
/** Throttles of one burst count once. */
const ONE_BURST_MS = 500;

/** A token bucket that learns: a throttle halves its rate and empties it, success lets the rate grow again. */
export class Bucket {
  readonly #clock: Clock;
  readonly #first: BucketSettings;
  #rate: number;
  #tokens: number;
  #filledAt: number;
  #grownAt: number;
  #throttledAt = Number.NEGATIVE_INFINITY;

  constructor(settings: BucketSettings, clock: Clock) {
    this.#clock = clock;
    this.#first = settings;
    this.#rate = settings.perSecond;
    this.#tokens = settings.burst;
    this.#filledAt = clock.monotonic();
    this.#grownAt = this.#filledAt;
  }

  /** Takes one token, where there is one. */
  take(): boolean {
    this.#fill();
    if (this.#tokens < 1) return false;
    this.#tokens -= 1;
    return true;
  }

  /** Milliseconds until there is a token. */
  waitMs(): number {
    this.#fill();
    return this.#tokens >= 1 ? 0 : Math.ceil(((1 - this.#tokens) / this.#rate) * 1000);
  }

  /** Between 0 (empty) and 1 (full). */
  fill(): number {
    this.#fill();
    return Math.max(0, this.#tokens) / this.#first.burst;
  }

  succeeded(): void {
    const now = this.#clock.monotonic();
    const seconds = Math.min(1, (now - this.#grownAt) / 1000);
    this.#grownAt = now;
    this.#rate = Math.min(
      this.#first.perSecond * LARGEST_FACTOR,
      this.#rate + this.#first.perSecond * GROWTH_PER_SECOND * seconds,
    );
  }

  throttled(): void {
    const now = this.#clock.monotonic();
    this.#fill();
    this.#tokens = Math.min(this.#tokens, 0);
    if (now - this.#throttledAt < ONE_BURST_MS) return;
    this.#throttledAt = now;
    this.#grownAt = now;
    this.#rate = Math.max(SMALLEST_RATE, this.#rate / 2);
  }

  #fill(): void {
    const now = this.#clock.monotonic();
    this.#tokens = Math.min(this.#first.burst, this.#tokens + ((now - this.#filledAt) / 1000) * this.#rate);
    this.#filledAt = now;
  }
}
