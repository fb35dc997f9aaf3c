import http, { type Agent, type ClientRequest, type IncomingMessage, type RequestOptions } from 'node:http';
import https from 'node:https';
import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import { Denied, Gone, Invalid, NotLeader, Retry } from '../errors.ts';
import type { Clock } from '../runtime/clock.ts';
import type { Access } from './access.ts';
import { type Asked, fromNetwork, fromRefusal } from './errors.ts';

export type Call = Asked & {
  method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  path: string;
  query?: Record<string, string | number | boolean | undefined>;
  body?: unknown;
  contentType?: string;
  signal?: AbortSignal;
  /** Asked when the connection stands and the request is about to be written; what it throws is the answer. */
  fence?: () => void;
};

export type TransportOptions = {
  clock: Clock;
  /** Until the last byte of an ordinary answer, and until the first one of a stream. */
  limitMs?: number;
  /** Between two pieces of a stream; longer than the API server's bookmark of one a minute. */
  silenceMs?: number;
  userAgent?: string;
  /** Told of every request whose answer has begun, or that ended without one. */
  onRequest?: (told: RequestTold) => void;
};

/** `code`: the HTTP status of the answer, or `<error>` where none came. `host`: whom it was sent to, with the port. */
export type RequestTold = { method: string; code: string; host: string; tookMs: number };

const LIMIT_MS = 30_000;
/** The API server sends a bookmark a minute, and a dead connection is to be noticed within 90 s. */
const SILENCE_MS = 80_000;
/** More of a refusal is not read into a message; a proxy may answer with a whole page. */
const LONGEST_REFUSAL = 65_536;

/** What has been sent so far: numbers only ever grow. */
export type TransportStats = { calls: number; connections: number; refused: number; broken: number };

/** The API server stays silent on a stream: the connection is dead, or the version asked for lies in the future. */
export class Silent extends Retry {}

/**
 * One connection pool to the API server for the whole process, with a time limit on every call.
 * Built on node:https, which the AWS SDK loads anyway: undici costs 8 MB more (docs/decisions/0006-own-transport.md).
 */
export class Transport {
  /** How far the API server's clock is ahead of ours by its last answer, milliseconds; a `Date` header tells whole seconds. */
  aheadMs: number | undefined;
  readonly stats: TransportStats = { calls: 0, connections: 0, refused: 0, broken: 0 };
  readonly #access: Access;
  readonly #options: TransportOptions;
  readonly #server: URL;
  readonly #agent: Agent;

  constructor(access: Access, options: TransportOptions) {
    this.#access = access;
    this.#options = options;
    this.#server = new URL(access.server);
    const pool = { keepAlive: true, keepAliveMsecs: 30_000, maxSockets: 64, maxFreeSockets: 8 };
    const secure = this.#server.protocol === 'https:';
    this.#agent = access.agent ?? (secure ? new https.Agent({ ...pool, ...access.tls }) : new http.Agent(pool));
  }

  /** The whole answer as text. Throws one of the closed set of errors. */
  async send(call: Call): Promise<string> {
    const limit = this.#limit(call, this.#options.limitMs ?? LIMIT_MS);
    try {
      return await text(await this.#open(call, limit.signal));
    } catch (error) {
      throw this.#trouble(call, limit.signal, error);
    } finally {
      limit.lift();
    }
  }

  /** The answer piece by piece, for as long as the server sends any. Throws one of the closed set of errors. */
  async *stream(call: Call): AsyncGenerator<Buffer> {
    const abort = new AbortController();
    const signal = call.signal ? AbortSignal.any([call.signal, abort.signal]) : abort.signal;
    const limit = this.#limit({ ...call, signal }, this.#options.limitMs ?? LIMIT_MS);
    let silence: { heard: () => void; lift: () => void } | undefined;
    try {
      const answer = await this.#open(call, limit.signal);
      limit.lift();
      silence = this.#onSilence(call, abort);
      for await (const piece of answer as AsyncIterable<Buffer>) {
        silence.heard();
        yield piece;
      }
    } catch (error) {
      throw this.#trouble(call, limit.signal, error);
    } finally {
      limit.lift();
      silence?.lift();
      abort.abort();
    }
  }

  /** Breaks what is open and keeps no connection. */
  close(): void {
    this.#agent.destroy();
  }

  async #open(call: Call, signal: AbortSignal): Promise<IncomingMessage> {
    const first = await this.#request(call, { signal, fresh: false });
    if (first.statusCode !== 401) return this.#accepted(call, first);
    first.resume();
    return this.#accepted(call, await this.#request(call, { signal, fresh: true }));
  }

