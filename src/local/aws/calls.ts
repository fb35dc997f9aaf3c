/** One call as it was answered. */
export type Call = {
  time: string; // ISO 8601, of the answer
  /** When it arrived, on the monotonic clock of local AWS. Milliseconds. */
  began: number;
  service: string;
  action: string;
  durationMs: number;
  error?: string;
  userAgent?: string;
};

const KEPT = 10_000;

/** The log of calls: the latest ones, and counts of all since the log was last cleared. */
export class CallLog {
  #calls: Call[] = [];
  #counts = new Map<string, number>();

  add(call: Call): void {
    this.#calls.push(call);
    if (this.#calls.length > KEPT) this.#calls = this.#calls.slice(-KEPT / 2);
    this.#counts.set(call.action, (this.#counts.get(call.action) ?? 0) + 1);
  }

  latest(): readonly Call[] {
    return this.#calls;
  }

  /** Calls by action, by name. */
  counts(): Record<string, number> {
    return Object.fromEntries([...this.#counts].toSorted(([a], [b]) => (a < b ? -1 : 1)));
  }

  clear(): void {
    this.#calls = [];
    this.#counts.clear();
  }
}
