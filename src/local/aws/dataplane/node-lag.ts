import type { LocalAws } from '../aws.ts';
import { hashOf, seededRandom } from '../random.ts';
import type { ChangeKind, LocalAwsSettings, Range } from '../settings.ts';
import type { LoadBalancer } from '../state.ts';

type Node = { loadBalancerArn: string; zone: string };

/** The lags of one load balancer node: each change draws its own, from the seed. Milliseconds. */
export class NodeLag {
  last = 0;
  longest = 0;
  readonly #aws: LocalAws;
  readonly #type: LoadBalancer['type'];
  readonly #random: () => number;

  constructor(aws: LocalAws, { loadBalancerArn, zone }: Node) {
    this.#aws = aws;
    this.#type = aws.state.loadBalancers.get(loadBalancerArn)?.type ?? 'application';
    this.#random = seededRandom(hashOf(`${aws.settings.seed}/${loadBalancerArn}/${zone}`));
  }

  draw(kind: ChangeKind): number {
    const { min, max } = rangeOf(this.#aws.settings, this.#type, kind);
    this.last = Math.round(min + (max - min) * this.#random());
    this.longest = Math.max(this.longest, this.last);
    return this.last;
  }
}

function rangeOf(settings: LocalAwsSettings, type: LoadBalancer['type'], kind: ChangeKind): Range {
  const { propagationLagMs, nlbPropagationLagMs, changeLagMs, nlbChangeLagMs } = settings;
  if (type === 'application') return changeLagMs[kind] ?? propagationLagMs;
  return nlbChangeLagMs[kind] ?? (kind === 'listener' ? propagationLagMs : nlbPropagationLagMs);
}
