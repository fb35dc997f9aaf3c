import type { Node } from '../cluster/objects.ts';

/** Labels with which somebody keeps a node out of load balancers (Kubernetes, well-known labels); the second is the older name. */
const EXCLUDE_LABELS = [
  'node.kubernetes.io/exclude-from-external-load-balancers',
  'alpha.service-controller.kubernetes.io/exclude-balancer',
];

/** Taints that announce that a node goes: cluster-autoscaler, Karpenter (the second is its older name). */
const TAINTS = ['ToBeDeletedByClusterAutoscaler', 'karpenter.sh/disrupted', 'karpenter.sh/disruption'];
/** aws-node-termination-handler: `/spot-itn`, `/scheduled-maintenance`, `/asg-lifecycle-termination`, `/rebalance-recommendation`. */
const TAINT_PREFIXES = ['aws-node-termination-handler/'];

/** Why a node is not to be in load balancers though it may work: a sentence about it, or undefined. */
export function exclusionOf({ labels }: Pick<Node, 'labels'>): string | undefined {
  const label = EXCLUDE_LABELS.find((one) => one in labels);
  return label === undefined ? undefined : `it carries the label ${label}`;
}

/**
 * Why a node is about to go, or undefined. A cordoned node stays, and so does one that cluster-autoscaler only considers
 * (`DeletionCandidateOfClusterAutoscaler`).
 */
export function departureOf({ deleting, taints }: Pick<Node, 'deleting' | 'taints'>): string | undefined {
  if (deleting) return 'it is being deleted';
  const taint = taints.find(
    ({ key }) => TAINTS.includes(key) || TAINT_PREFIXES.some((prefix) => key.startsWith(prefix)),
  );
  return taint && `it carries the taint ${taint.key}`;
}
