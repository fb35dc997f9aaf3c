import type { Duplex } from 'node:stream';
import type { LocalAws } from '../aws.ts';
import type { LoadBalancer } from '../state.ts';
import { type Standing, usableTargets } from './balancing.ts';
import { Flow, reset } from './flow.ts';
import type { NodeLag } from './node-lag.ts';
import { NodeTargets } from './node-targets.ts';
import type { NodeOptions } from './node.ts';
import type { TargetConfig } from './wanted.ts';

type FlowTarget = { config: TargetConfig; standing: Standing; flows: Set<Flow> };

/** What one node of a network load balancer knows of target groups and targets, with the connections it carries to them. */
export class FlowTargets {
  readonly #options: NodeOptions;
  readonly #targets: NodeTargets<FlowTarget>;
  readonly #flows = new Set<Flow>();

  constructor(aws: LocalAws, options: NodeOptions) {
    this.#options = options;
    this.#targets = new NodeTargets<FlowTarget>(aws, options, {
      create: (config) => ({ config, standing: config.standing, flows: new Set() }),
      seen: (target, { standing, group }) => {
        target.standing = standing;
        if (standing === 'unhealthy' && this.#targets.group(group)?.cutsUnhealthy) resetAll(target);
      },
      left: (target, { group }) => {
        if (this.#targets.group(group)?.cutsDeregistered) resetAll(target);
      },
    });
  }

  sync(loadBalancer: LoadBalancer, lag: NodeLag): void {
    this.#targets.sync(loadBalancer, lag);
  }

  /** Milliseconds until this node has seen all that was said of a target. */
  behind(targetGroupArn: string, key: string): number {
    return this.#targets.behind(targetGroupArn, key);
  }

  /** Carries a new connection to a target of the group; without one it is reset, and one whose packets are dropped hangs. */
  carry(client: Duplex, targetGroupArn: string): void {
    const target = this.#pick(targetGroupArn);
    if (!target) return reset(client);
    const { config } = target;
    if (this.#targets.isLost(config.address) || !this.#targets.reaches(config)) return hang(client);
    const { dial, host } = this.#options;
    const place = { ...dial(config.address, config.port), localAddress: localAddressOf(host) };
    const flow: Flow = new Flow(client, place, () => {
      target.flows.delete(flow);
      this.#flows.delete(flow);
    });
    target.flows.add(flow);
    this.#flows.add(flow);
  }

  close(): void {
    this.#targets.close();
    for (const flow of this.#flows) flow.reset();
  }

  /** Fails open to unhealthy targets, and to those not checked yet where there is no other (NLB guide, health checks). */
  #pick(targetGroupArn: string): FlowTarget | undefined {
    const all = this.#targets.of(targetGroupArn);
    const checked = usableTargets(all, this.#targets.group(targetGroupArn)?.minimumHealthy);
    const usable = checked.length > 0 ? checked : all.filter(({ standing }) => standing === 'initial');
    return usable[this.#targets.turn(targetGroupArn, usable.length)];
  }
}

function hang(client: Duplex): void {
  client.on('error', () => undefined);
  client.resume();
}

function resetAll({ flows }: FlowTarget): void {
  for (const flow of flows) flow.reset();
}

const localAddressOf = (host: string): string | undefined => (host === '127.0.0.1' ? undefined : host);
