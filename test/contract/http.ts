import { readFile } from 'node:fs/promises';
import http, { type IncomingMessage } from 'node:http';
import https from 'node:https';

export type Answer = { status: number; body: Body };
// biome-ignore format: one line
export type Body = Record<string, any>; // oxlint-disable-line typescript/no-explicit-any -- what a server answers is looked at field by field

type Asking = { type?: string; accept?: string; token?: string; signal?: AbortSignal };

/** Requests to one API server, without a client library between. */
export type Http = {
  send(method: string, path: string, body?: unknown, asking?: Asking): Promise<Answer>;
  /** Events of a watch until `enough` says so, or 10 s have passed. */
  watch(path: string, enough: (events: Body[]) => boolean): Promise<Body[]>;
};

const WATCH_LIMIT_MS = 10_000;

export async function httpFor(kubeconfig: string): Promise<Http> {
  const config = JSON.parse(await readFile(kubeconfig, 'utf8')) as Body;
  const { server, 'certificate-authority-data': authority = '' } = config.clusters[0].cluster;
  const client = server.startsWith('https') ? https : http;
  const ca = Buffer.from(authority, 'base64');
  const { user } = config.users[0];
  const open = (method: string, path: string, body: unknown, asking: Asking = {}): Promise<IncomingMessage> =>
    new Promise((resolve, reject) => {
      const { type = 'application/json', accept = 'application/json', token = user.token, signal } = asking;
      const text = body === undefined ? '' : typeof body === 'string' ? body : JSON.stringify(body);
      // Of a DELETE Node does not say the length by itself.
      const sent = text === '' ? {} : { 'content-type': type, 'content-length': Buffer.byteLength(text) };
      const headers = { authorization: `Bearer ${token}`, accept, ...sent };
      const options = { method, headers, ca, ...(signal && { signal }) };
      const request = client.request(server + path, options, resolve);
      request.on('error', reject);
      request.end(text);
    });
  return {
    async send(method, path, body, asking) {
      const response = await open(method, path, body, asking);
      const text = await response.setEncoding('utf8').reduce((all: string, chunk: string) => all + chunk, '');
      return { status: response.statusCode ?? 0, body: parsed(text) };
    },
    async watch(path, enough) {
      const signal = AbortSignal.timeout(WATCH_LIMIT_MS);
      const response = await open('GET', path, undefined, { signal });
      return collect(response, enough);
    },
  };
}

function parsed(text: string): Body {
  try {
    return JSON.parse(text) as Body;
  } catch {
    return { text };
  }
}

async function collect(response: IncomingMessage, enough: (events: Body[]) => boolean): Promise<Body[]> {
  const events: Body[] = [];
  let rest = '';
  for await (const chunk of response.setEncoding('utf8') as AsyncIterable<string>) {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop() ?? '';
    events.push(...lines.filter(Boolean).map((line) => JSON.parse(line) as Body));
    if (enough(events)) break;
  }
  response.destroy();
  return events;
}
