import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Cluster } from '../state.ts';
import { ApiError, internalError, noSuchPath, type Status, unauthorized } from '../status.ts';
import { discover, VERSION } from './discovery.ts';
import { answerOpenApi } from './openapi.ts';
import { answerResource, type Answer } from './resource.ts';
import { routeResource } from './route.ts';

/** Sits before every request; true when it has answered (or cut) it itself. */
export type Interference = (request: IncomingMessage, response: ServerResponse) => Promise<boolean>;

export type HttpOptions = { cluster: () => Cluster; token: string; interfere: Interference };

export const createApiServer = (options: HttpOptions): Server =>
  createServer((request, response) => {
    response.on('error', () => undefined);
    void answerRequest(options, request, response);
  });

async function answerRequest(options: HttpOptions, request: IncomingMessage, response: ServerResponse): Promise<void> {
  try {
    if (await options.interfere(request, response)) return;
    const url = new URL(request.url ?? '/', 'http://localhost');
    const open = HEALTH.has(url.pathname.split('/')[1] as string);
    if (!open && !isAllowed(request, options.token)) throw unauthorized();
    const answer = await route(options.cluster(), { request, response, url });
    if (answer) write(response, answer);
  } catch (error) {
    fail(response, error);
  }
}

/** Open to everyone, as in a real cluster. */
const HEALTH = new Set(['healthz', 'livez', 'readyz', 'version']);

/**
 * kubectl never sends a token over plain HTTP, so none is as good as the right one; a wrong one is refused, and so is a web page
 * (which has an Origin, or reaches us under a name of its own).
 */
function isAllowed({ headers }: IncomingMessage, token: string): boolean {
  const host = (headers.host ?? '').replace(/:\d+$/, '');
  const local = host === 'localhost' || host.endsWith('.localhost') || /^127(\.\d+){3}$/.test(host);
  const { authorization, origin } = headers;
  return local && origin === undefined && (authorization === undefined || authorization === `Bearer ${token}`);
}

type Exchange = { request: IncomingMessage; response: ServerResponse; url: URL };

async function route(cluster: Cluster, { request, response, url }: Exchange): Promise<Answer | undefined> {
  const parts = url.pathname.split('/').filter(Boolean);
  const accept = request.headers.accept ?? '';
  const [root] = parts;
  if (root === 'version') return { code: 200, body: VERSION };
  if (root === 'openapi') return answerOpenApi(cluster, parts, accept);
  if (root !== undefined && HEALTH.has(root)) return { code: 200, body: 'ok' };
  if (root !== 'api' && root !== 'apis') throw noSuchPath();
  if (parts.length <= (root === 'api' ? 2 : 3)) return { code: 200, body: discover(cluster, parts, accept) };
  return answerResource(cluster, {
    request,
    response,
    query: url.searchParams,
    target: routeResource(cluster.kinds, url.pathname),
  });
}

function write(response: ServerResponse, { code, body, warnings }: Answer): void {
  const kind = (body as { kind?: string } | undefined)?.kind;
  const aggregated = kind === 'APIGroupDiscoveryList' ? ';g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList' : '';
  const type = typeof body === 'string' ? 'text/plain; charset=utf-8' : `application/json${aggregated}`;
  const said = (warnings ?? []).map((text) => `299 - ${JSON.stringify(text)}`);
  if (said.length > 0) response.setHeader('warning', said);
  response.writeHead(code, { 'content-type': type });
  response.end(typeof body === 'string' ? body : JSON.stringify(body));
}

function fail(response: ServerResponse, error: unknown): void {
  const { status } = error instanceof ApiError ? error : internalError((error as Error).stack ?? String(error));
  if (response.headersSent) {
    response.end(`${JSON.stringify({ type: 'ERROR', object: status })}\n`);
    return;
  }
  const after = status.details?.retryAfterSeconds;
  response.writeHead(status.code, {
    'content-type': 'application/json',
    ...(after && { 'retry-after': String(after) }),
  });
  response.end(JSON.stringify(status satisfies Status));
}
