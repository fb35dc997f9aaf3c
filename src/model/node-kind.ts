import type { Node } from '../cluster/objects.ts';

/** What stands behind a node: only an EC2 instance can be a target. */
export type NodeKind = 'instance' | 'fargate' | 'hybrid' | 'other';

/** EKS: label of nodes that are no plain EC2 instances. */
const COMPUTE_TYPE = 'eks.amazonaws.com/compute-type';

/** Tells nodes apart by label and providerID: `aws:///<zone>/i-…`, `aws:///<zone>/<id>/fargate-…`, `eks-hybrid:///…`. */
export function kindOfNode(node: Node): NodeKind {
  const type = node.labels[COMPUTE_TYPE];
  if (type === 'fargate' || node.providerID.includes('/fargate-')) return 'fargate';
  if (type === 'hybrid' || node.providerID.startsWith('eks-hybrid:///')) return 'hybrid';
  return instanceIdOf(node) === undefined ? 'other' : 'instance';
}

/** The EC2 instance behind a node, as its providerID `aws:///<zone>/<instance>` has it. */
export const instanceIdOf = (node: Node): string | undefined =>
  /^aws:\/\/\/(?:[^/]+\/)?(i-[0-9a-z]+)$/.exec(node.providerID)?.[1];
