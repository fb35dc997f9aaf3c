import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';

type Item = {
  metadata: { name: string; namespace?: string; resourceVersion: string; uid: string; [more: string]: unknown };
};
type Logged = { version: number; type: 'ADDED' | 'MODIFIED' | 'DELETED'; object: Item };
type Request = {
  method: string;
  path: string;
  query: URLSearchParams;
  headers: IncomingMessage['headers'];
  body: string;
};
type Answer = (request: Request, response: ServerResponse) => boolean | void;

/**
 * An API server for one kind that misbehaves on request. Lists, watches from a version, streams lists, sends bookmarks; `next`
 * holds answers that are given in place of the right one, one a request (false: answer rightly after all).
 */
export class FakeApiServer {
  readonly requests: Request[] = [];
  readonly next: Answer[] = [];
  streamsLists = true;
  /** Versions up to this one have been forgotten. */
  forgotten = 0;
  groups = ['podwire.dev'];
  /** False: the kind is not there and its path answers as any unknown path. */
  serves = true;
  connections = 0;
  readonly #server = createServer((request, response) => void this.#handle(request, response));
  readonly #sockets = new Set<Socket>();
  readonly #watchers = new Set<{ response: ServerResponse; sent: number }>();
  readonly #items = new Map<string, Item>();
  readonly #log: Logged[] = [];
  #version = 100;

  static async start(): Promise<FakeApiServer> {
    const fake = new FakeApiServer();
    await new Promise<void>((resolve) => fake.#server.listen(0, '127.0.0.1', resolve));
    fake.#server.on('connection', (socket) => {
      fake.connections++;
      fake.#sockets.add(socket);
      socket.on('close', () => fake.#sockets.delete(socket));
    });
    return fake;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  get watching(): number {
    return this.#watchers.size;
  }

  put(name: string, more: Record<string, unknown> = {}): void {
    const version = ++this.#version;
    const old = this.#items.get(name);
    const metadata = { name, namespace: 'shop', uid: `uid-${name}`, resourceVersion: String(version), ...more };
    const object = { metadata } as Item;
    this.#items.set(name, object);
    this.#announce({ version, type: old === undefined ? 'ADDED' : 'MODIFIED', object });
  }

  remove(name: string): void {
    const old = this.#items.get(name) as Item;
    this.#items.delete(name);
    const version = ++this.#version;
    this.#announce({
      version,
      type: 'DELETED',
      object: { metadata: { ...old.metadata, resourceVersion: String(version) } },
    });
  }

  bookmark(): void {
    for (const { response } of this.#watchers) response.write(frame('BOOKMARK', bookmarkOf(this.#version)));
  }

  /** Sends these bytes to every watcher. */
  raw(bytes: Buffer | string): void {
    for (const { response } of this.#watchers) response.write(bytes);
  }

  /** Ends every watch in the ordinary way. */
  endWatches(): void {
    for (const { response } of this.#watchers) response.end();
    this.#watchers.clear();
  }

  /** Resets every connection. */
  resetAll(): void {
    for (const socket of this.#sockets) socket.resetAndDestroy();
    this.#watchers.clear();
  }

  async close(): Promise<void> {
    this.resetAll();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #handle(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const pieces: Buffer[] = [];
    for await (const piece of incoming as AsyncIterable<Buffer>) pieces.push(piece);
    const url = new URL(incoming.url ?? '/', this.url);
    const { method = 'GET', headers } = incoming;
    const body = Buffer.concat(pieces).toString();
    const request = { method, path: url.pathname, query: url.searchParams, headers, body };
    this.requests.push(request);
    const instead = this.next.shift();
    if (instead !== undefined && instead(request, response) !== false) return;
    this.#answer(request, response);
  }

  #answer(request: Request, response: ServerResponse): void {
    if (request.path === '/apis') return this.#discover(response);
    if (request.path.split('/').length === 4 && request.path.startsWith('/apis/'))
      return json(response, 200, this.#kinds());
    if (!this.serves) return void response.writeHead(404).end('404 page not found\n');
    if (request.query.get('watch') === 'true') return this.#watch(request, response);
    return this.#list(request, response);
  }

  #discover(response: ServerResponse): void {
    const groups = this.groups.map((name) => ({ name, versions: [{ version: 'v1', groupVersion: `${name}/v1` }] }));
    json(response, 200, { kind: 'APIGroupList', groups });
  }

  #kinds(): object {
    return { kind: 'APIResourceList', resources: this.serves ? [{ name: 'targetgroups' }] : [] };
  }

  #list({ query }: Request, response: ServerResponse): void {
    const limit = Number(query.get('limit') ?? Infinity);
    const from = Number(query.get('continue') ?? 0);
    const items = [...this.#items.values()];
    const more = from + limit < items.length ? { continue: String(from + limit) } : {};
    const metadata = { resourceVersion: String(this.#version), ...more };
    json(response, 200, { kind: 'List', metadata, items: items.slice(from, from + limit) });
  }

  #watch({ query }: Request, response: ServerResponse): void {
    const initial = query.get('sendInitialEvents') === 'true';
    if (initial && !this.streamsLists) return json(response, 422, status(422, 'sendInitialEvents is forbidden'));
    const from = Number(query.get('resourceVersion') ?? this.#version);
    response.writeHead(200, { 'content-type': 'application/json' });
    if (!initial && from < this.forgotten) return void response.end(frame('ERROR', status(410, 'too old')));
    response.flushHeaders();
    if (initial) {
      for (const object of this.#items.values()) response.write(frame('ADDED', object));
      response.write(frame('BOOKMARK', bookmarkOf(this.#version, { 'k8s.io/initial-events-end': 'true' })));
    } else
      for (const { type, object } of this.#log.filter(({ version }) => version > from))
        response.write(frame(type, object));
    const watcher = { response, sent: this.#version };
    this.#watchers.add(watcher);
    response.on('close', () => this.#watchers.delete(watcher));
  }

  #announce(logged: Logged): void {
    this.#log.push(logged);
    for (const { response } of this.#watchers) response.write(frame(logged.type, logged.object));
  }
}

export const frame = (type: string, object: object): string => `${JSON.stringify({ type, object })}\n`;

export const status = (code: number, message: string, more: object = {}): object => ({
  kind: 'Status',
  status: 'Failure',
  code,
  message,
  ...more,
});

const bookmarkOf = (version: number, annotations: Record<string, string> = {}): object => ({
  metadata: { resourceVersion: String(version), annotations },
});

export function json(response: ServerResponse, code: number, body: object): void {
  response.writeHead(code, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}
