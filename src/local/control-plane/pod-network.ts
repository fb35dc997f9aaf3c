import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import { type Duplex, pipeline } from 'node:stream';
import { loopbackOf, type SocketAddress } from '../loopback.ts';

/** The way from an API server to pods and nodes. */
export type PodNetwork = { close(): Promise<void> };

/**
 * Serves HTTP CONNECT at a Unix socket, as a proxy between control plane and nodes does: an API server whose selection `cluster` leads
 * here asks for addresses of pods, which are in no network of this machine, and gets what stands for them on loopback.
 */
export async function openPodNetwork(path: string): Promise<PodNetwork> {
  const open = new Set<Duplex>();
  const server = createServer((_, response) => response.writeHead(405).end());
  server.on('connect', ({ url = '' }: IncomingMessage, client: Duplex) => {
    const refuse = ({ message }: Error) => void client.end(`HTTP/1.1 502 ${message}\r\n\r\n`);
    const pod = connect(standInOf(url), () => {
      pod.off('error', refuse);
      client.write('HTTP/1.1 200 OK\r\n\r\n');
      pipeline(client, pod, client, () => undefined);
    });
    pod.once('error', refuse);
    for (const one of [client, pod]) {
      open.add(one);
      one.once('close', () => open.delete(one)).on('error', () => undefined);
    }
  });
  server.listen(path);
  await once(server, 'listening');
  return {
    async close() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      for (const one of open) one.destroy();
      await closed;
    },
  };
}

/** Of `10.0.1.40:9443` or `[fd00::1]:9443`. A kubelet says itself where it is on loopback. */
function standInOf(asked: string): SocketAddress {
  const { hostname, port } = new URL(`http://${asked}`);
  const host = hostname.replace(/^\[(.*)\]$/, '$1');
  const at = Number(port || 80);
  return host.startsWith('127.') ? { host, port: at } : loopbackOf(host, at);
}
