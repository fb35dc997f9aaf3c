import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { type Clock, realClock } from '../../../runtime/clock.ts';
import { loopbackOf } from '../../loopback.ts';
import { NO_REQUEST_LOG, REQUEST_ID, type RequestLog, SERVED_BY } from '../../request-log.ts';
import { type App, answerOf, type Behaviour } from './app.ts';
import type { RunningApp } from './runtime.ts';

export const KILLED = 137;

/**
 * One app that runs: real servers that stop as a well-behaved program does. A request chooses with `?delayMs=` how long its
 * answer takes to begin, with `?streamMs=&chunkEveryMs=` how long it goes on and how often a chunk of it comes.
 */
export function runApp(app: App, clock: Clock = realClock, requests: RequestLog = NO_REQUEST_LOG): RunningApp {
  return new AppServer(app, clock, requests);
}

class AppServer implements RunningApp {
  readonly #app: App;
  readonly #clock: Clock;
  readonly #requests: RequestLog;
  readonly #exit = Promise.withResolvers<number>();
  #behaviour: Behaviour;
  #servers: Server[] = [];
  #stopping = false;
  #ended = false;
  #served = 0;

  constructor(app: App, clock: Clock, requests: RequestLog) {
    this.#app = app;
    this.#clock = clock;
    this.#requests = requests;
    this.#behaviour = app.behaviour;
    void this.#run();
  }

  get exited(): Promise<number> {
    return this.#exit.promise;
  }

  configure(behaviour: Behaviour): void {
    this.#behaviour = behaviour;
  }

  signal(signal: 'SIGTERM' | 'SIGKILL'): void {
    const { onSigterm, exitCode } = this.#behaviour;
    if (signal === 'SIGKILL') this.#end(KILLED);
    else if (onSigterm === 'exit') this.#end(exitCode);
    else if (onSigterm === 'drain') void this.#stop();
  }

  async #run(): Promise<void> {
    const { startDelayMs, exitAfterMs } = this.#behaviour;
    if (exitAfterMs !== undefined) this.#clock.after(exitAfterMs, () => this.#end(this.#behaviour.exitCode));
    if (startDelayMs > 0) await this.#clock.sleep(startDelayMs);
    if (this.#stopping || this.#ended) return;
    try {
      await this.#listen();
    } catch (error) {
      console.error(`${this.#app.identity.pod}: ${(error as Error).message}`);
      this.#end(1);
    }
  }

  async #listen(): Promise<void> {
    const hosts = new Map<string, { host: string; port: number }>();
    for (const address of this.#app.addresses)
      for (const port of this.#app.ports) {
        const at = loopbackOf(address, port);
        hosts.set(`${at.host}:${at.port}`, at); // both families of a pod are one loopback address
      }
    await Promise.all([...hosts.values()].map((at) => this.#serve(at)));
  }

  async #serve(at: { host: string; port: number }): Promise<void> {
    const server = createServer((request, response) => {
      // A client that goes away in the middle of its request gets no answer.
      this.#answer(request, response).catch(() => response.destroy());
      // A connection that becomes idle while the app stops would keep it from its end.
      response.on('close', () => this.#stopping && setImmediate(() => server.closeIdleConnections()));
    });
    server.keepAliveTimeout = 75_000; // longer than a load balancer's 60 s, as its documentation asks for
    this.#servers.push(server);
    await new Promise<void>((resolve, reject) => server.once('error', reject).listen(at, resolve));
    if (this.#ended) server.close();
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await read(request);
    this.#note('began', request);
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://pod');
    const delay = countOf(searchParams, 'delayMs') ?? (this.#isProbe(pathname) ? 0 : this.#behaviour.responseDelayMs);
    if (delay > 0) await this.#clock.sleep(delay);
    const answer = answerOf(this.#app, this.#behaviour, pathname);
    if (answer === 'silence') return;
    const status = STATUS[answer];
    if (this.#stopping) response.setHeader('connection', 'close');
    const { namespace, pod } = this.#app.identity;
    response.writeHead(status, { 'content-type': 'application/json', [SERVED_BY]: `${namespace}/${pod}` });
    await this.#stream(response, searchParams);
    response.end(`${JSON.stringify({ ...this.#app.identity, ...echo(request, body), served: ++this.#served })}\n`);
    if (!response.destroyed) this.#note('finished', request);
  }

  #isProbe(path: string): boolean {
    return this.#app.healthPaths.includes(path) || this.#app.livePaths.includes(path);
  }

  /** Empty lines before the answer, one now and one at the end of each interval, until it has lasted long enough. */
  async #stream(response: ServerResponse, asked: URLSearchParams): Promise<void> {
    const every = Math.max(1, countOf(asked, 'chunkEveryMs') ?? 1_000);
    const ends = this.#clock.monotonic() + (countOf(asked, 'streamMs') ?? 0);
    for (let left = ends - this.#clock.monotonic(); left > 0; left = ends - this.#clock.monotonic()) {
      if (response.destroyed) return;
      response.write('\n');
      await this.#clock.sleep(Math.min(every, left));
    }
  }

  #note(what: 'began' | 'finished', { headers }: IncomingMessage): void {
    const id = headers[REQUEST_ID];
    if (typeof id !== 'string') return;
    const { namespace, pod } = this.#app.identity;
    this.#requests.note({ time: this.#clock.now(), what, id, pod: `${namespace}/${pod}`, leaving: this.#stopping });
  }

  /** Accepts nothing new, lets idle connections go, finishes what was begun. */
  async #stop(): Promise<void> {
    if (this.#stopping) return;
    this.#stopping = true;
    await Promise.all(this.#servers.map(closed));
    this.#end(this.#behaviour.exitCode);
  }

  #end(code: number): void {
    if (this.#ended) return;
    this.#ended = true;
    for (const server of this.#servers) {
      server.close();
      server.closeAllConnections();
    }
    this.#exit.resolve(code);
  }
}

/** Resolves when the last request is answered. */
function closed(server: Server): Promise<void> {
  return new Promise((resolve) => {
    if (server.listening) server.close(() => resolve());
    else resolve();
  });
}

function countOf(asked: URLSearchParams, name: string): number | undefined {
  const text = asked.get(name) ?? '';
  return /^\d+$/.test(text) ? Number(text) : undefined;
}

const STATUS = { ok: 200, unavailable: 503, 'not found': 404 } as const;

const LARGEST_ECHO = 64 * 1024;

async function read(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size <= LARGEST_ECHO) chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function echo({ method, url, headers, socket }: IncomingMessage, body: string): object {
  return { method, path: url, headers, from: socket.remoteAddress, ...(body !== '' && { body }) };
}
