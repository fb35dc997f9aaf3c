import type { Socket as ClientSocket } from 'node:net';
import type { LocalAws } from '../aws.ts';
import type { LoadBalancer, Protocol } from '../state.ts';
import type { ListenerAddress } from './address-book.ts';
import type { NodeLag } from './node-lag.ts';
import type { NodeOptions } from './node.ts';
import { admits } from './reachability.ts';
import { NodeView } from './view.ts';
import { type ListenerConfig, wantedListeners } from './wanted.ts';

/** A listener's socket: where it really listens. */
type Bound = { readonly host: string; readonly port: number; close(): Promise<void> };

type Listening<S> = { config: ListenerConfig; socket: Promise<S>; address?: ListenerAddress };

type Handlers<S> = {
  /** Opens the socket of a listener that is new to the node; nothing where its protocol is not carried. */
  open: (arn: string, config: ListenerConfig) => Promise<S> | undefined;
  /** Told each time the node learns of what a listener with a socket is. */
  seen?: (config: ListenerConfig, socket: Promise<S>) => void;
};

/** The listeners that one load balancer node knows of, each with its real socket. */
export class NodeListeners<S extends Bound> {
  readonly #aws: LocalAws;
  readonly #options: NodeOptions;
  readonly #handlers: Handlers<S>;
  readonly #view: NodeView<ListenerConfig>;
  readonly #listening = new Map<string, Listening<S>>(); // listener ARN -> socket

  constructor(aws: LocalAws, options: NodeOptions, handlers: Handlers<S>) {
    this.#aws = aws;
    this.#options = options;
    this.#handlers = handlers;
    this.#view = new NodeView(aws.clock, (arn, config) => this.#see(arn, config));
  }

  /** Takes note of the state as it is now; each difference counts once its lag is over. */
  sync(loadBalancer: LoadBalancer, lag: NodeLag): void {
    this.#view.submit(wantedListeners(this.#aws.state, loadBalancer), () => lag.draw('listener'));
  }

  /** What the node knows of a listener now; undefined where it listens no more. */
  config(arn: string): ListenerConfig | undefined {
    return this.#listening.get(arn)?.config;
  }

  addresses(): ListenerAddress[] {
    return [...this.#listening.values()].flatMap(({ address }) => address ?? []);
  }

  /** Whether the security groups let a client in. A network load balancer without any takes every connection. */
  admits(client: ClientSocket, port: number): boolean {
    const loadBalancer = this.#loadBalancer();
    if (!loadBalancer) return false;
    const guarded = loadBalancer.type !== 'network' || loadBalancer.securityGroups.length > 0;
    if (!this.#options.enforceSecurityGroups || !guarded) return true;
    const address = this.#options.clientAddress(client.remoteAddress ?? '');
    return admits(this.#aws.state, loadBalancer, { address, port });
  }

  async close(): Promise<void> {
    this.#view.close();
    await Promise.all([...this.#listening.keys()].map((arn) => this.#stop(arn)));
  }

  #see(arn: string, config: ListenerConfig | undefined): void {
    const current = this.#listening.get(arn);
    const kept = current && config && isSameSocket(current.config, config) ? current : undefined;
    if (current && !kept) void this.#stop(arn);
    const listening = kept ?? (config && this.#start(arn, config));
    if (!config || !listening) return;
    listening.config = config;
    this.#handlers.seen?.(config, listening.socket);
  }

  #start(arn: string, config: ListenerConfig): Listening<S> | undefined {
    const socket = this.#handlers.open(arn, config);
    if (!socket) return undefined;
    const listening: Listening<S> = { config, socket };
    this.#listening.set(arn, listening);
    void socket.then((bound) => {
      const address = this.#addressOf(config, bound);
      if (address) listening.address = address;
    });
    return listening;
  }

  async #stop(arn: string): Promise<void> {
    const listening = this.#listening.get(arn);
    this.#listening.delete(arn);
    await (await listening?.socket)?.close();
  }

  #addressOf(config: ListenerConfig, { host, port }: Bound): ListenerAddress | undefined {
    const loadBalancer = this.#loadBalancer();
    if (!loadBalancer) return undefined;
    const { name, dnsName, arn } = loadBalancer;
    const listener = { listenerPort: config.port, protocol: spokenOver(config.protocol), host, port };
    return { loadBalancer: name, loadBalancerArn: arn, dnsName, zone: this.#options.zone, ...listener };
  }

  #loadBalancer(): LoadBalancer | undefined {
    return this.#aws.state.loadBalancers.get(this.#options.loadBalancerArn);
  }
}

const isSameSocket = (one: ListenerConfig, other: ListenerConfig): boolean =>
  one.port === other.port && one.protocol === other.protocol;

/** What a client of the listener speaks: of a TCP_UDP listener only TCP is carried. */
const spokenOver = (protocol: Protocol): ListenerAddress['protocol'] =>
  protocol === 'HTTP' || protocol === 'HTTPS' || protocol === 'TLS' ? protocol : 'TCP';
