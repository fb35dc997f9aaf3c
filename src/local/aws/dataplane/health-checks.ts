import type { LocalAws } from '../aws.ts';
import type { LoadBalancer, ProbeResult, TargetGroup, TargetKey } from '../state.ts';
import { targetKey } from '../state.ts';
import type { Dial } from './data-plane.ts';
import { probeInVain, probeTarget } from './probe.ts';
import { isBlackholed, reaches, sourceOf } from './reachability.ts';
import { targetAddress } from './wanted.ts';

export type HealthCheckOptions = { dial: Dial; enforceSecurityGroups: boolean };

/** Probes every target that is to be checked: at once when that begins, then at the interval of its group. */
export class HealthChecks {
  readonly #aws: LocalAws;
  readonly #options: HealthCheckOptions;
  readonly #running = new Map<string, AbortController>();

  constructor(aws: LocalAws, options: HealthCheckOptions) {
    this.#aws = aws;
    this.#options = options;
  }

  /** Begins and ends checks so that they fit the state as it is now. */
  sync(): void {
    const wanted = new Map(this.#wanted());
    for (const [key, running] of this.#running) if (!wanted.has(key)) this.#stop(key, running);
    for (const [key, { group, target }] of wanted) if (!this.#running.has(key)) this.#start(key, group, target);
  }

  close(): void {
    for (const [key, running] of this.#running) this.#stop(key, running);
  }

  #wanted(): [string, { group: TargetGroup; target: TargetKey }][] {
    return [...this.#aws.state.targetGroups.values()]
      .filter((group) => this.#loadBalancerOf(group) !== undefined)
      .flatMap((group) =>
        this.#aws
          .probedTargets(group)
          .map((target): [string, { group: TargetGroup; target: TargetKey }] => [
            `${group.arn} ${targetKey(target)}`,
            { group, target },
          ]),
      );
  }

  #loadBalancerOf(group: TargetGroup): LoadBalancer | undefined {
    return group.loadBalancerArns.flatMap((arn) => this.#aws.state.loadBalancers.get(arn) ?? [])[0];
  }

  #start(key: string, { arn }: TargetGroup, target: TargetKey): void {
    const running = new AbortController();
    this.#running.set(key, running);
    void this.#repeat(arn, target, running.signal);
  }

  #stop(key: string, running: AbortController): void {
    running.abort();
    this.#running.delete(key);
  }

  async #repeat(arn: string, target: TargetKey, signal: AbortSignal): Promise<void> {
    const { clock } = this.#aws;
    while (!signal.aborted) {
      const begun = clock.monotonic();
      // Read anew each time: its health check may have been modified.
      const current = this.#aws.state.targetGroups.get(arn);
      const result = current && (await this.#probe(current, target));
      if (!result || signal.aborted) return;
      this.#aws.reportProbe(arn, target, result);
      // The interval does not depend on how long an answer took (ALB guide, health checks).
      const next = begun + current.healthCheck.intervalSeconds * 1000;
      await clock.sleep(Math.max(0, next - clock.monotonic()), signal);
    }
  }

  #probe(group: TargetGroup, target: TargetKey): Promise<ProbeResult> {
    const { state, clock } = this.#aws;
    const check = group.healthCheck;
    if (group.protocolVersion === 'GRPC') return Promise.resolve(NO_GRPC);
    const address = targetAddress(state, target);
    const port = check.port === 'traffic-port' ? target.port : Number(check.port);
    const loadBalancer = this.#loadBalancerOf(group);
    if (isBlackholed(this.#aws.settings.blackholes, address)) return probeInVain(check, clock);
    const guarded = this.#options.enforceSecurityGroups && loadBalancer;
    if (guarded && !reaches(state, sourceOf(loadBalancer), { address, port })) return probeInVain(check, clock);
    return probeTarget(check, { address, port, dialled: this.#options.dial(address, port) }, clock);
  }
}

const NO_GRPC: ProbeResult = {
  ok: false,
  reason: 'Target.FailedHealthChecks',
  description: 'Health checks failed: local AWS does not speak gRPC to targets',
};
