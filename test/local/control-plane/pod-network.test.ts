import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, request } from 'node:http';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openPodNetwork, type PodNetwork } from '../../../src/local/control-plane/pod-network.ts';
import { loopbackOf } from '../../../src/local/loopback.ts';

let dir: string;
let network: PodNetwork;
const POD = '10.213.1.40';
const PORT = 18_443;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'podwire-pods-'));
  network = await openPodNetwork(join(dir, 'pods.sock'));
});
afterEach(async () => {
  await network.close();
  await rm(dir, { recursive: true });
});

/** What an API server does: asks for the way to an address, and goes it. */
async function wayTo(address: string): Promise<{ status: number; socket: Socket }> {
  const asked = request({ socketPath: join(dir, 'pods.sock'), method: 'CONNECT', path: address, agent: false });
  asked.end();
  const [response, socket] = (await once(asked, 'connect')) as [{ statusCode: number }, Socket];
  return { status: response.statusCode, socket };
}

test('the address of a pod leads to what stands for it, and ends with it', async () => {
  const { host, port } = loopbackOf(POD, PORT);
  const pod = createServer((_, response) => response.end('pod')).listen(port, host);
  await once(pod, 'listening');
  const { status, socket } = await wayTo(`${POD}:${PORT}`);
  expect(status).toBe(200);
  socket.write('GET / HTTP/1.1\r\nhost: pod\r\nconnection: close\r\n\r\n');
  const pieces = await socket.toArray();
  expect(pieces.join('')).toMatch(/^HTTP\/1.1 200 OK[^]*pod$/);
  pod.close();
});

test('an address on loopback is taken as it is', async () => {
  const kubelet = createServer().listen(0, '127.0.0.1');
  await once(kubelet, 'listening');
  const { port } = kubelet.address() as { port: number };
  const { status, socket } = await wayTo(`127.0.0.1:${port}`);
  expect(status).toBe(200);
  socket.destroy();
  kubelet.close();
});

test('where nobody listens the asker is told so', async () => {
  const { status, socket } = await wayTo(`${POD}:${PORT}`);
  expect(status).toBe(502);
  socket.destroy();
});

test('closed, it leaves no connection behind', async () => {
  const { host, port } = loopbackOf(POD, PORT);
  const pod = createServer().listen(port, host);
  await once(pod, 'listening');
  const { socket } = await wayTo(`${POD}:${PORT}`);
  await network.close();
  if (!socket.closed) await once(socket.resume(), 'close');
  await expect(once(connect(join(dir, 'pods.sock')), 'connect')).rejects.toThrow();
  network = await openPodNetwork(join(dir, 'pods.sock'));
  pod.close();
});
