import type { LocalAws } from '../aws.ts';
import type { LoadBalancer } from '../state.ts';
import type { NodeLag } from './node-lag.ts';
import { noteSeen } from './seen.ts';
import { NodeView } from './view.ts';
import { type GroupConfig, type TargetConfig, targetChange, wantedGroups, wantedTargets } from './wanted.ts';

/** What one load balancer node knows of target groups and targets, later than AWS says it. */
export class TargetView {
  readonly #aws: LocalAws;
  readonly #groups: NodeView<GroupConfig>;
  readonly #targets: NodeView<TargetConfig>;

  /** `onSeen` gets each change of a target when the node learns of it; keys are `<target group ARN> <id>:<port>`. */
  constructor(
    aws: LocalAws,
    node: { zone: string; host: string },
    onSeen: (key: string, config: TargetConfig | undefined) => void,
  ) {
    this.#aws = aws;
    this.#groups = new NodeView(aws.clock, () => undefined);
    this.#targets = new NodeView(aws.clock, (key, config) => {
      noteSeen(aws, node, { key, config });
      onSeen(key, config);
    });
  }

  /** Takes note of the state as it is now; each difference counts once its lag is over. */
  sync(loadBalancer: LoadBalancer, lag: NodeLag): void {
    const { state } = this.#aws;
    this.#groups.submit(wantedGroups(state, loadBalancer), () => lag.draw('listener'));
    this.#targets.submit(wantedTargets(state, loadBalancer), (before, after) => {
      const kind = targetChange(before, after);
      return kind === undefined ? 0 : lag.draw(kind);
    });
  }

  group(targetGroupArn: string): GroupConfig | undefined {
    return this.#groups.visible(targetGroupArn);
  }

  /** Milliseconds until this node has seen all that was said of a target; its key is `<id>:<port>`. */
  behind(targetGroupArn: string, key: string): number {
    return this.#targets.behind(`${targetGroupArn} ${key}`);
  }

  close(): void {
    this.#groups.close();
    this.#targets.close();
  }
}
