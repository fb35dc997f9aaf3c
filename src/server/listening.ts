import type { IncomingMessage, Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Invalid } from '../errors.ts';
import type { Address } from '../settings/address.ts';

export type Listening = { url: string; close(): Promise<void> };

/** Listens at the address of a setting. Throws Invalid, with its flag, when the address cannot be had. Keeps no process alive. */
export async function listenAt(server: Server, { host, port }: Address, flag: string): Promise<Listening> {
  const { port: actual } = await new Promise<AddressInfo>((resolve, reject) => {
    const refuse = (error: Error): void => reject(new Invalid(flag, error.message, { cause: error }));
    server.once('error', refuse);
    server.listen(port, host, () => {
      server.off('error', refuse);
      resolve(server.address() as AddressInfo);
    });
  });
  server.unref();
  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${actual}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** Whether an address, with or without brackets, is of this machine alone. */
export const isLoopback = (host: string): boolean =>
  /^(127\.\d+\.\d+\.\d+|::1|::ffff:127\.\d+\.\d+\.\d+|localhost)$/.test(host.replace(/^\[|\]$/g, ''));

/** Whether whoever asks is on this machine: in the pod itself, or `kubectl port-forward`. */
export const asksFromHere = ({ socket }: IncomingMessage): boolean => isLoopback(socket.remoteAddress ?? '');
