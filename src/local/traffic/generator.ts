import { randomUUID } from 'node:crypto';
import * as http from 'node:http';
import * as https from 'node:https';
import type { Clock } from '../../runtime/clock.ts';
import { REQUEST_ID } from '../request-log.ts';
import { type Mix, type Shape, shaped, shapeOf } from './mix.ts';
import { type Outcome, Phase, type PhaseReport } from './phase.ts';
import { type RecordedRequest, RequestRecord } from './record.ts';
import { type BackendSign, type LoadTarget, type Sending, sendRequest } from './request.ts';
import { type Watchdog, watchEventLoop } from '../../runtime/watchdog.ts';

export type LoadOptions = {
  /** Asked in turn. */
  targets: LoadTarget[];
  /** Requests per second, all targets together; kept up whether or not answers come. */
  rate: number;
  /** Idle connections that are kept at most. */
  connections?: number;
  /** Milliseconds after which an idle connection is closed: before a load balancer does, or a request meets one that is just being closed. */
  idleMs?: number;
  /** Share of requests, 0–1, on a new connection that is closed after it. */
  newConnectionShare?: number;
  /** Time a request may take as a whole, or without a sign of life: what `timeoutOf` says, by default as a whole. */
  timeoutMs?: number;
  timeoutOf?: 'request' | 'silence';
  /** What the requests are like; without it as the targets say. */
  mix?: Mix;
  /** File that gets a line for each request; each then has an id, in the header `x-request-id`. */
  record?: string;
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
  idleMs: 30_000,
  newConnectionShare: 0.2,
  timeoutMs: 10_000,
  timeoutOf: 'request',
  backend: { field: 'pod' },
  phase: 'load',
} satisfies Partial<LoadOptions> as Required<Omit<LoadOptions, 'targets' | 'rate' | 'ca' | 'mix' | 'record'>>;

/** Sends requests at a steady rate, each once, and keeps account of them by phase. */
export class LoadGenerator {
  readonly #clock: Clock;
  readonly #options: LoadOptions & typeof DEFAULTS;
  readonly #sending: Sending;
  readonly #agents: Exclude<Sending['agents'], false>;
  readonly #record: RequestRecord | undefined;
  readonly #run = randomUUID().slice(0, 8);
  readonly #watchdog: Watchdog;
  readonly #stop = new AbortController();
  readonly #pending = new Set<Promise<void>>();
  readonly #phases: { phase: Phase; stallsBefore: number }[] = [];
  #lastSuccess: number;
  #sent = 0;

  constructor(clock: Clock, options: LoadOptions) {
    this.#clock = clock;
    this.#options = { ...DEFAULTS, ...options };
    const { connections, idleMs, timeoutMs, timeoutOf, ca, backend, record } = this.#options;
    const pool = { keepAlive: true, maxFreeSockets: connections, timeout: idleMs };
    this.#agents = { http: new http.Agent(pool), https: new https.Agent(pool) };
    this.#sending = { clock, timeoutMs, timeoutOf, ca, sign: backend, agents: this.#agents };
    this.#record = record === undefined ? undefined : new RequestRecord(record);
    this.#watchdog = watchEventLoop(clock);
    this.#lastSuccess = clock.monotonic();
    this.phase(this.#options.phase);
    void this.#sendAll();
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
    await this.#record?.close();
    this.#watchdog.stop();
    this.#agents.http.destroy();
    this.#agents.https.destroy();
    return this.#report();
  }

  async #sendAll(): Promise<void> {
    const { rate } = this.#options;
    const began = this.#clock.monotonic();
    while (!this.#stop.signal.aborted) {
      const due = Math.floor(((this.#clock.monotonic() - began) * rate) / 1000) + 1;
      while (this.#sent < due) this.#send(began + (this.#sent / rate) * 1000);
      const next = began + (this.#sent / rate) * 1000;
      await this.#clock.sleep(Math.max(1, next - this.#clock.monotonic()), this.#stop.signal);
    }
  }

  /** `due`: when it was to be sent, on the monotonic clock. */
  #send(due: number): void {
    const { targets, newConnectionShare } = this.#options;
    const index = this.#sent++;
    const target = targets[index % targets.length];
    const phase = this.#phases.at(-1)?.phase;
    if (!target || !phase) return;
    const fresh = this.#clock.random() < newConnectionShare;
    const begun = this.#begin(target, index);
    const lateMs = this.#clock.monotonic() - due;
    const sent = sendRequest(begun.target, fresh ? { ...this.#sending, agents: false } : this.#sending);
    const done = sent.then((outcome) => {
      this.#pending.delete(done);
      phase.add(outcome);
      this.#record?.add(recorded(begun, outcome, lateMs));
      if (!outcome.failure) this.#noteSuccess();
    });
    this.#pending.add(done);
  }

  #begin(target: LoadTarget, index: number): Begun {
    const { mix } = this.#options;
    const random = (): number => this.#clock.random();
    const shape = mix ? shapeOf(mix, random()) : 'short';
    const asked = mix ? shaped(target, { shape, factor: mix.factor, chance: random() }) : target;
    const id = `${this.#run}-${index}`;
    const began = this.#clock.now();
    if (!this.#record) return { target: asked, shape, id, began };
    return { target: { ...asked, headers: { ...asked.headers, [REQUEST_ID]: id } }, shape, id, began };
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

type Begun = Pick<RecordedRequest, 'id' | 'began'> & { target: LoadTarget; shape: Shape };

function recorded({ target, shape, id, began }: Begun, outcome: Outcome, lateMs: number): RecordedRequest {
  const { latencyMs, status, backend, failure } = outcome;
  return {
    id,
    target: target.name ?? target.url,
    shape,
    began,
    ended: Math.round(began + latencyMs),
    lateMs: Math.round(lateMs * 100) / 100,
    ...(status !== undefined && { status }),
    ...(backend !== undefined && { pod: backend }),
    ...(target.expectBackend !== undefined && { expected: target.expectBackend }),
    ...(failure && { failure: { kind: failure.kind, error: failure.example.error } }),
  };
}
