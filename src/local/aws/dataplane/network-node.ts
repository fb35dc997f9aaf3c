import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { LocalAws } from '../aws.ts';
import type { LoadBalancer } from '../state.ts';
import type { ListenerAddress } from './address-book.ts';
import { type FlowListener, openFlowListener } from './flow-listener.ts';
import { FlowTargets } from './flow-targets.ts';
import { pickTargetGroup } from './forward.ts';
import { NodeLag } from './node-lag.ts';
import type { NodeOptions } from './node.ts';
import { admits } from './reachability.ts';
import { TlsContexts } from './tls.ts';
import { NodeView } from './view.ts';
import { type ListenerConfig, wantedListeners } from './wanted.ts';

type Listening = { config: ListenerConfig; socket: Promise<FlowListener>; address?: ListenerAddress };

/** One node of a network load balancer: picks a target for each connection and carries bytes, with a view that lags far behind. */
export class NetworkLoadBalancerNode {
  readonly options: NodeOptions;
  readonly lag: NodeLag;
  readonly #aws: LocalAws;
  readonly #listeners: NodeView<ListenerConfig>;
  readonly #listening = new Map<string, Listening>();
  readonly #targets: FlowTargets;
  readonly #contexts: TlsContexts;

  constructor(aws: LocalAws, options: NodeOptions) {
    this.options = options;
    this.#aws = aws;
    this.lag = new NodeLag(aws, options);
    this.#listeners = new NodeView(aws.clock, (arn, config) => this.#listen(arn, config));
    this.#targets = new FlowTargets(aws, options);
    this.#contexts = new TlsContexts(() => aws.state);
  }

  /** Takes note of the state as it is now; each difference counts once its lag is over. */
  sync(loadBalancer: LoadBalancer): void {
    this.#listeners.submit(wantedListeners(this.#aws.state, loadBalancer), () => this.lag.draw('listener'));
    this.#targets.sync(loadBalancer, this.lag);
  }

  /** Milliseconds until this node has seen all that was said of a target. */
  behind(targetGroupArn: string, key: string): number {
    return this.#targets.behind(targetGroupArn, key);
  }

  addresses(): ListenerAddress[] {
    return [...this.#listening.values()].flatMap(({ address }) => address ?? []);
  }

  async close(): Promise<void> {
    this.#listeners.close();
    this.#targets.close();
    await Promise.all([...this.#listening.keys()].map((arn) => this.#stopListening(arn)));
  }

  #listen(arn: string, config: ListenerConfig | undefined): void {
    const current = this.#listening.get(arn);
    const same = current && config?.port === current.config.port && config.protocol === current.config.protocol;
    if (current && !same) void this.#stopListening(arn);
    if (current && same) current.config = config;
    else if (config && CARRIED.has(config.protocol)) this.#startListening(arn, config);
  }

  #startListening(arn: string, config: ListenerConfig): void {
    const current = (): ListenerConfig | undefined => this.#listening.get(arn)?.config;
    const socket = openFlowListener(
      { host: this.options.host, port: config.port },
      {
        admits: (client) => this.#admits(client, config.port),
        carry: (client) => this.#carry(client, current()),
        ...(config.protocol === 'TLS' && {
          contextFor: (host: string) => this.#contexts.forHost(host, current()?.certificates ?? []),
        }),
      },
    );
    const listening: Listening = { config, socket };
    this.#listening.set(arn, listening);
    void socket.then((opened) => {
      const address = this.#addressOf(config, opened);
      if (address) listening.address = address;
    });
  }

  #addressOf(
    { port: listenerPort, protocol }: ListenerConfig,
    { host, port }: FlowListener,
  ): ListenerAddress | undefined {
    const loadBalancer = this.#loadBalancer();
    if (!loadBalancer) return undefined;
    const { name, dnsName, arn } = loadBalancer;
    const listener = { listenerPort, protocol: protocol === 'TLS' ? 'TLS' : 'TCP', host, port } as const;
    return { loadBalancer: name, loadBalancerArn: arn, dnsName, zone: this.options.zone, ...listener };
  }

  async #stopListening(arn: string): Promise<void> {
    const listening = this.#listening.get(arn);
    this.#listening.delete(arn);
    await (await listening?.socket)?.close();
  }

  #carry(client: Duplex, config: ListenerConfig | undefined): void {
    const [action] = config?.rules.at(-1)?.actions ?? [];
    const group = action && pickTargetGroup(action, this.#aws.clock.random());
    this.#targets.carry(client, group ?? '');
  }

  /** Without security groups of its own a network load balancer takes every connection. */
  #admits(client: Socket, port: number): boolean {
    const loadBalancer = this.#loadBalancer();
    if (!loadBalancer) return false;
    if (!this.options.enforceSecurityGroups || loadBalancer.securityGroups.length === 0) return true;
    const address = this.options.clientAddress(client.remoteAddress ?? '');
    return admits(this.#aws.state, loadBalancer, { address, port });
  }

  #loadBalancer(): LoadBalancer | undefined {
    return this.#aws.state.loadBalancers.get(this.options.loadBalancerArn);
  }
}

/** UDP is not carried. */
const CARRIED = new Set<ListenerConfig['protocol']>(['TCP', 'TLS', 'TCP_UDP']);
