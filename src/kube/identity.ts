import type { KubeApi } from './api.ts';
import { RESOURCES } from './resources.ts';

/** The cluster's name and its UID: that of the namespace `kube-system`, which lives as long as the cluster. */
export async function readIdentity(kube: Pick<KubeApi, 'get'>, name: string): Promise<{ name: string; uid: string }> {
  const system = await kube.get(RESOURCES.namespace, { name: 'kube-system' });
  if (system === undefined) throw new Error('the cluster has no namespace kube-system: its UID would tell the cluster');
  return { name, uid: system.metadata.uid };
}
