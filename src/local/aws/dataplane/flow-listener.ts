import { createServer, type Server, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import * as tls from 'node:tls';
import { closeServer, listenAt, type Place, trackConnections } from './listener-socket.ts';

export type FlowHandlers = {
  /** Whether a client may connect at all; one that may not is closed at once. */
  admits: (client: Socket) => boolean;
  carry: (client: Duplex) => void;
  /** The TLS context for a host name; absent for TCP. */
  contextFor?: (host: string) => tls.SecureContext | undefined;
};

/** A TCP or TLS listener's real socket. */
export type FlowListener = { readonly host: string; readonly port: number; close(): Promise<void> };

/** Listens on the wanted port, or on a free one where that is taken or not allowed. */
export async function openFlowListener(place: Place, handlers: FlowHandlers): Promise<FlowListener> {
  const { contextFor } = handlers;
  const server = contextFor ? secureServer(contextFor, handlers) : plainServer(handlers);
  const open = trackConnections(server, handlers.admits);
  const address = await listenAt(server, place);
  return { host: address.address, port: address.port, close: () => closeServer(server, open) };
}

const plainServer = ({ carry }: FlowHandlers): Server => {
  const server = createServer({ allowHalfOpen: true, noDelay: true });
  // After the listener that may refuse it.
  server.on('connection', (socket) => queueMicrotask(() => (socket.destroyed ? undefined : carry(socket))));
  return server;
};

function secureServer(contextFor: NonNullable<FlowHandlers['contextFor']>, { carry }: FlowHandlers): Server {
  const server = tls.createServer({
    SNICallback: (host, done) => {
      const context = contextFor(host);
      done(context ? null : new Error(`no certificate for ${host}`), context);
    },
  });
  server.on('secureConnection', (socket) => {
    socket.on('error', () => undefined);
    carry(socket);
  });
  return server;
}
