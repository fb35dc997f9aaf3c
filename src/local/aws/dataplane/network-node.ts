import type { Duplex } from 'node:stream';
import type { LocalAws } from '../aws.ts';
import type { LoadBalancer } from '../state.ts';
import type { ListenerAddress } from './address-book.ts';
import { type FlowListener, openFlowListener } from './flow-listener.ts';
import { FlowTargets } from './flow-targets.ts';
import { pickTargetGroup } from './forward.ts';
import { NodeLag } from './node-lag.ts';
import { NodeListeners } from './node-listeners.ts';
import type { NodeOptions } from './node.ts';
import { TlsContexts } from './tls.ts';
import type { ListenerConfig } from './wanted.ts';

/** One node of a network load balancer: picks a target for each connection and carries bytes, with a view that lags far behind. */
export class NetworkLoadBalancerNode {
  readonly options: NodeOptions;
  readonly lag: NodeLag;
  readonly #aws: LocalAws;
  readonly #listeners: NodeListeners<FlowListener>;
  readonly #targets: FlowTargets;
  readonly #contexts: TlsContexts;

  constructor(aws: LocalAws, options: NodeOptions) {
    this.options = options;
    this.#aws = aws;
    this.lag = new NodeLag(aws, options);
    this.#listeners = new NodeListeners(aws, options, { open: (arn, config) => this.#open(arn, config) });
    this.#targets = new FlowTargets(aws, options);
    this.#contexts = new TlsContexts(() => aws.state);
  }

  /** Takes note of the state as it is now; each difference counts once its lag is over. */
  sync(loadBalancer: LoadBalancer): void {
    this.#listeners.sync(loadBalancer, this.lag);
    this.#targets.sync(loadBalancer, this.lag);
  }

  /** Milliseconds until this node has seen all that was said of a target. */
  behind(targetGroupArn: string, key: string): number {
    return this.#targets.behind(targetGroupArn, key);
  }

  addresses(): ListenerAddress[] {
    return this.#listeners.addresses();
  }

  async close(): Promise<void> {
    this.#targets.close();
    await this.#listeners.close();
  }

  #open(arn: string, { port, protocol }: ListenerConfig): Promise<FlowListener> | undefined {
    if (!CARRIED.has(protocol)) return undefined;
    const config = (): ListenerConfig | undefined => this.#listeners.config(arn);
    return openFlowListener(
      { host: this.options.host, port },
      {
        admits: (client) => this.#listeners.admits(client, port),
        carry: (client) => this.#carry(client, config()),
        ...(protocol === 'TLS' && {
          contextFor: (host: string) => this.#contexts.forHost(host, config()?.certificates ?? []),
        }),
      },
    );
  }

  #carry(client: Duplex, config: ListenerConfig | undefined): void {
    const [action] = config?.rules.at(-1)?.actions ?? [];
    const group = action && pickTargetGroup(action, this.#aws.clock.random());
    this.#targets.carry(client, group ?? '');
  }
}

/** UDP is not carried. */
const CARRIED = new Set<ListenerConfig['protocol']>(['TCP', 'TLS', 'TCP_UDP']);
