import { createServer, type IncomingMessage } from 'node:http';
import type { Logs } from '../log.ts';
import type { Address } from '../settings/address.ts';
import { answerHealth, type Checks, type Endpoint, type HealthMemory } from './health.ts';
import { asksFromHere, type Listening, listenAt } from './listening.ts';
import { changeLevel, showLevels } from './log-level.ts';
import type { MetricRegistry } from './registry.ts';

export type ServerOptions = {
  address: Address;
  registry: Pick<MetricRegistry, 'text' | 'contentType'>;
  checks: Checks;
  logs: Logs;
};

export type StatusServer = Listening;

type Answer = { status: number; body: string; type?: string };
type Asked = { request: IncomingMessage; url: URL };
type Serving = ServerOptions & { memory: HealthMemory };

const HEALTH = /^\/(livez|healthz|readyz)(?:\/([^/]*))?$/;

/**
 * Serves /livez (and /healthz, the same), /readyz, /metrics and /loglevel, which whoever is on this machine may also set.
 * Throws Invalid when the address cannot be had.
 */
export function serveStatus(options: ServerOptions): Promise<StatusServer> {
  const serving = { ...options, memory: { wasReady: false } };
  const server = createServer((request, response) => {
    void answer(request, serving)
      .catch((error: unknown): Answer => ({ status: 500, body: `${String(error)}\n` }))
      .then(({ status, body, type = 'text/plain; charset=utf-8' }) =>
        response
          .writeHead(status, { 'content-type': type, 'x-content-type-options': 'nosniff', 'cache-control': 'no-store' })
          .end(request.method === 'HEAD' ? undefined : body),
      );
  });
  return listenAt(server, options.address, '--metrics-address');
}

async function answer(request: IncomingMessage, options: Serving): Promise<Answer> {
  const url = URL.parse(request.url ?? '/', 'http://podwire');
  if (url === null) return { status: 400, body: `wanted ${PATHS.join(', ')}\n` };
  const asked = { request, url };
  if (url.pathname === '/loglevel' && request.method === 'PUT') return setLevel(asked, options);
  if (request.method !== 'GET' && request.method !== 'HEAD') return { status: 405, body: 'wanted GET\n' };
  const [, endpoint, name] = HEALTH.exec(url.pathname) ?? [];
  if (endpoint !== undefined) return answerHealth(healthOf(url, endpoint, name), options.checks, options.memory);
  if (url.pathname === '/loglevel') return showLevels(options.logs);
  if (url.pathname !== '/metrics') return { status: 404, body: `wanted ${PATHS.join(', ')}\n` };
  return { status: 200, body: await options.registry.text(), type: options.registry.contentType };
}

const PATHS = ['/livez', '/healthz', '/readyz', '/metrics', '/loglevel'];

const healthOf = ({ searchParams }: URL, path: string, name = '') => ({
  endpoint: (path === 'readyz' ? 'readyz' : 'livez') as Endpoint,
  ...(name !== '' && { name }),
  verbose: searchParams.has('verbose'),
  exclude: searchParams.getAll('exclude'),
});

const LONGEST_LEVEL = 100;

async function setLevel({ request, url }: Asked, { logs }: ServerOptions): Promise<Answer> {
  if (!asksFromHere(request)) {
    request.resume();
    return { status: 403, body: 'the level is set from this machine only: kubectl port-forward\n' };
  }
  let text = '';
  for await (const piece of request as AsyncIterable<Buffer>) {
    text += piece.toString();
    if (text.length > LONGEST_LEVEL) break;
  }
  return changeLevel(logs, { text, module: url.searchParams.get('module') });
}
