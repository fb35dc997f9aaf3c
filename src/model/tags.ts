/** Keys of the tags that say which cluster, stack and resource an AWS resource belongs to. Ours, never the peer's. */
export const TAG = {
  cluster: 'podwire.dev/cluster',
  clusterUid: 'podwire.dev/cluster-uid',
  controller: 'podwire.dev/controller',
  stack: 'podwire.dev/stack',
  resource: 'podwire.dev/resource',
} as const;

/** Who we are in AWS: the name people see and the UID of the namespace `kube-system`, so that two clusters of one name stay apart. */
export type ClusterIdentity = {
  name: string;
  /** Of an operator with an id that id stands behind the UID: one that knows of no ids takes what it made for another cluster's. */
  uid: string;
  /** The id, where there is one: for policies, and for people. */
  controller?: string;
};

/** The tags of everything that an operator owns. */
export const ownerTags = ({ name, uid, controller }: ClusterIdentity): Record<string, string> => ({
  [TAG.cluster]: name,
  [TAG.clusterUid]: uid,
  ...(controller !== undefined && { [TAG.controller]: controller }),
});

/** The tags every resource of a stack carries from its creation. */
export function ownershipTags(cluster: ClusterIdentity, stack: string, resource: string): Record<string, string> {
  return {
    ...ownerTags(cluster),
    [TAG.stack]: stack,
    [TAG.resource]: resource,
  };
}
