import type { Duplex } from 'node:stream';
import type { LocalAws } from '../aws.ts';
import type { LoadBalancer } from '../state.ts';
import { type Standing, usableTargets } from './balancing.ts';
import { Flow, reset } from './flow.ts';
import type { NodeLag } from './node-lag.ts';
import type { NodeOptions } from './node.ts';
import { isBlackholed, reaches, type Source, sourceOf } from './reachability.ts';
import { TargetView } from './target-view.ts';
import type { TargetConfig } from './wanted.ts';

type FlowTarget = { config: TargetConfig; standing: Standing; flows: Set<Flow> };
type Pool = { targets: Map<string, FlowTarget>; next: number };

/** What one node of a network load balancer knows of target groups and targets, with the connections it carries to them. */
export class FlowTargets {
  readonly #aws: LocalAws;
  readonly #options: NodeOptions;
  readonly #view: TargetView;
  readonly #pools = new Map<string, Pool>();
  readonly #flows = new Set<Flow>();

  constructor(aws: LocalAws, options: NodeOptions) {
    this.#aws = aws;
    this.#options = options;
    this.#view = new TargetView(aws, options, (key, config) => this.#see(key, config));
  }

  sync(loadBalancer: LoadBalancer, lag: NodeLag): void {
    this.#view.sync(loadBalancer, lag);
  }

  /** Milliseconds until this node has seen all that was said of a target. */
  behind(targetGroupArn: string, key: string): number {
    return this.#view.behind(targetGroupArn, key);
  }

  /** Carries a new connection to a target of the group; without one it is reset, and one whose packets are dropped hangs. */
  carry(client: Duplex, targetGroupArn: string): void {
    const target = this.#pick(targetGroupArn);
    if (!target) return reset(client);
    if (!this.#reaches(target.config)) return this.#hang(client);
    const { dial, host } = this.#options;
    const place = { ...dial(target.config.address, target.config.port), localAddress: localAddressOf(host) };
    const flow: Flow = new Flow(client, place, () => {
      target.flows.delete(flow);
      this.#flows.delete(flow);
    });
    target.flows.add(flow);
    this.#flows.add(flow);
  }

  close(): void {
    this.#view.close();
    for (const flow of this.#flows) flow.reset();
    this.#pools.clear();
  }

  /** Fails open to unhealthy targets, and to those not checked yet where there is no other (NLB guide, health checks). */
  #pick(targetGroupArn: string): FlowTarget | undefined {
    const pool = this.#pools.get(targetGroupArn);
    if (!pool) return undefined;
    const all = [...pool.targets.values()];
    const checked = usableTargets(all, this.#view.group(targetGroupArn)?.minimumHealthy);
    const usable = checked.length > 0 ? checked : all.filter(({ standing }) => standing === 'initial');
    pool.next = (pool.next + 1) % Math.max(1, usable.length);
    return usable[pool.next];
  }

  #hang(client: Duplex): void {
    client.on('error', () => undefined);
    client.resume();
  }

  #see(key: string, config: TargetConfig | undefined): void {
    if (!config) return this.#remove(key);
    const pool = this.#pools.get(config.group) ?? { targets: new Map(), next: 0 };
    this.#pools.set(config.group, pool);
    const target: FlowTarget = pool.targets.get(key) ?? { config, standing: config.standing, flows: new Set() };
    pool.targets.set(key, target);
    target.standing = config.standing;
    if (config.standing === 'unhealthy' && this.#view.group(config.group)?.cutsUnhealthy) resetAll(target);
  }

  #remove(key: string): void {
    const [group = ''] = key.split(' ');
    const pool = this.#pools.get(group);
    const target = pool?.targets.get(key);
    if (!pool || !target) return;
    pool.targets.delete(key);
    if (pool.targets.size === 0) this.#pools.delete(group);
    if (this.#view.group(group)?.cutsDeregistered) resetAll(target);
  }

  #reaches({ address, port }: TargetConfig): boolean {
    const { state, settings } = this.#aws;
    if (isBlackholed(settings.blackholes, address)) return false;
    const loadBalancer = state.loadBalancers.get(this.#options.loadBalancerArn);
    if (!this.#options.enforceSecurityGroups || !loadBalancer) return true;
    return reaches(state, sourceOf(loadBalancer) satisfies Source, { address, port });
  }
}

function resetAll({ flows }: FlowTarget): void {
  for (const flow of flows) flow.reset();
}

const localAddressOf = (host: string): string | undefined => (host === '127.0.0.1' ? undefined : host);
