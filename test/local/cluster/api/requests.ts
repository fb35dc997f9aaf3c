import { afterEach } from 'vitest';
import {
  type LocalApiServer,
  type LocalApiServerOptions,
  startLocalApiServer,
} from '../../../../src/local/cluster/api/server.ts';

/** Any JSON. */
export type Body = ReturnType<typeof JSON.parse>;
type Reply = { code: number; body: Body; warnings: string };

const MERGE = 'application/merge-patch+json';
export const JSON_PATCH = 'application/json-patch+json';
export const STRATEGIC = 'application/strategic-merge-patch+json';
const APPLY = 'application/apply-patch+yaml';

export type Requests = {
  server: LocalApiServer;
  get(path: string, accept?: string): Promise<Reply>;
  post(path: string, body: object): Promise<Reply>;
  put(path: string, body: object): Promise<Reply>;
  patch(path: string, body: object, type?: string): Promise<Reply>;
  apply(path: string, body: object): Promise<Reply>;
  delete(path: string, body?: object): Promise<Reply>;
  /** Reads a watch until `count` events have come, or it ends. */
  watch(path: string, count: number): Promise<Body[]>;
};

const servers: LocalApiServer[] = [];

afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.close()));
});

/** A server of its own for one test, spoken to with plain fetch. */
export async function startRequests(options?: LocalApiServerOptions): Promise<Requests> {
  const server = await startLocalApiServer(options);
  servers.push(server);
  const send = async (
    method: string,
    path: string,
    init: { body?: object; type?: string; accept?: string } = {},
  ): Promise<Reply> => {
    const response = await fetch(server.url + path, {
      method,
      headers: {
        authorization: `Bearer ${server.token}`,
        'content-type': init.type ?? 'application/json',
        accept: init.accept ?? '*/*',
        'user-agent': 'tester/1',
      },
      ...(init.body !== undefined && { body: JSON.stringify(init.body) }),
    });
    return { code: response.status, body: await response.json(), warnings: response.headers.get('warning') ?? '' };
  };
  return {
    server,
    get: (path, accept) => send('GET', path, accept === undefined ? {} : { accept }),
    post: (path, body) => send('POST', path, { body }),
    put: (path, body) => send('PUT', path, { body }),
    patch: (path, body, type = MERGE) => send('PATCH', path, { body, type }),
    apply: (path, body) => send('PATCH', path, { body, type: APPLY }),
    delete: (path, body) => send('DELETE', path, body === undefined ? {} : { body }),
    watch: (path, count) => readWatch(server.url + path, count),
  };
}

async function readWatch(url: string, count: number): Promise<Body[]> {
  const stop = new AbortController();
  const response = await fetch(url, { signal: stop.signal });
  const events: Body[] = [];
  let text = '';
  const decoder = new TextDecoder();
  for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) {
    const lines = (text + decoder.decode(chunk, { stream: true })).split('\n');
    text = lines.pop() as string;
    events.push(...lines.map((line) => JSON.parse(line)));
    if (events.length >= count) break;
  }
  stop.abort();
  return events;
}

export const CORE = '/api/v1/namespaces/default';
export const DEPLOYMENTS = '/apis/apps/v1/namespaces/default/deployments';

export const configMap = (name: string, data: Record<string, string> = {}, more: object = {}) => ({
  metadata: { name, ...more },
  data,
});

export const deployment = (name: string, replicas?: number) => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name },
  spec: {
    ...(replicas !== undefined && { replicas }),
    selector: { matchLabels: { app: name } },
    template: {
      metadata: { labels: { app: name } },
      spec: { containers: [{ name: 'web', image: 'shop:1', ports: [{ containerPort: 80 }] }] },
    },
  },
});

/** An Event about the object, as `events.k8s.io/v1` wants it. */
export const eventAbout = (regarding: object) => ({
  eventTime: '2026-01-01T00:00:00.000000Z',
  reportingController: 'podwire.dev',
  reportingInstance: 'x',
  action: 'Build',
  reason: 'Built',
  type: 'Normal',
  note: 'made it',
  regarding,
});
