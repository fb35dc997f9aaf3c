import type { Node, Pod } from '../../cluster/objects.ts';
import { compareText } from '../canonical.ts';
import { countOf, workloadOf } from './audit.ts';

/** EC2: a spot instance is interrupted two minutes after its notice, of which ten seconds are left for the way. */
const SPOT_SECONDS = 110;
const SPOT_LABELS: Record<string, string> = {
  'karpenter.sh/capacity-type': 'spot',
  'eks.amazonaws.com/capacityType': 'SPOT',
};

type Excess = { reason: 'DrainExceedsTotalGrace' | 'DrainExceedsSpotNotice'; message: string };
type Limits = { maxTotalGrace: number; node(name: string): Node | undefined };

/** Pods that may take too long to end: by the settings, and on spot nodes by the notice they get. */
export function findExcess(pods: readonly Pod[], { maxTotalGrace, node }: Limits): Excess[] {
  const long = pods.filter(({ graceSeconds }) => graceSeconds > maxTotalGrace);
  const spot = pods.filter(
    (pod) => pod.graceSeconds > SPOT_SECONDS && isSpot(pod.node === undefined ? undefined : node(pod.node)),
  );
  const say = (of: Pod[], limit: string): string =>
    `${countOf(of.length)} may take ${Math.max(...of.map(({ graceSeconds }) => graceSeconds))} s to end, preStop included${workloads(of)}; wanted at most ${limit}`;
  return [
    ...(long.length > 0
      ? [
          {
            reason: 'DrainExceedsTotalGrace' as const,
            message: say(long, `drain-max-total-grace-seconds ${maxTotalGrace}`),
          },
        ]
      : []),
    ...(spot.length > 0
      ? [
          {
            reason: 'DrainExceedsSpotNotice' as const,
            message: say(spot, `the ${SPOT_SECONDS} s a spot node has left`),
          },
        ]
      : []),
  ];
}

const workloads = (pods: Pod[]): string => ` (${[...new Set(pods.map(workloadOf))].toSorted(compareText).join(', ')})`;

const isSpot = (node: Node | undefined): boolean =>
  Object.entries(SPOT_LABELS).some(([label, value]) => node?.labels[label] === value);
