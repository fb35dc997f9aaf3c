import type { Clock } from '../../runtime/clock.ts';
import { CallLog } from './calls.ts';
import { timed } from './faults.ts';
import { TargetHistory } from './history.ts';
import { createNetwork } from './network.ts';
import { hexDigits, seededRandom } from './random.ts';
import { withSettings } from './settings.ts';
import type { LocalAwsSettings } from './settings.ts';
import { emptyState } from './state.ts';
import type { AwsState, ProbeResult, TargetGroup, TargetKey } from './state.ts';
import { probedTargets, takeProbe } from './target-health.ts';
import { Throttle } from './throttle.ts';

/** What changed: the family of the resource and its ARN or id. `targets` names the target group. */
export type Change = {
  kind:
    | 'load-balancer'
    | 'listener'
    | 'rule'
    | 'target-group'
    | 'targets'
    | 'certificate'
    | 'network'
    | 'settings'
    | 'reset';
  id: string;
};

/** One AWS account in one region, in memory. Knows time only through its clock. */
export class LocalAws {
  readonly clock: Clock;
  settings: LocalAwsSettings;
  state: AwsState;
  /** Draws from the seed: ids and faults. */
  random: () => number;
  readonly calls = new CallLog();
  readonly throttle = new Throttle();
  readonly history = new TargetHistory();
  /** Milliseconds until the nodes that serve a group know of a target; whoever attaches nodes says so. */
  nodesLag: (group: TargetGroup, key: TargetKey) => number = () => 0;
  /** Whether somebody has made the role that load balancers work with; AWS makes it with the first. */
  hasLoadBalancingRole = false;
  readonly #listeners = new Set<(change: Change) => void>();

  constructor(options: { clock: Clock; settings?: Partial<LocalAwsSettings> }) {
    this.clock = options.clock;
    this.settings = withSettings(options.settings ?? {});
    this.settings.faults = timed(this.settings.faults, this.clock.monotonic());
    this.random = seededRandom(this.settings.seed);
    this.state = emptyState();
    createNetwork(this);
  }

  /** Calls `listener` after every change of the state, until the returned function is called. */
  onChange(listener: (change: Change) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  changed(kind: Change['kind'], id: string): void {
    for (const listener of this.#listeners) listener({ kind, id });
  }

  /** `<prefix>-` and 17 hex digits, the form of EC2 ids. */
  ec2Id(prefix: string): string {
    return `${prefix}-0${hexDigits(this.random, 16)}`;
  }

  hexId(): string {
    return hexDigits(this.random, 16);
  }

  arn(service: string, resource: string): string {
    return `arn:aws:${service}:${this.settings.region}:${this.settings.accountId}:${resource}`;
  }

  /** Tells what a health check found. Ignored for a target that is not being checked. */
  reportProbe(targetGroupArn: string, key: TargetKey, result: ProbeResult): void {
    takeProbe(this, { targetGroupArn, key, result });
  }

  /** The targets of a group whose health is to be checked now: attached, registered, in an enabled zone, not draining. */
  probedTargets(group: TargetGroup): TargetKey[] {
    return probedTargets(group);
  }

  /** Changes settings from now on. Those of the default network count from the next reset. */
  configure(changes: Partial<LocalAwsSettings>): void {
    this.settings = withSettings(changes, this.settings);
    this.settings.faults = timed(this.settings.faults, this.clock.monotonic());
    this.changed('settings', Object.keys(changes).join(','));
  }

  /** Back to the default network, with the settings as they are now. */
  reset(): void {
    this.random = seededRandom(this.settings.seed);
    this.state = emptyState();
    this.hasLoadBalancingRole = false;
    this.calls.clear();
    this.history.clear();
    this.throttle.clear();
    createNetwork(this);
    this.changed('reset', '*');
  }
}
