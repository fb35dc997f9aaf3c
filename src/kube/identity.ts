import type { KubeApi } from './api.ts';
import { RESOURCES } from './resources.ts';

type Identity = { name: string; uid: string; controller?: string };

/**
 * The cluster's name and its UID: that of the namespace `kube-system`, which lives as long as the cluster. Of an operator with an id
 * that id is part of the UID, so that two operators of one cluster are as far apart as two clusters.
 */
export async function readIdentity(
  kube: Pick<KubeApi, 'get'>,
  { clusterName: name, controllerId }: { clusterName: string; controllerId: string },
): Promise<Identity> {
  const system = await kube.get(RESOURCES.namespace, { name: 'kube-system' });
  if (system === undefined) throw new Error('the cluster has no namespace kube-system: its UID would tell the cluster');
  const { uid } = system.metadata;
  return controllerId === '' ? { name, uid } : { name, uid: `${uid}/${controllerId}`, controller: controllerId };
}
