/** Keys of the tags that say which cluster, stack and resource an AWS resource belongs to. Ours, never the peer's. */
export const TAG = {
  cluster: 'podwire.dev/cluster',
  clusterUid: 'podwire.dev/cluster-uid',
  stack: 'podwire.dev/stack',
  resource: 'podwire.dev/resource',
} as const;

/** Who we are in AWS: the name people see and the UID of the namespace `kube-system`, so that two clusters of one name stay apart. */
export type ClusterIdentity = { name: string; uid: string };

/** The tags every resource of a stack carries from its creation. */
export function ownershipTags(cluster: ClusterIdentity, stack: string, resource: string): Record<string, string> {
  return {
    [TAG.cluster]: cluster.name,
    [TAG.clusterUid]: cluster.uid,
    [TAG.stack]: stack,
    [TAG.resource]: resource,
  };
}
