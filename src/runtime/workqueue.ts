import PQueue from 'p-queue';
import { Invalid, NotLeader, Retry, Throttled } from '../errors.ts';
import { type Backoff, backoffMs } from './backoff.ts';
import type { Clock, Timer } from './clock.ts';

/** Done, or to be run again after so many milliseconds. What is thrown means: try again later. */
export type Outcome = { again: number } | void;

export type Failure = {
  key: string;
  error: unknown;
  /** Failures of this key in a row, this one included; throttles do not count. */
  failures: number;
  /** Absent when it is not tried again before somebody adds the key. */
  retryInMs?: number;
};

/** How a pass ended, in the words of controller-runtime: `requeue` where it is tried again and nothing had failed. */
export type PassResult = 'success' | 'requeue' | 'requeue_after' | 'error';

/** Told of what a queue does, as it does it. */
export type QueueWatch = {
  /** A key waits for a lane that did not wait before. */
  added(): void;
  /** A key that failed is tried again. */
  retried(): void;
  /** A pass begins for a key that was due for so long. */
  started(waitedMs: number): void;
  /** `final`: not tried again before somebody adds the key. */
  ended(pass: { ranMs: number; result: PassResult; final: boolean }): void;
};

const NO_WATCH: QueueWatch = {
  added: () => undefined,
  retried: () => undefined,
  started: () => undefined,
  ended: () => undefined,
};

export type WorkQueueOptions = {
  clock: Clock;
  /** How many keys run at the same time. */
  concurrency: number;
  reconcile: (key: string) => Promise<Outcome>;
  onError?: (failure: Failure) => void;
  /** Runs all that belongs to one pass, the report of its failure included. */
  around?: <T>(key: string, run: () => Promise<T>) => Promise<T>;
  watch?: QueueWatch;
  backoff?: Backoff;
  /** Whether keys run before `start()` is called. */
  startPaused?: boolean;
};

/** What overtakes what while lanes are scarce. */
export const PRIORITY = { sweep: 0, list: 10, again: 20, live: 30 } as const;

/** What may not be changed now is tried again soon, if this process is to go on at all: not a failure. */
const NOT_LEADER_MS = 1_000;
const BACKOFF: Backoff = { firstMs: 250, ceilingMs: 60_000 };

/** All that is known of one key; forgotten as soon as nothing of it is pending. */
type Entry = {
  key: string;
  state: 'idle' | 'queued' | 'starting' | 'running';
  priority: number;
  queuedAt: number;
  begunAt: number;
  /** Priority with which the key was added while it ran. */
  dirty?: number;
  timer?: { at: number; timer: Timer };
  failures: number;
  throttles: number;
};

/** Keys waiting to be reconciled: one never runs twice at once, is never lost while it runs, and of two times the earlier wins. */
export class WorkQueue {
  readonly #options: WorkQueueOptions;
  readonly #watch: QueueWatch;
  readonly #lanes: PQueue;
  readonly #entries = new Map<string, Entry>(); // key -> entry
  #stopped = false;

  constructor(options: WorkQueueOptions) {
    this.#options = options;
    this.#watch = options.watch ?? NO_WATCH;
    this.#lanes = new PQueue({ concurrency: options.concurrency, autoStart: options.startPaused !== true });
  }

  /** Begins to run keys, where the queue was made with `startPaused` or was paused. */
  start(): void {
    this.#lanes.start();
  }

  /** Starts no further key until `start()`; what runs goes on, and what is added is kept. */
  pause(): void {
    this.#lanes.pause();
  }

