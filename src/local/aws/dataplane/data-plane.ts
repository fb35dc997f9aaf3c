import { loopbackOf, nodeLoopback, type SocketAddress } from '../../loopback.ts';
import type { LocalAws } from '../aws.ts';
import type { LoadBalancer } from '../state.ts';
import type { ListenerAddress } from './address-book.ts';
import { addressOfClient } from './client-address.ts';
import { HealthChecks } from './health-checks.ts';
import { NetworkLoadBalancerNode } from './network-node.ts';
import { LoadBalancerNode } from './node.ts';
import { Nodes } from './nodes.ts';

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
  readonly #nodes: Nodes<PlaneNode>;
  #count = 0;

  constructor(aws: LocalAws, options: Required<DataPlaneOptions>) {
    this.#aws = aws;
    this.#options = options;
    this.#checks = new HealthChecks(aws, options);
    this.#nodes = new Nodes(aws, {
      create: (loadBalancer, zone) => this.#createNode(loadBalancer, zone),
      synced: () => this.#checks.sync(),
    });
  }

  nodes(): PlaneNode[] {
    return this.#nodes.all();
  }

  async close(): Promise<void> {
    this.#checks.close();
    await this.#nodes.close();
  }

  #createNode({ arn: loadBalancerArn, type }: LoadBalancer, zone: string): PlaneNode {
    const { dial, clientAddress, enforceSecurityGroups, nodeAddress } = this.#options;
    const host = nodeAddress(this.#count++);
    const options = { loadBalancerArn, zone, host, dial, clientAddress, enforceSecurityGroups };
    return type === 'network'
      ? new NetworkLoadBalancerNode(this.#aws, options)
      : new LoadBalancerNode(this.#aws, options);
  }
}
