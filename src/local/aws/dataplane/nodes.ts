import type { Change, LocalAws } from '../aws.ts';
import { type LoadBalancer, type TargetGroup, type TargetKey, targetKey } from '../state.ts';

/** One node of a load balancer, in one zone. */
export type Node = {
  readonly options: { loadBalancerArn: string };
  /** Takes note of the state as it is now. */
  sync(loadBalancer: LoadBalancer): void;
  /** Milliseconds until it has seen all that was said of a target. */
  behind(targetGroupArn: string, key: string): number;
  close(): Promise<void>;
};

type Place = { loadBalancer: LoadBalancer; zone: string };

export type NodesOptions<N> = {
  create: (loadBalancer: LoadBalancer, zone: string) => N;
  /** Called each time the nodes have taken note of a change. */
  synced?: () => void;
};

/** The nodes of all load balancers of local AWS: they come and go with them, and take note of every change. */
export class Nodes<N extends Node> {
  readonly #aws: LocalAws;
  readonly #options: NodesOptions<N>;
  readonly #nodes = new Map<string, N>(); // <load balancer ARN> <zone>
  readonly #closing = new Set<Promise<void>>();
  readonly #stopListening: () => void;
  #dirty = false;
  #closed = false;

  constructor(aws: LocalAws, options: NodesOptions<N>) {
    this.#aws = aws;
    this.#options = options;
    this.#stopListening = aws.onChange((change) => this.#note(change));
    aws.nodesLag = (group, key) => this.#behind(group, key);
    this.#sync();
  }

  all(): N[] {
    return [...this.#nodes.values()];
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#stopListening();
    this.#aws.nodesLag = () => 0;
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
    const wanted = new Map(this.#wanted());
    for (const key of this.#nodes.keys()) if (!wanted.has(key)) this.#remove(key);
    for (const [key, place] of wanted) this.#nodeFor(key, place).sync(place.loadBalancer);
    this.#options.synced?.();
  }

  /** How long until every node that serves a group has seen all that was said of a target. */
  #behind({ arn, loadBalancerArns }: TargetGroup, key: TargetKey): number {
    if (this.#dirty) this.#sync();
    const serving = this.all().filter(({ options }) => loadBalancerArns.includes(options.loadBalancerArn));
    return Math.max(0, ...serving.map((node) => node.behind(arn, targetKey(key))));
  }

  #wanted(): [string, Place][] {
    return [...this.#aws.state.loadBalancers.values()].flatMap((loadBalancer) =>
      loadBalancer.nodes.map(({ zone }): [string, Place] => [`${loadBalancer.arn} ${zone}`, { loadBalancer, zone }]),
    );
  }

  #nodeFor(key: string, { loadBalancer, zone }: Place): N {
    const known = this.#nodes.get(key);
    if (known) return known;
    const node = this.#options.create(loadBalancer, zone);
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
