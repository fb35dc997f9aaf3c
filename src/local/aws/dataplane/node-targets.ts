import type { LocalAws } from '../aws.ts';
import type { LoadBalancer } from '../state.ts';
import type { NodeLag } from './node-lag.ts';
import type { NodeOptions } from './node.ts';
import { isBlackholed, reaches, sourceOf } from './reachability.ts';
import { TargetView } from './target-view.ts';
import type { GroupConfig, TargetConfig } from './wanted.ts';

type Pool<T> = { targets: Map<string, T>; next: number };

type Handlers<T> = {
  /** Makes a target that is new to the node. */
  create: (config: TargetConfig) => T;
  /** Told each time the node learns of a target, after it is in its pool. */
  seen: (target: T, config: TargetConfig) => void;
  /** Told when a target is in its pool no more; its key is `<id>:<port>`. */
  left: (target: T, place: { group: string; key: string }) => void;
};

/** What one load balancer node knows of target groups and of their targets, and whose turn it is in each group. */
export class NodeTargets<T> {
  readonly #aws: LocalAws;
  readonly #options: NodeOptions;
  readonly #handlers: Handlers<T>;
  readonly #view: TargetView;
  readonly #pools = new Map<string, Pool<T>>(); // target group ARN -> pool

  constructor(aws: LocalAws, options: NodeOptions, handlers: Handlers<T>) {
    this.#aws = aws;
    this.#options = options;
    this.#handlers = handlers;
    this.#view = new TargetView(aws, options, (key, config) => this.#see(key, config));
  }

  sync(loadBalancer: LoadBalancer, lag: NodeLag): void {
    this.#view.sync(loadBalancer, lag);
  }

  /** Milliseconds until this node has seen all that was said of a target. */
  behind(targetGroupArn: string, key: string): number {
    return this.#view.behind(targetGroupArn, key);
  }

  group(targetGroupArn: string): GroupConfig | undefined {
    return this.#view.group(targetGroupArn);
  }

  of(targetGroupArn: string): T[] {
    return [...(this.#pools.get(targetGroupArn)?.targets.values() ?? [])];
  }

  all(): T[] {
    return [...this.#pools.values()].flatMap(({ targets }) => [...targets.values()]);
  }

  /** The place of the next one among so many targets of a group that can be used, in turn. */
  turn(targetGroupArn: string, usable: number): number {
    const pool = this.#pools.get(targetGroupArn);
    if (!pool || usable === 0) return 0;
    pool.next = (pool.next + 1) % usable;
    return pool.next;
  }

  /** Whether packets of the node get to a target: its security groups let them through. */
  reaches(target: { address: string; port: number }): boolean {
    const loadBalancer = this.#aws.state.loadBalancers.get(this.#options.loadBalancerArn);
    if (!this.#options.enforceSecurityGroups || !loadBalancer) return true;
    return reaches(this.#aws.state, sourceOf(loadBalancer), target);
  }

  /** Whether packets to an address are dropped on the way. */
  isLost(address: string): boolean {
    return isBlackholed(this.#aws.settings.blackholes, address);
  }

  /** From now on nothing more is seen, and no target is known. */
  close(): void {
    this.#view.close();
    this.#pools.clear();
  }

  #see(key: string, config: TargetConfig | undefined): void {
    if (!config) return this.#remove(key);
    const pool: Pool<T> = this.#pools.get(config.group) ?? { targets: new Map(), next: 0 };
    this.#pools.set(config.group, pool);
    const target = pool.targets.get(key) ?? this.#handlers.create(config);
    pool.targets.set(key, target);
    this.#handlers.seen(target, config);
  }

  #remove(place: string): void {
    const [group = '', key = ''] = place.split(' ');
    const pool = this.#pools.get(group);
    const target = pool?.targets.get(place);
    if (!pool || !target) return;
    pool.targets.delete(place);
    if (pool.targets.size === 0) this.#pools.delete(group);
    this.#handlers.left(target, { group, key });
  }
}
