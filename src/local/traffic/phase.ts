import type { Failure, FailureKind } from './failure.ts';
import type { Stall } from '../../runtime/watchdog.ts';

/** What one phase of a load came to. Requests belong to the phase in which they began. */
export type PhaseReport = {
  name: string;
  durationMs: number;
  requests: number;
  failed: number;
  failures: Partial<Record<FailureKind, { count: number; examples: Failure[] }>>;
  /** Longest time without a successful answer, the beginning and the end of the phase included. */
  longestGapMs: number;
  latency: LatencyReport;
  /** Successful answers by who gave them; `unknown` where the answer does not say. */
  backends: Record<string, number>;
  statuses: Record<string, number>;
  /** Stalls of the load generator in this phase: with one the figures say nothing. */
  stalls: Stall[];
};

/** Milliseconds of the successful answers. The last bucket has no bound. */
export type LatencyReport = {
  p50Ms: number;
  p99Ms: number;
  maxMs: number;
  histogram: { upToMs: number | null; count: number }[];
};

/** What became of one request. */
export type Outcome = {
  latencyMs: number;
  backend?: string | undefined;
  status?: number;
  failure?: { kind: FailureKind; example: Failure };
};

const EXAMPLES = 5;
const BOUNDS = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, Number.POSITIVE_INFINITY];

/** Collects the outcomes of one phase. */
export class Phase {
  readonly name: string;
  readonly began: number;
  longestGapMs = 0;
  ended: number | undefined;
  #requests = 0;
  readonly #failures: PhaseReport['failures'] = {};
  readonly #backends: Record<string, number> = {};
  readonly #statuses: Record<string, number> = {};
  readonly #latencies: number[] = [];

  constructor(name: string, began: number) {
    this.name = name;
    this.began = began;
  }

  add({ latencyMs, backend, status, failure }: Outcome): void {
    this.#requests++;
    if (status !== undefined) count(this.#statuses, String(status));
    if (failure) return this.#addFailure(failure);
    count(this.#backends, backend ?? 'unknown');
    this.#latencies.push(latencyMs);
  }

  noteGap(ms: number): void {
    this.longestGapMs = Math.max(this.longestGapMs, ms);
  }

  report(now: number, stalls: Stall[]): PhaseReport {
    const failed = Object.values(this.#failures).reduce((sum, failure) => sum + failure.count, 0);
    return {
      name: this.name,
      durationMs: Math.round((this.ended ?? now) - this.began),
      requests: this.#requests,
      failed,
      failures: this.#failures,
      longestGapMs: Math.round(this.longestGapMs),
      latency: latencyReport(this.#latencies),
      backends: this.#backends,
      statuses: this.#statuses,
      stalls,
    };
  }

  #addFailure({ kind, example }: { kind: FailureKind; example: Failure }): void {
    const known = (this.#failures[kind] ??= { count: 0, examples: [] });
    known.count++;
    if (known.examples.length < EXAMPLES) known.examples.push(example);
  }
}

function count(counts: Record<string, number>, name: string): void {
  counts[name] = (counts[name] ?? 0) + 1;
}

export function latencyReport(latencies: readonly number[]): LatencyReport {
  const sorted = latencies.toSorted((a, b) => a - b);
  const at = (share: number): number => round(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))]);
  const histogram = BOUNDS.map((bound, index) => ({
    upToMs: Number.isFinite(bound) ? bound : null,
    count: sorted.filter((ms) => ms <= bound && ms > (BOUNDS[index - 1] ?? -1)).length,
  }));
  return { p50Ms: at(0.5), p99Ms: at(0.99), maxMs: at(1), histogram };
}

const round = (ms: number | undefined): number => Math.round((ms ?? 0) * 100) / 100;
