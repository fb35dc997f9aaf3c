import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { WEBHOOK_PATHS, WEBHOOK_SECONDS } from '../admission/webhook.ts';
import type { KeyPair } from '../certificate.ts';
import type { Log } from '../log.ts';
import { answerReview, type Injecting } from './review.ts';

export type AdmissionOptions = Injecting & {
  host: string;
  port: number;
  pair: KeyPair;
  log: Pick<Log, 'warn'>;
  onAnswer?: OnAnswer;
};

/** Told when a request to one of our paths has come; what it returns, with the status when it is answered. */
export type OnAnswer = (path: string) => (status: number) => void;

export type AdmissionServer = {
  readonly port: number;
  /** Serves new connections with this pair; those that are open stay. */
  serveWith(pair: KeyPair): void;
  /** Goes on answering, and ends each connection with its next answer: whoever asks again looks for somebody else. */
  leave(): void;
  close(): Promise<void>;
};

/** An object in etcd has at most 1.5 MB; as JSON with the review around it, less than this. */
const LONGEST_BODY = 4 * 1024 * 1024;
const MOST_CONNECTIONS = 256;

/** The webhook: answers from memory within the time the API server waits, and lets everything through that it cannot read. */
export async function startAdmission(options: AdmissionOptions): Promise<AdmissionServer> {
  let leaving = false;
  const server = createServer({ ...credentials(options.pair), minVersion: 'TLSv1.2' }, (request, response) => {
    if (leaving) response.shouldKeepAlive = false;
    const path = pathOf(request);
    const answered = isOurs(path) ? options.onAnswer?.(path) : undefined;
    response.once('close', () => answered?.(response.statusCode));
    void answer({ request, response }, options);
  });
  server.requestTimeout = WEBHOOK_SECONDS * 1_000;
  server.headersTimeout = WEBHOOK_SECONDS * 1_000;
  server.maxConnections = MOST_CONNECTIONS;
  server.listen(options.port, options.host);
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    serveWith: (pair) => server.setSecureContext({ ...credentials(pair), minVersion: 'TLSv1.2' }),
    leave: () => {
      leaving = true;
    },
    close: () => close(server),
  };
}

const credentials = ({ certificate, privateKey }: KeyPair) => ({ cert: certificate, key: privateKey });

async function close(server: Server): Promise<void> {
  const closed = once(server, 'close');
  server.close();
  server.closeAllConnections();
  await closed;
}

const pathOf = ({ url = '' }: IncomingMessage): string => url.split('?', 1)[0] ?? '';
const isOurs = (path: string): boolean => Object.values(WEBHOOK_PATHS).some((one) => one === path);

type Exchange = { request: IncomingMessage; response: ServerResponse };

async function answer({ request, response }: Exchange, { log, ...injecting }: AdmissionOptions): Promise<void> {
  const path = pathOf(request);
  const known = isOurs(path);
  if (!known || request.method !== 'POST') return refuse({ request, response }, known ? 405 : 404);
  const body = await readBody(request).catch(() => undefined);
  if (body === undefined) return refuse({ request, response }, 413);
  const { review, problem } = answerReview(body, path === WEBHOOK_PATHS.first, injecting);
  if (problem !== undefined)
    log.warn({ problem }, 'a pod is let through as it is: its admission review cannot be read');
  response.setHeader('content-type', 'application/json');
  response.end(JSON.stringify(review));
}

// Whatever is not 200 counts as a failed call, and the pod is let through.
function refuse({ request, response }: Exchange, status: number): void {
  request.resume();
  response.writeHead(status, { connection: 'close' }).end();
}

async function readBody(request: IncomingMessage): Promise<string | undefined> {
  const pieces: Buffer[] = [];
  let length = 0;
  for await (const piece of request as AsyncIterable<Buffer>) {
    length += piece.length;
    if (length > LONGEST_BODY) return undefined;
    pieces.push(piece);
  }
  return Buffer.concat(pieces).toString('utf8');
}
