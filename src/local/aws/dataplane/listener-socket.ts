import * as http from 'node:http';
import * as https from 'node:https';
import type { AddressInfo, Server as NetServer, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { SecureContext } from 'node:tls';
import { rawAnswer } from './answers.ts';
import { parseRefusal } from './request-checks.ts';

export type ListenerHandlers = {
  /** Whether a client may connect at all; one that may not is closed at once. */
  admits: (client: Socket) => boolean;
  handle: (request: http.IncomingMessage, response: http.ServerResponse) => void;
  upgrade: (request: http.IncomingMessage, socket: Duplex, head: Buffer) => void;
  /** The TLS context for a host name; absent for HTTP. */
  contextFor?: (host: string) => SecureContext | undefined;
};

export type Place = { host: string; port: number };
export type ListenerPlace = Place & { idleMs: number };

/** A listener's real socket. */
export type ListenerSocket = {
  readonly host: string;
  readonly port: number;
  readonly server: http.Server | https.Server;
  close(): Promise<void>;
};

const MAX_HEADER_BYTES = 65_536;

/** Listens on the wanted port, or on a free one where that is taken or not allowed. */
export async function openListener(place: ListenerPlace, handlers: ListenerHandlers): Promise<ListenerSocket> {
  const server = handlers.contextFor ? secureServer(handlers) : http.createServer(serverOptions());
  server.keepAliveTimeout = place.idleMs;
  server.headersTimeout = place.idleMs;
  server.requestTimeout = 0;
  const open = trackConnections(server, handlers.admits);
  server.on('request', handlers.handle);
  server.on('checkContinue', (request: http.IncomingMessage, response: http.ServerResponse) => {
    // ALB answers 100 itself and does not pass Expect on (ALB guide, HTTP headers).
    response.writeContinue();
    handlers.handle(request, response);
  });
  server.on('upgrade', handlers.upgrade);
  server.on('clientError', (error: NodeJS.ErrnoException, socket: Duplex) => {
    if (socket.writable) socket.end(rawAnswer(parseRefusal(error.code)));
    else socket.destroy();
  });
  const address = await listenAt(server, place);
  return { host: address.address, port: address.port, server, close: () => closeServer(server, open) };
}

const serverOptions = (): http.ServerOptions & {
  shouldUpgradeCallback: (request: http.IncomingMessage) => boolean;
} => ({
  maxHeaderSize: MAX_HEADER_BYTES,
  requireHostHeader: false,
  noDelay: true,
  // Offers like `Upgrade: h2c` are declined by answering in HTTP/1.1.
  shouldUpgradeCallback: (request) => request.headers.upgrade?.toLowerCase() === 'websocket',
});

function secureServer(handlers: ListenerHandlers): https.Server {
  return https.createServer({
    ...serverOptions(),
    SNICallback: (host, done) => {
      const context = handlers.contextFor?.(host);
      done(context ? null : new Error(`no certificate for ${host}`), context);
    },
  });
}

/** The connections that are open, those that may not be left out: they are closed at once. */
export function trackConnections(server: NetServer, admits: (client: Socket) => boolean): Set<Socket> {
  const open = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    socket.on('error', () => undefined);
    if (!admits(socket)) return socket.destroy();
    open.add(socket);
    return socket.once('close', () => open.delete(socket));
  });
  return open;
}

/** Listens at a place, on another port where that one is taken or not allowed. */
export const listenAt = (server: NetServer, place: Place): Promise<AddressInfo> =>
  listen(server, place).catch(() => listen(server, { ...place, port: 0 }));

function listen(server: NetServer, place: Place): Promise<AddressInfo> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ port: place.port, host: place.host, exclusive: true }, () => {
      server.off('error', reject);
      resolve(server.address() as AddressInfo);
    });
  });
}

/** Stops listening and ends the connections that are open. */
export function closeServer(server: NetServer, open: Set<Socket>): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  for (const socket of open) socket.destroy();
  return closed;
}
