import * as http from 'node:http';
import * as https from 'node:https';
import type { Clock, Timer } from '../../runtime/clock.ts';
import { Cut, type FailureKind, kindOfError, kindOfStatus, TimedOut } from './failure.ts';
import type { Outcome } from './phase.ts';

/** Something to ask for. */
export type LoadTarget = {
  /** The URL as a client would write it: it decides Host and server name. */
  url: string;
  /** Where to connect to, when that is not what the URL says. */
  connect?: { host: string; port: number };
  method?: string;
  headers?: Record<string, string>;
  body?: string;
  /** The only status that counts as success; without it every status below 500. */
  expectStatus?: number;
  /** How the name of whoever may answer begins; without it anybody may. */
  expectBackend?: string;
  /** Name in reports; by default the URL. */
  name?: string;
};

/** Where an answer says who gave it: a response header, or a field of a JSON body. */
export type BackendSign = { header: string } | { field: string };

export type Sending = {
  clock: Clock;
  timeoutMs: number;
  /** What the time-out is for: the request as a whole (by default), or each silence, before the answer begins and between its chunks. */
  timeoutOf?: 'request' | 'silence';
  ca: string | undefined;
  sign: BackendSign;
  /** Keep-alive connections, or false for a connection of its own. */
  agents: { http: http.Agent; https: https.Agent } | false;
};

/** Sends one request, once, and says what became of it. Never rejects. */
export async function sendRequest(target: LoadTarget, sending: Sending): Promise<Outcome> {
  const { clock } = sending;
  const began = clock.monotonic();
  const time = new Date(clock.now()).toISOString();
  const name = target.name ?? target.url;
  const lost = (kind: FailureKind, error: string) => ({ kind, example: { time, target: name, error } });
  try {
    const { status, headers, body } = await exchange(target, sending);
    const latencyMs = clock.monotonic() - began;
    const backend = backendOf(sending.sign, headers, body);
    const kind = kindOfStatus(status, target.expectStatus) ?? kindOfBackend(target, backend);
    if (!kind) return { latencyMs, backend, status };
    const failure = lost(kind, body.slice(0, 300));
    const example = { ...failure.example, status, ...(backend !== undefined && { backend }) };
    return { latencyMs, backend, status, failure: { kind, example } };
  } catch (error) {
    const failure = lost(kindOfError(error as Error), (error as Error).message || String(error));
    return { latencyMs: clock.monotonic() - began, failure };
  }
}

type Answer = { status: number; headers: http.IncomingHttpHeaders; body: string };

function exchange(target: LoadTarget, sending: Sending): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const request = openRequest(target, sending);
    const timer = new Patience(sending, (late) => {
      reject(late);
      request.destroy(late);
    });
    const fail = (error: Error): void => {
      timer.cancel();
      reject(error);
    };
    request.on('error', fail);
    request.on('response', (response) => {
      const chunks: Buffer[] = [];
      timer.sign();
      response.on('data', (chunk: Buffer) => {
        timer.sign();
        chunks.push(chunk);
      });
      response.on('error', (error) => fail(new Cut(error.message)));
      response.on('end', () => {
        timer.cancel();
        const body = Buffer.concat(chunks).toString();
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body });
      });
    });
    request.end(target.body);
  });
}

/** Waits as long as a client would, and tells when it would give up. */
class Patience {
  readonly #sending: Pick<Sending, 'clock' | 'timeoutMs' | 'timeoutOf'>;
  readonly #giveUp: (late: TimedOut) => void;
  #timer: Timer;

  constructor(sending: Pick<Sending, 'clock' | 'timeoutMs' | 'timeoutOf'>, giveUp: (late: TimedOut) => void) {
    this.#sending = sending;
    this.#giveUp = giveUp;
    this.#timer = this.#begin();
  }

  /** Something of the answer has come. */
  sign(): void {
    if (this.#sending.timeoutOf !== 'silence') return;
    this.#timer.cancel();
    this.#timer = this.#begin();
  }

  cancel(): void {
    this.#timer.cancel();
  }

  #begin(): Timer {
    const { clock, timeoutMs, timeoutOf } = this.#sending;
    const what = timeoutOf === 'silence' ? 'nothing came for' : 'no answer within';
    return clock.after(timeoutMs, () => this.#giveUp(new TimedOut(`${what} ${timeoutMs} ms`)));
  }
}

function openRequest(target: LoadTarget, { agents, ca }: Sending): http.ClientRequest {
  const url = new URL(target.url);
  const secure = url.protocol === 'https:';
  const { host, port } = target.connect ?? { host: url.hostname, port: Number(url.port || (secure ? 443 : 80)) };
  const options = {
    host,
    port,
    path: `${url.pathname}${url.search}`,
    method: target.method ?? 'GET',
    headers: { Host: url.host, ...target.headers },
  };
  if (!secure) return http.request({ ...options, agent: agents && agents.http });
  const trust = { servername: url.hostname, ...(ca !== undefined && { ca }) };
  return https.request({ ...options, ...trust, agent: agents && agents.https });
}

const kindOfBackend = ({ expectBackend }: LoadTarget, backend: string | undefined): FailureKind | undefined =>
  expectBackend !== undefined && backend?.startsWith(expectBackend) !== true ? 'wrong-service' : undefined;

function backendOf(sign: BackendSign, headers: http.IncomingHttpHeaders, body: string): string | undefined {
  if ('header' in sign) return headers[sign.header.toLowerCase()]?.toString();
  try {
    const value: unknown = (JSON.parse(body) as Record<string, unknown>)[sign.field];
    return typeof value === 'string' ? value : undefined;
  } catch {
    return undefined;
  }
}
