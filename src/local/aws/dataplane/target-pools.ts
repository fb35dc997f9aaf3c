import type { LocalAws } from '../aws.ts';
import type { LoadBalancer } from '../state.ts';
import type { Answer } from './answers.ts';
import { Backend } from './backend.ts';
import { leastOutstanding, usableTargets } from './balancing.ts';
import type { NodeOptions } from './node.ts';
import { reaches, sourceOf } from './reachability.ts';
import { NodeView } from './view.ts';
import { type GroupConfig, type TargetConfig, wantedGroups, wantedTargets } from './wanted.ts';

type Pool = { backends: Map<string, Backend>; next: number };

/** What one load balancer node knows of target groups and targets, with the connections it keeps to them. */
export class TargetPools {
  readonly #aws: LocalAws;
  readonly #options: NodeOptions;
  readonly #groups: NodeView<GroupConfig>;
  readonly #targets: NodeView<TargetConfig>;
  readonly #pools = new Map<string, Pool>();

  constructor(aws: LocalAws, options: NodeOptions) {
    this.#aws = aws;
    this.#options = options;
    this.#groups = new NodeView(aws.clock, () => undefined);
    this.#targets = new NodeView(aws.clock, (key, config) => this.#see(key, config));
  }

  sync(loadBalancer: LoadBalancer, lagOf: () => number): void {
    this.#groups.submit(wantedGroups(this.#aws.state, loadBalancer), lagOf);
    // The node itself waits for the end of the deregistration delay: no lag.
    const targetLag = (before: TargetConfig | undefined, after: TargetConfig | undefined): number =>
      before?.standing === 'draining' && !after ? 0 : lagOf();
    this.#targets.submit(wantedTargets(this.#aws.state, loadBalancer), targetLag);
  }

  /** The target that gets the next request of a group, or why there is none. */
  pick(targetGroupArn: string): Backend | Answer {
    const group = this.#groups.visible(targetGroupArn);
    const pool = this.#pools.get(targetGroupArn);
    const name = group?.name ?? targetGroupArn;
    if (group && group.version !== 'HTTP1')
      return { status: 502, reason: `local AWS does not speak ${group.version} to the targets of ${name}` };
    const usable = usableTargets([...(pool?.backends.values() ?? [])], group?.minimumHealthy);
    const chosen = group?.leastOutstanding ? leastOutstanding(usable) : usable;
    if (!pool || chosen.length === 0)
      return { status: 503, reason: `target group ${name} has no registered target that can be used` };
    pool.next = (pool.next + 1) % chosen.length;
    return chosen[pool.next]!;
  }

  close(): void {
    this.#groups.close();
    this.#targets.close();
    for (const { backends } of this.#pools.values()) for (const backend of backends.values()) backend.cut();
    this.#pools.clear();
  }

  #see(key: string, config: TargetConfig | undefined): void {
    if (!config) return this.#remove(key);
    const pool = this.#pools.get(config.group) ?? { backends: new Map(), next: 0 };
    this.#pools.set(config.group, pool);
    const backend = pool.backends.get(key) ?? this.#connect(config);
    pool.backends.set(key, backend);
    backend.standing = config.standing;
    if (config.standing === 'draining') backend.closeIdle();
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
      reachable: () => this.#reaches({ address, port }),
    });
  }

  #reaches(target: { address: string; port: number }): boolean {
    const loadBalancer = this.#aws.state.loadBalancers.get(this.#options.loadBalancerArn);
    if (!this.#options.enforceSecurityGroups || !loadBalancer) return true;
    return reaches(this.#aws.state, sourceOf(loadBalancer), target);
  }
}
