import { createServer, request as send, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Resource } from '../../../src/kube/api.ts';
import { RESOURCES } from '../../../src/kube/resources.ts';
import type { Right, Verb } from '../../../src/kube/rights.ts';
import { isAllowed } from '../../scenarios/rights.ts';

/** What stands in front of a server and lies about it, or holds who asks to a role. */
type Lies = {
  /** Milliseconds that the server’s `Date` is ahead. */
  skewMs?: number;
  /** What it says of its version. */
  version?: string;
  /** The token that is taken. */
  token?: string;
  /** Rights of whoever asks, as an API server with roles holds to them and tells of them; all without. */
  rights?: readonly Right[];
  /** Whether reads are held to them too. */
  reads?: boolean;
};

export type Front = {
  url: string;
  lies: Lies;
  /** Requests that may have changed something, `POST /path`; questions about rights are none. */
  writes: string[];
  close(): Promise<void>;
};

export const OWN_NAMESPACE = 'podwire-system';
const REVIEWS = /\/(selfsubjectaccessreviews|selfsubjectreviews)$/;

/** Starts it on a free port in front of `target`. */
export async function startFront(target: string): Promise<Front> {
  const front: Pick<Front, 'lies' | 'writes'> = { lies: {}, writes: [] };
  const server = createServer((request, response) => void answer(request, response).catch(() => response.destroy()));
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { method = 'GET', url = '/' } = request;
    const path = url.split('?')[0] ?? '';
    if (method !== 'GET' && !REVIEWS.test(path)) front.writes.push(`${method} ${path}`);
    const told = await tell(front.lies, request);
    if (told === undefined) return forward(request, response, { target, lies: front.lies });
    response.writeHead(told.code, { 'content-type': 'application/json', date: dateOf(front.lies) });
    response.end(JSON.stringify(told.body));
  };
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const { port } = server.address() as AddressInfo;
  const close = () =>
    new Promise<void>((done) => {
      server.close(() => done());
      server.closeAllConnections();
    });
  return Object.assign(front, { url: `http://127.0.0.1:${port}`, close });
}

const dateOf = ({ skewMs = 0 }: Lies): string => new Date(Date.now() + skewMs).toUTCString();

type Told = { code: number; body: object };

/** The answer where it is not the server’s. */
async function tell(lies: Lies, request: IncomingMessage): Promise<Told | undefined> {
  const { url = '/', method } = request;
  const path = url.split('?')[0] ?? '';
  if (path === '/version' && lies.version !== undefined) return { code: 200, body: { gitVersion: lies.version } };
  if (REVIEWS.test(path)) return review(lies, request, path);
  return method === 'GET' ? refusal(lies, path) : undefined;
}

async function review(lies: Lies, request: IncomingMessage, path: string): Promise<Told> {
  if (lies.token !== undefined && request.headers.authorization !== `Bearer ${lies.token}`)
    return { code: 401, body: { kind: 'Status', reason: 'Unauthorized', message: 'Unauthorized' } };
  if (path.endsWith('/selfsubjectreviews')) {
    const username = `system:serviceaccount:${OWN_NAMESPACE}:podwire`;
    return { code: 201, body: { status: { userInfo: { username } } } };
  }
  const { spec } = (await bodyOf(request)) as { spec: { resourceAttributes: Attributes } };
  return { code: 201, body: { status: { allowed: mayDo(lies, spec.resourceAttributes) } } };
}

function refusal(lies: Lies, path: string): Told | undefined {
  const asked = lies.reads === true ? readOf(path) : undefined;
  if (asked === undefined || mayDo(lies, asked)) return undefined;
  const message = `cannot ${asked.verb} resource "${asked.resource}" in API group "${asked.group}"`;
  return { code: 403, body: { kind: 'Status', reason: 'Forbidden', message } };
}

type Attributes = {
  verb: string;
  group: string;
  resource: string;
  subresource?: 'status';
  namespace?: string;
  name?: string;
};

function mayDo({ rights }: Lies, { verb, group, resource, ...rest }: Attributes): boolean {
  if (rights === undefined) return true;
  const kind: Pick<Resource, 'group' | 'plural'> = { group, plural: resource };
  return isAllowed(rights, { verb: verb as Verb, resource: kind as Resource, ...rest }, OWN_NAMESPACE);
}

const PATH = /^\/(?:api\/v1|apis\/([^/]+)\/[^/]+)(?:\/namespaces\/([^/]+))?\/([^/]+)(?:\/([^/]+))?$/;

/** What a GET of objects asks for; nothing for discovery and the like. */
function readOf(path: string): Attributes | undefined {
  const named = /^\/api\/v1\/namespaces\/([^/]+)$/.exec(path);
  if (named !== null) return { verb: 'get', group: '', resource: RESOURCES.namespace.plural, name: named[1] as string };
  const [whole, group = '', namespace, resource = '', name] = PATH.exec(path) ?? [];
  if (whole === undefined) return undefined;
  const place = { ...(namespace !== undefined && { namespace }), ...(name !== undefined && { name }) };
  return { verb: name === undefined ? 'list' : 'get', group, resource, ...place };
}

async function bodyOf(request: IncomingMessage): Promise<unknown> {
  const pieces: Buffer[] = [];
  for await (const piece of request) pieces.push(piece as Buffer);
  return JSON.parse(Buffer.concat(pieces).toString('utf8'));
}

function forward(request: IncomingMessage, response: ServerResponse, to: { target: string; lies: Lies }): void {
  const { method, headers, url = '/' } = request;
  const sent = send(new URL(url, to.target), { method, headers }, (answer) => {
    response.writeHead(answer.statusCode ?? 502, { ...answer.headers, date: dateOf(to.lies) });
    answer.pipe(response);
  });
  sent.on('error', () => response.destroy());
  request.pipe(sent);
}
