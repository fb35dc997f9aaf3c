import type { ClientRequest, IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import type { Clock, Timer } from '../../../runtime/clock.ts';
import type { Answer } from './answers.ts';
import { sendAnswer } from './answers.ts';
import type { Backend } from './backend.ts';
import type { Exchange } from './exchange.ts';
import { targetHeaders, withoutHeaders } from './target-headers.ts';

export const CONNECT_TIMEOUT_MS = 10_000;

const CUT: Answer = {
  status: 502,
  reason: 'the target was removed (its deregistration delay is over) before it had answered',
};
export const UNREACHED: Answer = { status: 504, reason: 'the target did not accept a connection within 10 seconds' };
const SILENT: Answer = { status: 504, reason: 'the target did not answer before the idle timeout' };

export type ProxyTimes = { clock: Clock; idleMs: number };

/** Sends a request to a target and its answer to the client, both as they come. Nothing is ever tried twice. */
export function forwardRequest(exchange: Exchange, backend: Backend, times: ProxyTimes): void {
  if (backend.reachable()) new Forwarding(exchange, backend, times).start();
  else waitInVain(exchange, backend, times.clock);
}

/** Packets that a security group drops are never answered. */
function waitInVain({ response }: Exchange, backend: Backend, clock: Clock): void {
  const timer = clock.after(CONNECT_TIMEOUT_MS, () => sendAnswer(response, UNREACHED));
  const release = backend.hold(() => sendAnswer(response, CUT));
  response.once('close', () => {
    timer.cancel();
    release();
  });
}

class Forwarding {
  readonly #exchange: Exchange;
  readonly #outgoing: ClientRequest;
  readonly #times: ProxyTimes;
  #lastSign: number;
  #ended = false;
  #idleTimer: Timer | undefined;

  constructor(exchange: Exchange, backend: Backend, times: ProxyTimes) {
    const { request, client } = exchange;
    this.#exchange = exchange;
    this.#times = times;
    this.#lastSign = times.clock.monotonic();
    this.#outgoing = backend.request({
      method: request.method ?? 'GET',
      path: request.url ?? '/',
      headers: targetHeaders(request, client, times.clock),
    });
    const release = backend.hold(() => this.#fail(CUT));
    exchange.response.once('close', () => {
      this.#ended = true;
      this.#idleTimer?.cancel();
      release();
      // Harmless once the answer has come in whole.
      if (!exchange.response.writableFinished) this.#outgoing.destroy();
    });
  }

  start(): void {
    const { request } = this.#exchange;
    this.#outgoing.on('socket', (socket) => watchConnect(socket, this.#times.clock, () => this.#fail(UNREACHED)));
    this.#outgoing.on('response', (answer) => this.#relay(answer));
    this.#outgoing.on('error', (error: NodeJS.ErrnoException) => this.#fail(broken(error)));
    request.on('data', () => this.#sign());
    request.on('error', () => this.#outgoing.destroy());
    request.pipe(this.#outgoing);
    this.#watchIdle();
  }

  #relay(answer: IncomingMessage): void {
    const { response } = this.#exchange;
    this.#sign();
    answer.on('data', () => this.#sign());
    response.writeHead(answer.statusCode ?? 502, answer.statusMessage, withoutHeaders(answer.rawHeaders, CONNECTION));
    response.flushHeaders();
    // A body that breaks off breaks the client's connection: there is no other way to tell.
    answer.on('error', () => response.destroy());
    answer.pipe(response);
  }

  #fail(answer: Answer): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#exchange.request.unpipe(this.#outgoing);
    sendAnswer(this.#exchange.response, answer);
    this.#outgoing.destroy();
  }

  #sign(): void {
    this.#lastSign = this.#times.clock.monotonic();
  }

  #watchIdle(): void {
    const { clock, idleMs } = this.#times;
    const left = this.#lastSign + idleMs - clock.monotonic();
    if (this.#ended) return;
    if (left <= 0) this.#fail(SILENT);
    else this.#idleTimer = clock.after(left, () => this.#watchIdle());
  }
}

const CONNECTION = new Set(['connection', 'keep-alive', 'proxy-connection', 'transfer-encoding', 'upgrade']);

/** Calls `late` when a connection that is being opened is not open in time. */
export function watchConnect(socket: Socket, clock: Clock, late: () => void): void {
  if (!socket.connecting) return;
  const timer = clock.after(CONNECT_TIMEOUT_MS, late);
  socket.once('connect', () => timer.cancel());
  socket.once('close', () => timer.cancel());
}

export function broken(error: NodeJS.ErrnoException): Answer {
  if (error.code === 'ETIMEDOUT' || error.code === 'EHOSTUNREACH') return UNREACHED;
  if (error.code === 'ECONNREFUSED') return { status: 502, reason: 'the target refused the connection' };
  if (error.code?.startsWith('HPE_'))
    return { status: 502, reason: 'the target answered with something that is not HTTP' };
  return {
    status: 502,
    reason: `the target closed the connection before it had answered (${error.code ?? error.message})`,
  };
}