  /** Runs the key as soon as a lane is free, once, however often it is added before that. */
  add(key: string, priority: number = PRIORITY.live): void {
    if (this.#stopped) return;
    const entry = this.#entry(key);
    this.#cancelTimer(entry);
    if (entry.state === 'running') entry.dirty = Math.max(entry.dirty ?? 0, priority);
    else if (entry.state === 'queued') this.#raise(entry, priority);
    else if (entry.state === 'idle') this.#enqueue(entry, priority);
  }

  /** Runs the key after `ms`, or earlier where it is already due earlier. */
  addAfter(key: string, ms: number): void {
    if (this.#stopped) return;
    this.#schedule(this.#entry(key), ms);
  }

  /** Keys that wait for a lane. */
  get depth(): number {
    return this.#count((entry) => entry.state === 'queued' || entry.state === 'starting');
  }

  /** Keys that wait for their time. */
  get delayed(): number {
    return this.#count((entry) => entry.timer !== undefined);
  }

  get running(): number {
    return this.#count((entry) => entry.state === 'running');
  }

  /** For how long each key that runs has been running, milliseconds. */
  runningMs(): number[] {
    const now = this.#options.clock.monotonic();
    return [...this.#entries.values()].flatMap(({ state, begunAt }) => (state === 'running' ? [now - begunAt] : []));
  }

  /** Starts nothing more, and resolves when what runs has ended. */
  async stop(): Promise<void> {
    this.#stopped = true;
    for (const entry of this.#entries.values()) this.#cancelTimer(entry);
    this.#lanes.clear();
    this.#lanes.start();
    await this.#lanes.onIdle();
    this.#entries.clear();
  }

  #entry(key: string): Entry {
    const known = this.#entries.get(key);
    if (known !== undefined) return known;
    const entry: Entry = { key, state: 'idle', priority: 0, queuedAt: 0, begunAt: 0, failures: 0, throttles: 0 };
    this.#entries.set(key, entry);
    return entry;
  }

  #enqueue(entry: Entry, priority: number): void {
    entry.state = 'queued';
    entry.priority = priority;
    entry.queuedAt = this.#options.clock.monotonic();
    this.#watch.added();
    // The rejection of a cleared lane is the only one: #run never throws.
    this.#lanes.add(() => this.#run(entry), { priority, id: entry.key }).catch(() => undefined);
  }

  #raise(entry: Entry, priority: number): void {
    if (priority <= entry.priority) return;
    entry.priority = priority;
    this.#lanes.setPriority(entry.key, priority);
  }

  async #run(entry: Entry): Promise<void> {
    entry.state = 'starting';
    await Promise.resolve(); // additions made in the same turn are one run
    if (this.#stopped) return;
    entry.state = 'running';
    const { clock } = this.#options;
    entry.begunAt = clock.monotonic();
    this.#watch.started(entry.begunAt - entry.queuedAt);
    const { around = (_key, run) => run() } = this.#options;
    const end = await around(entry.key, () => this.#reconcile(entry));
    this.#watch.ended({ ranMs: clock.monotonic() - entry.begunAt, ...end });
    this.#settle(entry);
  }

  async #reconcile(entry: Entry): Promise<{ result: PassResult; final: boolean }> {
    try {
      const outcome = await this.#options.reconcile(entry.key);
      this.#succeed(entry, outcome);
      return { result: outcome?.again === undefined ? 'success' : 'requeue_after', final: false };
    } catch (error) {
      this.#fail(entry, error);
      const asked = error instanceof NotLeader || error instanceof Throttled;
      return { result: asked ? 'requeue' : 'error', final: error instanceof Invalid };
    }
  }

  #settle(entry: Entry): void {
    entry.state = 'idle';
    const { dirty } = entry;
    delete entry.dirty;
    if (dirty !== undefined) this.add(entry.key, dirty);
    else if (entry.timer === undefined && entry.failures === 0 && entry.throttles === 0)
      this.#entries.delete(entry.key);
  }

  #succeed(entry: Entry, outcome: Outcome): void {
    entry.failures = 0;
    entry.throttles = 0;
    if (outcome?.again !== undefined) this.#schedule(entry, outcome.again);
  }

  #fail(entry: Entry, error: unknown): void {
    if (error instanceof NotLeader) return this.#schedule(entry, NOT_LEADER_MS);
    const retryInMs = this.#retryInMs(entry, error);
    const failure: Failure = { key: entry.key, error, failures: entry.failures };
    if (retryInMs !== undefined) failure.retryInMs = retryInMs;
    if (retryInMs !== undefined) this.#schedule(entry, retryInMs);
    try {
      this.#options.onError?.(failure);
    } catch {
      // A report that fails must not take the key with it.
    }
  }

  #retryInMs(entry: Entry, error: unknown): number | undefined {
    if (error instanceof Throttled) return this.#afterThrottle(entry, error);
    if (error instanceof Invalid) {
      entry.failures = 0;
      entry.throttles = 0;
      return undefined;
    }
    entry.failures++;
    this.#watch.retried();
    const { afterMs = 0, withinMs } = error instanceof Retry ? error : {};
    // What goes on failing is asked for ever more seldom, whatever the first answer promised.
    return Math.max(this.#backoff(entry.failures, withinMs), afterMs);
  }

  #afterThrottle(entry: Entry, error: Throttled): number {
    entry.throttles++;
    return error.afterMs ?? this.#backoff(entry.throttles);
  }

  #backoff(failures: number, withinMs = Number.POSITIVE_INFINITY): number {
    const { backoff = BACKOFF, clock } = this.#options;
    return backoffMs({ ...backoff, ceilingMs: Math.min(backoff.ceilingMs, withinMs) }, failures, clock);
  }

  #schedule(entry: Entry, ms: number): void {
    const { clock } = this.#options;
    const at = clock.monotonic() + ms;
    if (this.#stopped || this.#isDueBefore(entry, at)) return;
    this.#cancelTimer(entry);
    entry.timer = { at, timer: clock.after(ms, () => this.add(entry.key, PRIORITY.again)) };
  }

  #isDueBefore(entry: Entry, at: number): boolean {
    const waits = entry.state === 'queued' || entry.state === 'starting' || entry.dirty !== undefined;
    return waits || (entry.timer !== undefined && entry.timer.at <= at);
  }

  #cancelTimer(entry: Entry): void {
    entry.timer?.timer.cancel();
    delete entry.timer;
  }

  #count(is: (entry: Entry) => boolean): number {
    let count = 0;
    for (const entry of this.#entries.values()) if (is(entry)) count++;
    return count;
  }
}
