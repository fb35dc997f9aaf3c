import type { LocalAws } from '../aws.ts';
import type { LoadBalancer } from '../state.ts';
import type { Answer } from './answers.ts';
import { Backend } from './backend.ts';
import { leastOutstanding, usableTargets } from './balancing.ts';
import type { NodeLag } from './node-lag.ts';
import { NodeTargets } from './node-targets.ts';
import type { NodeOptions } from './node.ts';
import { type SlowStart, startsSlowly, steered } from './slow-start.ts';
import type { TargetConfig } from './wanted.ts';

/** What one load balancer node knows of target groups and targets, with the connections it keeps to them. */
export class TargetPools {
  readonly #aws: LocalAws;
  readonly #options: NodeOptions;
  readonly #targets: NodeTargets<Backend>;

  constructor(aws: LocalAws, options: NodeOptions) {
    this.#aws = aws;
    this.#options = options;
    this.#targets = new NodeTargets<Backend>(aws, options, {
      create: (config) => this.#connect(config),
      seen: (backend, config) => this.#see(backend, config),
      left: (backend, { group, key }) => (this.#isDeregistered(group, key) ? backend.cut() : backend.retire()),
    });
  }

  sync(loadBalancer: LoadBalancer, lag: NodeLag): void {
    this.#targets.sync(loadBalancer, lag);
  }

  /** Milliseconds until this node has seen all that was said of a target. */
  behind(targetGroupArn: string, key: string): number {
    return this.#targets.behind(targetGroupArn, key);
  }

  /** The target that gets the next request of a group, or why there is none. */
  pick(targetGroupArn: string): Backend | Answer {
    const group = this.#targets.group(targetGroupArn);
    const name = group?.name ?? targetGroupArn;
    if (group && group.version !== 'HTTP1')
      return { status: 502, reason: `local AWS does not speak ${group.version} to the targets of ${name}` };
    const usable = usableTargets(this.#targets.of(targetGroupArn), group?.minimumHealthy);
    const chosen = group?.leastOutstanding ? leastOutstanding(usable) : usable;
    if (chosen.length === 0)
      return { status: 503, reason: `target group ${name} has no registered target that can be used` };
    const { clock } = this.#aws;
    const index = this.#targets.turn(targetGroupArn, chosen.length);
    return steered(chosen, { index, now: clock.monotonic(), chance: clock.random() })!;
  }

  close(): void {
    const known = this.#targets.all();
    this.#targets.close();
    for (const backend of known) backend.cut();
  }

  #see(backend: Backend, config: TargetConfig): void {
    if (config.standing !== backend.standing) backend.slowStart = this.#slowStart(config);
    backend.standing = config.standing;
    if (config.standing === 'draining') backend.closeIdle();
  }

  #slowStart({ group, standing }: TargetConfig): SlowStart | undefined {
    const ms = this.#targets.group(group)?.slowStartMs ?? 0;
    const from = this.#aws.clock.monotonic();
    return standing === 'healthy' && ms > 0 && startsSlowly(this.#targets.of(group), from) ? { from, ms } : undefined;
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
      admitted: () => this.#targets.reaches({ address, port }),
      lost: () => this.#targets.isLost(address),
    });
  }
}