  async #accepted(call: Call, answer: IncomingMessage): Promise<IncomingMessage> {
    const status = answer.statusCode ?? 0;
    if (status >= 200 && status < 300) return answer;
    this.stats.refused++;
    const retryAfter = answer.headers['retry-after'];
    const body = (await text(answer)).slice(0, LONGEST_REFUSAL);
    throw fromRefusal(call, { status, body, ...(retryAfter === undefined ? {} : { retryAfter }) });
  }

  async #request(call: Call, how: { signal: AbortSignal; fresh: boolean }): Promise<IncomingMessage> {
    const body = call.body === undefined ? undefined : Buffer.from(JSON.stringify(call.body));
    const headers: Record<string, string | number> = {
      accept: 'application/json',
      'user-agent': this.#options.userAgent ?? 'podwire',
      ...(await this.#access.headers(how.fresh)),
      ...(body ? { 'content-type': call.contentType ?? 'application/json', 'content-length': body.length } : {}),
    };
    const { method, fence } = call;
    const target = { ...this.#target(call), method, headers, agent: this.#agent, signal: how.signal };
    this.stats.calls++;
    return this.#told(method, () => this.#exchange(target, body, fence));
  }

  async #told(method: string, exchange: () => Promise<IncomingMessage>): Promise<IncomingMessage> {
    const { clock, onRequest } = this.#options;
    const sentAt = clock.monotonic();
    let code = '<error>';
    try {
      const answer = await exchange();
      code = String(answer.statusCode);
      return answer;
    } finally {
      onRequest?.({ method, code, host: this.#server.host, tookMs: clock.monotonic() - sentAt });
    }
  }

  #exchange(target: RequestOptions, body: Buffer | undefined, fence?: () => void): Promise<IncomingMessage> {
    const { request } = this.#server.protocol === 'https:' ? https : http;
    return new Promise((resolve, reject) => {
      const sent = request(target, (answer) => {
        this.#hearDate(answer.headers.date);
        resolve(answer);
      });
      sent.on('error', reject);
      sent.on('socket', (socket) => {
        if (!sent.reusedSocket) this.stats.connections++;
        if (fence !== undefined) whenConnected(socket, () => endFenced(sent, { body, fence }));
      });
      if (fence === undefined) sent.end(body);
    });
  }

  #hearDate(date: string | undefined): void {
    const told = Date.parse(date ?? '');
    if (!Number.isNaN(told)) this.aheadMs = told + 500 - this.#options.clock.now();
  }

  #target(call: Call): RequestOptions {
    const query = new URLSearchParams();
    for (const [name, value] of Object.entries(call.query ?? {}))
      if (value !== undefined) query.set(name, String(value));
    const prefix = this.#server.pathname.replace(/\/$/, '');
    return {
      host: this.#server.hostname.replace(/^\[|\]$/g, ''),
      port: this.#server.port || (this.#server.protocol === 'https:' ? 443 : 80),
      path: prefix + call.path + (query.size > 0 ? `?${query.toString()}` : ''),
    };
  }

  #limit(call: Call, ms: number): { signal: AbortSignal; lift: () => void } {
    const abort = new AbortController();
    const late = new Retry(`${call.verb} ${call.what}: no answer of the API server within ${ms / 1_000} s`);
    const timer = this.#options.clock.after(ms, () => abort.abort(late));
    const signal = call.signal ? AbortSignal.any([call.signal, abort.signal]) : abort.signal;
    return { signal, lift: () => timer.cancel() };
  }

  #onSilence(call: Call, abort: AbortController): { heard: () => void; lift: () => void } {
    const { clock, silenceMs = SILENCE_MS } = this.#options;
    let heardAt = clock.monotonic();
    let timer = clock.after(silenceMs, check);
    function check(): void {
      const left = heardAt + silenceMs - clock.monotonic();
      if (left > 0) timer = clock.after(left, check);
      else abort.abort(new Silent(`${call.verb} ${call.what}: nothing heard for ${silenceMs / 1_000} s`));
    }
    return {
      heard: () => {
        heardAt = clock.monotonic();
      },
      lift: () => timer.cancel(),
    };
  }

  #trouble(call: Call, signal: AbortSignal, error: unknown): Error {
    if (error instanceof Error && OURS.some((ours) => error instanceof ours)) return error;
    this.stats.broken++;
    return fromNetwork(call, signal.aborted ? signal.reason : error);
  }
}

const OURS = [Retry, Gone, Invalid, Denied, NotLeader];

function whenConnected(socket: Socket, run: () => void): void {
  if (socket.connecting) socket.once(socket instanceof TLSSocket ? 'secureConnect' : 'connect', run);
  else run();
}

function endFenced(sent: ClientRequest, { body, fence }: { body: Buffer | undefined; fence: () => void }): void {
  try {
    fence();
    sent.end(body);
  } catch (error) {
    sent.destroy(error as Error);
  }
}

async function text(answer: IncomingMessage): Promise<string> {
  const pieces: Buffer[] = [];
  for await (const piece of answer as AsyncIterable<Buffer>) pieces.push(piece);
  return Buffer.concat(pieces).toString('utf8');
}
