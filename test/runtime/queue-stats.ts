import type { QueueWatch } from '../../src/runtime/workqueue.ts';

/** Sum, count and largest of a duration in milliseconds. */
type Duration = { count: number; sumMs: number; maxMs: number };

const nothing = (): Duration => ({ count: 0, sumMs: 0, maxMs: 0 });

function note(duration: Duration, ms: number): void {
  duration.count++;
  duration.sumMs += ms;
  duration.maxMs = Math.max(duration.maxMs, ms);
}

/** What a work queue has done since it was made; numbers only ever grow. */
export class QueueStats implements QueueWatch {
  readonly wait: Duration = nothing(); // from being due to its start
  readonly run: Duration = nothing();
  failures = 0;
  retries = 0;
  throttles = 0;

  added(): void {
    // How many keys wait is asked of the queue itself.
  }

  started(waitedMs: number): void {
    note(this.wait, waitedMs);
  }

  ended({ ranMs, result }: Parameters<QueueWatch['ended']>[0]): void {
    note(this.run, ranMs);
    if (result === 'error') this.failures++;
    if (result === 'requeue') this.throttles++;
  }

  retried(): void {
    this.retries++;
  }
}
