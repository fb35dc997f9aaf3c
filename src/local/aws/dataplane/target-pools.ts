import type { LocalAws } from '../aws.ts';
import type { LoadBalancer } from '../state.ts';
import type { Answer } from './answers.ts';
import { Backend } from './backend.ts';
import { leastOutstanding, usableTargets } from './balancing.ts';
import type { NodeOptions } from './node.ts';
import type { NodeLag } from './node-lag.ts';
import { isBlackholed, reaches, sourceOf } from './reachability.ts';
import { type SlowStart, startsSlowly, steered } from './slow-start.ts';
import { TargetView } from './target-view.ts';
import type { TargetConfig } from './wanted.ts';

type Pool = { backends: Map<string, Backend>; next: number };

/** What one load balancer node knows of target groups and targets, with the connections it keeps to them. */
export class TargetPools {
  readonly #aws: LocalAws;
  readonly #options: NodeOptions;
  readonly #view: TargetView;
  readonly #pools = new Map<string, Pool>();

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

  /** The target that gets the next request of a group, or why there is none. */
  pick(targetGroupArn: string): Backend | Answer {
    const group = this.#view.group(targetGroupArn);
    const pool = this.#pools.get(targetGroupArn);
    const name = group?.name ?? targetGroupArn;
    if (group && group.version !== 'HTTP1')
      return { status: 502, reason: `local AWS does not speak ${group.version} to the targets of ${name}` };
    const usable = usableTargets([...(pool?.backends.values() ?? [])], group?.minimumHealthy);
    const chosen = group?.leastOutstanding ? leastOutstanding(usable) : usable;
    if (!pool || chosen.length === 0)
      return { status: 503, reason: `target group ${name} has no registered target that can be used` };
    pool.next = (pool.next + 1) % chosen.length;
    const { clock } = this.#aws;
    return steered(chosen, { index: pool.next, now: clock.monotonic(), chance: clock.random() })!;
  }

  close(): void {
    this.#view.close();
    for (const { backends } of this.#pools.values()) for (const backend of backends.values()) backend.cut();
    this.#pools.clear();
  }

  #see(key: string, config: TargetConfig | undefined): void {
    if (!config) return this.#remove(key);
    const pool = this.#pools.get(config.group) ?? { backends: new Map(), next: 0 };
    this.#pools.set(config.group, pool);
    const backend = pool.backends.get(key) ?? this.#connect(config);
    pool.backends.set(key, backend);
    if (config.standing !== backend.standing) backend.slowStart = this.#slowStart(pool, config);
    backend.standing = config.standing;
    if (config.standing === 'draining') backend.closeIdle();
  }

  #slowStart({ backends }: Pool, { group, standing }: TargetConfig): SlowStart | undefined {
    const ms = this.#view.group(group)?.slowStartMs ?? 0;
    const from = this.#aws.clock.monotonic();
    return standing === 'healthy' && ms > 0 && startsSlowly([...backends.values()], from) ? { from, ms } : undefined;
  }

  #remove(key: string): void {
    const [group = '', target = ''] = key.split(' ');
    const pool = this.#pools.get(group);
    const backend = pool?.backends.get(key);
    if (!pool || !backend) return;
    pool.backends.delete(key);
    if (pool.backends.size === 0) this.#pools.delete(group);
    if (this.#isDeregistered(group, target)) backend.cut();
    else backend.retire();
  }

  /** A target can also leave because no rule names its group any more: that cuts nothing. */
  #isDeregistered(group: string, target: string): boolean {
    const targets = this.#aws.state.targetGroups.get(group)?.targets;
    return targets !== undefined && !targets.has(target);
  }

  #connect({ group, address, port }: TargetConfig): Backend {
    const { dial, host, loadBalancerArn } = this.#options;
    const { state } = this.#aws;
    const idle = state.loadBalancers.get(loadBalancerArn)?.attributes['idle_timeout.timeout_seconds'];
    return new Backend({
      ...dial(address, port),
      secure: state.targetGroups.get(group)?.protocol === 'HTTPS',
      localAddress: host === '127.0.0.1' ? undefined : host,
      idleMs: Number(idle ?? 60) * 1000,
      admitted: () => this.#reaches({ address, port }),
      lost: () => isBlackholed(this.#aws.settings.blackholes, address),
    });
  }

  #reaches(target: { address: string; port: number }): boolean {
    const loadBalancer = this.#aws.state.loadBalancers.get(this.#options.loadBalancerArn);
    if (!this.#options.enforceSecurityGroups || !loadBalancer) return true;
    return reaches(this.#aws.state, sourceOf(loadBalancer), target);
  }
}
