import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Invalid } from '../errors.ts';
import type { Address } from '../settings/address.ts';
import type { MetricRegistry } from './registry.ts';

export type ServerOptions = {
  address: Address;
  registry: Pick<MetricRegistry, 'text' | 'contentType'>;
  /** What is still missing before this replica is of use; empty when nothing is. */
  missing: () => readonly string[];
};

export type StatusServer = { url: string; close(): Promise<void> };

type Answer = { status: number; body: string; type?: string };

/**
 * Serves /livez and /healthz (the process answers), /readyz (its stores are full, whether or not it leads) and /metrics.
 * Throws Invalid when the address cannot be had.
 */
export async function serveStatus(options: ServerOptions): Promise<StatusServer> {
  const server = createServer((request, response) => {
    const path = (request.url ?? '/').split('?', 1)[0] as string;
    const answered = request.method === 'GET' || request.method === 'HEAD' ? answer(path, options) : NOT_ALLOWED;
    void answered.then(({ status, body, type = 'text/plain; charset=utf-8' }) =>
      response.writeHead(status, { 'content-type': type }).end(request.method === 'HEAD' ? undefined : body),
    );
  });
  const { port } = await listen(server, options.address);
  server.unref();
  const { host } = options.address;
  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

const NOT_ALLOWED: Promise<Answer> = Promise.resolve({ status: 405, body: 'wanted GET\n' });

async function answer(path: string, { registry, missing }: ServerOptions): Promise<Answer> {
  if (path === '/livez' || path === '/healthz') return { status: 200, body: 'ok\n' };
  if (path === '/readyz') return readiness(missing());
  if (path !== '/metrics') return { status: 404, body: 'wanted /livez, /healthz, /readyz or /metrics\n' };
  try {
    return { status: 200, body: await registry.text(), type: registry.contentType };
  } catch (error) {
    return { status: 500, body: `${String(error)}\n` };
  }
}

const readiness = (missing: readonly string[]): Answer =>
  missing.length === 0 ? { status: 200, body: 'ok\n' } : { status: 503, body: `waiting for ${missing.join(', ')}\n` };

function listen(server: Server, { host, port }: Address): Promise<AddressInfo> {
  return new Promise((resolve, reject) => {
    const refuse = (error: Error): void => reject(new Invalid('--metrics-address', error.message, { cause: error }));
    server.once('error', refuse);
    server.listen(port, host, () => {
      server.off('error', refuse);
      resolve(server.address() as AddressInfo);
    });
  });
}
