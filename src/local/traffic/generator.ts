import * as http from 'node:http';
import * as https from 'node:https';
import type { Clock } from '../../runtime/clock.ts';
import { Phase, type PhaseReport } from './phase.ts';
import { type BackendSign, type LoadTarget, type Sending, sendRequest } from './request.ts';
import { type Watchdog, watchEventLoop } from '../../runtime/watchdog.ts';

export type LoadOptions = {
  /** Asked in turn. */
  targets: LoadTarget[];
  /** Requests per second, all targets together; kept up whether or not answers come. */
  rate: number;
  /** Idle connections that are kept at most. */
  connections?: number;
  /** Share of requests, 0–1, on a new connection that is closed after it. */
  newConnectionShare?: number;
  /** Time a request may take as a whole. */
  timeoutMs?: number;
  /** PEM of the authority to trust. */
  ca?: string;
  backend?: BackendSign;
  /** Name of the first phase. */
  phase?: string;
};

/** `inconclusive` tells that the load generator itself stalled: the measurement is to be repeated. */
export type LoadReport = { phases: PhaseReport[]; inconclusive: boolean };

const DEFAULTS = {
  connections: 32,
  newConnectionShare: 0.2,
  timeoutMs: 10_000,
  backend: { field: 'pod' },
  phase: 'load',
} satisfies Partial<LoadOptions> as Required<Omit<LoadOptions, 'targets' | 'rate' | 'ca'>>;

/** Sends requests at a steady rate, each once, and keeps account of them by phase. */
export class LoadGenerator {
  readonly #clock: Clock;
  readonly #options: LoadOptions & typeof DEFAULTS;
  readonly #sending: Sending;
  readonly #agents: Exclude<Sending['agents'], false>;
  readonly #watchdog: Watchdog;
  readonly #stop = new AbortController();
  readonly #pending = new Set<Promise<void>>();
  readonly #phases: { phase: Phase; stallsBefore: number }[] = [];
  #lastSuccess: number;
  #sent = 0;

  constructor(clock: Clock, options: LoadOptions) {
    this.#clock = clock;
    this.#options = { ...DEFAULTS, ...options };
    const { connections, timeoutMs, ca, backend } = this.#options;
    const pool = { keepAlive: true, maxFreeSockets: connections };
    this.#agents = { http: new http.Agent(pool), https: new https.Agent(pool) };
    this.#sending = { clock, timeoutMs, ca, sign: backend, agents: this.#agents };
    this.#watchdog = watchEventLoop(clock);
    this.#lastSuccess = clock.monotonic();
    this.phase(this.#options.phase);
    void this.#run();
  }

  /** Ends the phase that is running and begins another one. */
  phase(name: string): void {
    const now = this.#clock.monotonic();
    this.#endPhase(now);
    this.#phases.push({ phase: new Phase(name, now), stallsBefore: this.#watchdog.stalls().length });
  }

  /** Sends no more, waits for what is under way, and reports. */
  async stop(): Promise<LoadReport> {
    this.#stop.abort();
    this.#endPhase(this.#clock.monotonic());
    await Promise.all(this.#pending);
    this.#watchdog.stop();
    this.#agents.http.destroy();
    this.#agents.https.destroy();
    return this.#report();
  }

  async #run(): Promise<void> {
    const { rate } = this.#options;
    const began = this.#clock.monotonic();
    while (!this.#stop.signal.aborted) {
      const due = Math.floor(((this.#clock.monotonic() - began) * rate) / 1000) + 1;
      while (this.#sent < due) this.#send();
      const next = began + (this.#sent / rate) * 1000;
      await this.#clock.sleep(Math.max(1, next - this.#clock.monotonic()), this.#stop.signal);
    }
  }

  #send(): void {
    const { targets, newConnectionShare } = this.#options;
    const index = this.#sent++;
    const target = targets[index % targets.length];
    const phase = this.#phases.at(-1)?.phase;
    if (!target || !phase) return;
    const fresh = this.#clock.random() < newConnectionShare;
    const done = sendRequest(target, fresh ? { ...this.#sending, agents: false } : this.#sending).then((outcome) => {
      this.#pending.delete(done);
      phase.add(outcome);
      if (!outcome.failure) this.#noteSuccess();
    });
    this.#pending.add(done);
  }

  #noteSuccess(): void {
    const now = this.#clock.monotonic();
    if (!this.#stop.signal.aborted) this.#phases.at(-1)?.phase.noteGap(now - this.#lastSuccess);
    this.#lastSuccess = now;
  }

  /** A gap that goes on beyond the end of a phase counts for both. */
  #endPhase(now: number): void {
    const phase = this.#phases.at(-1)?.phase;
    if (!phase || phase.ended !== undefined) return;
    phase.ended = now;
    phase.noteGap(now - this.#lastSuccess);
  }

  #report(): LoadReport {
    const now = this.#clock.monotonic();
    const stalls = this.#watchdog.stalls();
    const phases = this.#phases.map(({ phase, stallsBefore }, index) =>
      phase.report(now, stalls.slice(stallsBefore, this.#phases[index + 1]?.stallsBefore)),
    );
    return { phases, inconclusive: stalls.length > 0 };
  }
}
