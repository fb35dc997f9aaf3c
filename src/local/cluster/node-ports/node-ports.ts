import { createServer as createHttpServer, type RequestListener } from 'node:http';
import { connect, createServer, type Server, type Socket } from 'node:net';
import type { KubeApi } from '../../../kube/api.ts';
import type { Clock } from '../../../runtime/clock.ts';
import { loopbackOf } from '../../loopback.ts';
import { Mirror } from '../mirror.ts';
import { type EndpointSlice, KINDS, type Service } from '../objects.ts';
import { type Backend, type HealthPort, type Listeners, listenersOf, type NodePort, usable } from './choice.ts';

export type NodePortsOptions = {
  api: KubeApi;
  clock: Clock;
  nodes: { name: string; address: string }[];
  onError?: (what: string, error: unknown) => void;
};

type Table = { nodePorts: Map<number, NodePort>; healthPorts: Map<number, HealthPort> };
type Listening = { server: Server; sockets: Set<Socket> };

const SERVICE_NAME = 'kubernetes.io/service-name';

/** What kube-proxy is in a cluster: every node listens on every node port and passes the connection on to a pod. */
export async function startNodePorts(options: NodePortsOptions): Promise<{ close(): Promise<void> }> {
  const ports = new NodePorts(options);
  const abort = new AbortController();
  await ports.follow(abort.signal);
  return {
    async close() {
      abort.abort();
      ports.closeAll();
    },
  };
}

class NodePorts {
  readonly #options: NodePortsOptions;
  readonly #services = new Mirror<Service>();
  readonly #slices = new Mirror<EndpointSlice>();
  readonly #listening = new Map<string, Listening>(); // node name and port -> server
  #table: Table = { nodePorts: new Map(), healthPorts: new Map() };
  #due = false;

  constructor(options: NodePortsOptions) {
    this.#options = options;
    this.#services.onChange(() => this.#changed());
    this.#slices.onChange(() => this.#changed());
  }

  async follow(signal: AbortSignal): Promise<void> {
    void this.#services.follow(this.#options.api, KINDS.service, signal);
    void this.#slices.follow(this.#options.api, KINDS.endpointSlice, signal);
    await Promise.all([this.#services.synced, this.#slices.synced]);
  }

  closeAll(): void {
    for (const key of [...this.#listening.keys()]) this.#close(key);
  }

  #changed(): void {
    if (this.#due) return;
    this.#due = true;
    queueMicrotask(() => {
      this.#due = false;
      this.#rebuild();
    });
  }

  #rebuild(): void {
    const all = this.#services.values().map((service) => listenersOf(service, this.#slicesOf(service)));
    this.#table = tableOf(all);
    const wanted = new Set<string>();
    for (const { name } of this.#options.nodes) {
      for (const port of this.#table.nodePorts.keys()) wanted.add(`${name} ${port} tcp`);
      for (const port of this.#table.healthPorts.keys()) wanted.add(`${name} ${port} health`);
    }
    for (const key of [...this.#listening.keys()]) if (!wanted.has(key)) this.#close(key);
    for (const key of wanted) if (!this.#listening.has(key)) this.#open(key);
  }

  #slicesOf({ metadata }: Service): EndpointSlice[] {
    return this.#slices
      .values()
      .filter(
        (slice) =>
          slice.addressType === 'IPv4' &&
          slice.metadata.namespace === metadata.namespace &&
          slice.metadata.labels?.[SERVICE_NAME] === metadata.name,
      );
  }

  #open(key: string): void {
    const [name = '', text = '', kind] = key.split(' ');
    const port = Number(text);
    const node = this.#options.nodes.find((one) => one.name === name);
    if (node === undefined) return;
    const answer: RequestListener = (_, response) => this.#answerHealth(name, { port, response });
    const server =
      kind === 'health'
        ? createHttpServer(answer)
        : createServer({ noDelay: true, allowHalfOpen: true }, (socket) => this.#forward(name, { port, socket }));
    const sockets = new Set<Socket>();
    server.on('connection', (socket: Socket) => {
      sockets.add(socket);
      socket.on('close', () => sockets.delete(socket));
    });
    server.on('error', (error) => {
      this.#options.onError?.(key, error);
      this.#listening.delete(key);
    });
    this.#listening.set(key, { server, sockets });
    server.listen(loopbackOf(node.address, port));
  }

  #close(key: string): void {
    const listening = this.#listening.get(key);
    this.#listening.delete(key);
    listening?.server.close();
    for (const socket of listening?.sockets ?? []) socket.destroy();
  }

  #forward(node: string, { port, socket }: { port: number; socket: Socket }): void {
    const nodePort = this.#table.nodePorts.get(port);
    const choice = nodePort === undefined ? [] : usable(nodePort, node);
    const backend = choice[Math.floor(this.#options.clock.random() * choice.length)];
    if (backend === undefined) socket.resetAndDestroy();
    else pipe(socket, backend);
  }

  #answerHealth(node: string, asked: { port: number; response: Parameters<RequestListener>[1] }): void {
    const health = this.#table.healthPorts.get(asked.port);
    const localEndpoints = (health?.backends ?? []).filter((backend) => backend.node === node).length;
    const service = { namespace: health?.namespace, name: health?.service };
    asked.response.writeHead(localEndpoints > 0 ? 200 : 503, { 'content-type': 'application/json' });
    asked.response.end(JSON.stringify({ service, localEndpoints, serviceProxyHealthy: true }));
  }
}

function tableOf(all: Listeners[]): Table {
  return {
    nodePorts: new Map(all.flatMap(({ nodePorts }) => nodePorts).map((one) => [one.port, one])),
    healthPorts: new Map(all.flatMap(({ healthPorts }) => healthPorts).map((one) => [one.port, one])),
  };
}

/** Bytes both ways, and the end of one side is the end of the other. */
function pipe(client: Socket, backend: Backend): void {
  const upstream = connect({ ...loopbackOf(backend.address, backend.port), noDelay: true, allowHalfOpen: true });
  client.pipe(upstream);
  upstream.pipe(client);
  upstream.on('error', () => client.resetAndDestroy());
  client.on('error', () => upstream.destroy());
  client.on('close', () => upstream.destroy());
}
