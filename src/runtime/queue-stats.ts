/** Sum, count and largest of a duration in milliseconds. */
export type Duration = { count: number; sumMs: number; maxMs: number };

const nothing = (): Duration => ({ count: 0, sumMs: 0, maxMs: 0 });

function note(duration: Duration, ms: number): void {
  duration.count++;
  duration.sumMs += ms;
  duration.maxMs = Math.max(duration.maxMs, ms);
}

/** What a work queue has done since it was made; numbers only ever grow. */
export class QueueStats {
  readonly wait: Duration = nothing(); // from being due to its start
  readonly run: Duration = nothing();
  failures = 0;
  retries = 0;
  throttles = 0;

  started(waitedMs: number): void {
    note(this.wait, waitedMs);
  }

  ended(ranMs: number): void {
    note(this.run, ranMs);
  }

  failed(): void {
    this.failures++;
  }

  retried(): void {
    this.retries++;
  }

  throttled(): void {
    this.throttles++;
  }
}
