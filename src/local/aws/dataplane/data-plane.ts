import { loopbackOf, nodeLoopback, type SocketAddress } from '../../loopback.ts';
import type { Change, LocalAws } from '../aws.ts';
import { targetKey, type LoadBalancer, type TargetGroup, type TargetKey } from '../state.ts';
import type { ListenerAddress } from './address-book.ts';
import { addressOfClient } from './client-address.ts';
import { HealthChecks } from './health-checks.ts';
import { NetworkLoadBalancerNode } from './network-node.ts';
import { LoadBalancerNode } from './node.ts';

/** Where on this machine a connection to an address of the VPC really goes. */
export type Dial = (address: string, port: number) => SocketAddress;

export type DataPlaneOptions = {
  /** Where a target's address is on this machine; by default what `loopbackOf` says. */
  dial?: Dial;
  /** The VPC address of a client, from its real one. */
  clientAddress?: (remote: string) => string;
  /** Loopback address of the n-th load balancer node; by default 127.240.0.1 and up on Linux, 127.0.0.1 elsewhere. */
  nodeAddress?: (index: number) => string;
  /** Whether connections that the security groups do not allow are dropped; they are by default. */
  enforceSecurityGroups?: boolean;
};

/** How far behind one load balancer node is: milliseconds from a change to its effect there. */
type NodeLag = { loadBalancer: string; zone: string; host: string; lastMs: number; longestMs: number };

export type DataPlane = {
  /** Every listener that can be connected to now. */
  addresses(): ListenerAddress[];
  /** The lags drawn so far; the range they are drawn from is the setting `propagationLagMs`. */
  lags(): NodeLag[];
  close(): Promise<void>;
};

/** Gives every load balancer of local AWS real sockets, and probes its targets. */
export function attachDataPlane(aws: LocalAws, options: DataPlaneOptions = {}): DataPlane {
  const running = new RunningDataPlane(aws, { ...DEFAULTS, ...options });
  return {
    addresses: () => running.nodes().flatMap((node) => node.addresses()),
    lags: () => running.nodes().map((node) => lagOf(aws, node)),
    close: () => running.close(),
  };
}

const DEFAULTS: Required<DataPlaneOptions> = {
  dial: (address, port) => loopbackOf(address, port),
  clientAddress: addressOfClient,
  nodeAddress: (index) => nodeLoopback(index),
  enforceSecurityGroups: true,
};

type PlaneNode = LoadBalancerNode | NetworkLoadBalancerNode;

function lagOf(aws: LocalAws, { options, lag }: PlaneNode): NodeLag {
  const loadBalancer = aws.state.loadBalancers.get(options.loadBalancerArn)?.name ?? options.loadBalancerArn;
  return { loadBalancer, zone: options.zone, host: options.host, lastMs: lag.last, longestMs: lag.longest };
}

class RunningDataPlane {
  readonly #aws: LocalAws;
  readonly #options: Required<DataPlaneOptions>;
  readonly #checks: HealthChecks;
  readonly #nodes = new Map<string, PlaneNode>();
  readonly #closing = new Set<Promise<void>>();
  readonly #stopListening: () => void;
  #dirty = false;
  #closed = false;
  #count = 0;

  constructor(aws: LocalAws, options: Required<DataPlaneOptions>) {
    this.#aws = aws;
    this.#options = options;
    this.#checks = new HealthChecks(aws, options);
    this.#stopListening = aws.onChange((change) => this.#note(change));
    aws.nodesLag = (group, key) => this.#behind(group, key);
    this.#sync();
  }

  nodes(): PlaneNode[] {
    return [...this.#nodes.values()];
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#stopListening();
    this.#aws.nodesLag = () => 0;
    this.#checks.close();
    for (const key of this.#nodes.keys()) this.#remove(key);
    await Promise.all(this.#closing);
  }

  /** A reset must not leave anything of the old state, even where the same ARN comes back in the same turn. */
  #note(change: Change): void {
    if (change.kind === 'reset') for (const key of this.#nodes.keys()) this.#remove(key);
    if (this.#dirty) return;
    this.#dirty = true;
    queueMicrotask(() => this.#sync());
  }

  #sync(): void {
    this.#dirty = false;
    if (this.#closed) return;
    const wanted = new Map(this.#wantedNodes());
    for (const key of this.#nodes.keys()) if (!wanted.has(key)) this.#remove(key);
    for (const [key, { loadBalancer, zone }] of wanted) this.#nodeFor(key, loadBalancer, zone).sync(loadBalancer);
    this.#checks.sync();
  }

  /** How long until every node that serves a group has seen all that was said of a target. */
  #behind({ arn, loadBalancerArns }: TargetGroup, key: TargetKey): number {
    if (this.#dirty) this.#sync();
    const serving = this.nodes().filter(({ options }) => loadBalancerArns.includes(options.loadBalancerArn));
    return Math.max(0, ...serving.map((node) => node.behind(arn, targetKey(key))));
  }

  #wantedNodes(): [string, { loadBalancer: LoadBalancer; zone: string }][] {
    return [...this.#aws.state.loadBalancers.values()].flatMap((loadBalancer) =>
      loadBalancer.nodes.map(({ zone }): [string, { loadBalancer: LoadBalancer; zone: string }] => [
        `${loadBalancer.arn} ${zone}`,
        { loadBalancer, zone },
      ]),
    );
  }

  #nodeFor(key: string, loadBalancer: LoadBalancer, zone: string): PlaneNode {
    const known = this.#nodes.get(key);
    if (known) return known;
    const { dial, clientAddress, enforceSecurityGroups, nodeAddress } = this.#options;
    const host = nodeAddress(this.#count++);
    const { arn: loadBalancerArn, type } = loadBalancer;
    const options = { loadBalancerArn, zone, host, dial, clientAddress, enforceSecurityGroups };
    const node =
      type === 'network' ? new NetworkLoadBalancerNode(this.#aws, options) : new LoadBalancerNode(this.#aws, options);
    this.#nodes.set(key, node);
    return node;
  }

  #remove(key: string): void {
    const closed = this.#nodes.get(key)?.close() ?? Promise.resolve();
    this.#nodes.delete(key);
    this.#closing.add(closed);
    void closed.finally(() => this.#closing.delete(closed));
  }
}
