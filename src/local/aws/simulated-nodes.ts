import type { LocalAws } from './aws.ts';
import { type Standing, usableTargets } from './dataplane/balancing.ts';
import { NodeLag } from './dataplane/node-lag.ts';
import { Nodes } from './dataplane/nodes.ts';
import { TargetView } from './dataplane/target-view.ts';
import { NodeView } from './dataplane/view.ts';
import { type ListenerConfig, type TargetConfig, wantedListeners } from './dataplane/wanted.ts';
import { forwardTargets, type LoadBalancer, type TargetKey } from './state.ts';

/** One way a request can take now: through a node and a listener to a target group, and there to one of these targets. */
export type Way = {
  loadBalancer: string; // name
  zone: string;
  listenerPort: number;
  targetGroupArn: string;
  /** Empty: the load balancer itself answers, with 503. */
  targets: (TargetKey & { address: string })[];
};

export type SimulatedNodes = {
  /** All ways through all load balancers, as their nodes see the world now. */
  ways(): Way[];
  close(): Promise<void>;
};

/**
 * Load balancer nodes without sockets, for virtual time: the same lags and the same choice of targets as the data plane. What
 * they would send to is read with `ways`, and that a pod is there to answer is for the reader to check.
 */
export function simulateNodes(aws: LocalAws): SimulatedNodes {
  const nodes = new Nodes(aws, { create: (loadBalancer, zone) => new SimulatedNode(aws, loadBalancer, zone) });
  return { ways: () => nodes.all().flatMap((node) => node.ways()), close: () => nodes.close() };
}

type Known = { config: TargetConfig; standing: Standing };

class SimulatedNode {
  readonly options: { loadBalancerArn: string; zone: string; host: string };
  readonly #aws: LocalAws;
  readonly #name: string;
  readonly #lag: NodeLag;
  readonly #view: TargetView;
  readonly #listeners: NodeView<ListenerConfig>;
  readonly #listening = new Map<string, ListenerConfig>();
  readonly #targets = new Map<string, Known>(); // <target group ARN> <id>:<port>

  constructor(aws: LocalAws, { arn, name }: LoadBalancer, zone: string) {
    this.options = { loadBalancerArn: arn, zone, host: name };
    this.#aws = aws;
    this.#name = name;
    this.#lag = new NodeLag(aws, this.options);
    this.#view = new TargetView(aws, this.options, (key, config) => {
      if (config) this.#targets.set(key, { config, standing: config.standing });
      else this.#targets.delete(key);
    });
    this.#listeners = new NodeView(aws.clock, (key, config) => {
      if (config) this.#listening.set(key, config);
      else this.#listening.delete(key);
    });
  }

  sync(loadBalancer: LoadBalancer): void {
    this.#listeners.submit(wantedListeners(this.#aws.state, loadBalancer), () => this.#lag.draw('listener'));
    this.#view.sync(loadBalancer, this.#lag);
  }

  behind(targetGroupArn: string, key: string): number {
    return this.#view.behind(targetGroupArn, key);
  }

  async close(): Promise<void> {
    this.#view.close();
    this.#listeners.close();
  }

  ways(): Way[] {
    return [...this.#listening.values()].flatMap(({ port: listenerPort, rules }) => {
      const arns = rules.flatMap(({ actions }) => actions.flatMap(forwardTargets)).filter(({ weight }) => weight > 0);
      return [...new Set(arns.map(({ arn }) => arn))].map((targetGroupArn) => ({
        loadBalancer: this.#name,
        zone: this.options.zone,
        listenerPort,
        targetGroupArn,
        targets: this.#usable(targetGroupArn).map(({ config: { id, port, address } }) => ({ id, port, address })),
      }));
    });
  }

  #usable(targetGroupArn: string): Known[] {
    const known = [...this.#targets.values()].filter(({ config }) => config.group === targetGroupArn);
    return usableTargets(known, this.#view.group(targetGroupArn)?.minimumHealthy);
  }
}
