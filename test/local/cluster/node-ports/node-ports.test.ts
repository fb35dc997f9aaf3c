import { createServer, type Server } from 'node:http';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { KubeApi } from '../../../../src/kube/api.ts';
import { createCluster } from '../../../../src/local/cluster/api/cluster.ts';
import { localKubeApi } from '../../../../src/local/cluster/api/kube-api.ts';
import { startNodePorts } from '../../../../src/local/cluster/node-ports/node-ports.ts';
import { type Endpoint, KINDS } from '../../../../src/local/cluster/objects.ts';
import { freePorts } from '../../../../src/local/free-port.ts';
import { loopbackOf } from '../../../../src/local/loopback.ts';
import { realClock } from '../../../../src/runtime/clock.ts';
import { until } from '../../../../src/local/until.ts';

const NODES = [
  { name: 'a', address: '10.90.1.10' },
  { name: 'b', address: '10.90.2.10' },
];
const PODS = { one: { node: 'a', address: '10.90.1.40' }, two: { node: 'b', address: '10.90.2.40' } };
type PodName = keyof typeof PODS;

let api: KubeApi;
let nodePorts: { close(): Promise<void> };
let servers: Server[];
let podPort: number;

const NODE_PORT = 30_777;
const HEALTH_PORT = 30_778;

beforeEach(async () => {
  [podPort] = (await freePorts(1)) as [number];
  api = localKubeApi(createCluster({ clock: realClock }));
  servers = await Promise.all((Object.keys(PODS) as PodName[]).map(serve));
  nodePorts = await startNodePorts({ api, clock: realClock, nodes: NODES });
});

afterEach(async () => {
  await nodePorts.close();
  for (const server of servers) server.close().closeAllConnections();
});

function serve(pod: PodName): Promise<Server> {
  const server = createServer((_, response) => response.end(pod));
  return new Promise((resolve) => server.listen(loopbackOf(PODS[pod].address, podPort), () => resolve(server)));
}

const READY = { ready: true, serving: true, terminating: false };
const LEAVING = { ready: false, serving: true, terminating: true };
const ENDED = { ready: false, serving: false, terminating: true };

async function publish(pods: Partial<Record<PodName, Endpoint['conditions']>>): Promise<void> {
  const endpoints = Object.entries(pods).map(([pod, conditions]) => {
    const { node, address } = PODS[pod as PodName];
    return { addresses: [address], conditions, nodeName: node };
  });
  const ports = [{ name: 'http', port: podPort, protocol: 'TCP' }];
  const metadata = { name: 'web-1', namespace: 'default', labels: { 'kubernetes.io/service-name': 'web' } };
  await api.delete(KINDS.endpointSlice, metadata).catch(() => undefined);
  await api.create(KINDS.endpointSlice, { metadata, addressType: 'IPv4', ports, endpoints });
}

async function expose(spec: object = {}): Promise<void> {
  const ports = [{ name: 'http', port: 80, targetPort: 8080, nodePort: NODE_PORT }];
  const metadata = { name: 'web', namespace: 'default' };
  await api.create(KINDS.service, {
    metadata,
    spec: { type: 'LoadBalancer', selector: { app: 'web' }, ports, ...spec },
  });
}

async function ask(node: number, port = NODE_PORT): Promise<string> {
  const { host, port: at } = loopbackOf(NODES[node]?.address ?? '', port);
  try {
    const answer = await fetch(`http://${host}:${at}/`, { headers: { connection: 'close' } });
    return answer.ok ? await answer.text() : String(answer.status);
  } catch (error) {
    return ((error as Error).cause as NodeJS.ErrnoException).code ?? 'failed';
  }
}

/** All that a node answers within many questions. */
async function answers(node: number): Promise<string[]> {
  const seen = new Set<string>();
  for (let count = 0; count < 30; count++) seen.add(await ask(node));
  return [...seen].toSorted();
}

const opened = () =>
  until('node port', async () => (await ask(0)) !== 'ECONNREFUSED' && (await ask(1)) !== 'ECONNREFUSED');

test('every node forwards to pods of any node', async () => {
  await publish({ one: READY, two: READY });
  await expose();
  await opened();
  expect([await answers(0), await answers(1)]).toEqual([
    ['one', 'two'],
    ['one', 'two'],
  ]);
});

test('with externalTrafficPolicy Local a node serves only from its own pods', async () => {
  await publish({ one: READY });
  await expose({ externalTrafficPolicy: 'Local', healthCheckNodePort: HEALTH_PORT });
  await opened();
  expect([await answers(0), await answers(1)]).toEqual([['one'], ['ECONNRESET']]);
});

test('the health check port counts the ready pods of the node', async () => {
  await publish({ one: READY, two: LEAVING });
  await expose({ externalTrafficPolicy: 'Local', healthCheckNodePort: HEALTH_PORT });
  await opened();
  expect(JSON.parse(await ask(0, HEALTH_PORT))).toMatchObject({ localEndpoints: 1, service: { name: 'web' } });
  expect(await ask(1, HEALTH_PORT)).toBe('503');
});

test('a pod that terminates and serves is used only when there is no other', async () => {
  await publish({ one: READY, two: LEAVING });
  await expose();
  await opened();
  expect(await answers(1)).toEqual(['one']);
  await publish({ one: ENDED, two: LEAVING });
  await until('the other', async () => (await ask(0)) === 'two');
  expect(await answers(0)).toEqual(['two']);
});

test('without a Service that opens it nothing listens, and a Service that goes closes it', async () => {
  await publish({ one: READY });
  expect(await ask(0)).toBe('ECONNREFUSED');
  await expose();
  await opened();
  await api.delete(KINDS.service, { namespace: 'default', name: 'web' });
  await until('closed', async () => (await ask(0)) === 'ECONNREFUSED');
});

test('a pod that is not there any more is a reset connection, and the next one can go well', async () => {
  await publish({ one: READY });
  await expose();
  await opened();
  servers[0]?.close().closeAllConnections();
  expect(await ask(0)).toBe('ECONNRESET');
  await publish({ two: READY });
  await until('the other', async () => (await ask(0)) === 'two');
});
