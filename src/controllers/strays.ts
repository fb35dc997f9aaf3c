import type { Ingress, LoadBalancerObject } from '../cluster/objects.ts';
import type { KubeApi } from '../kube/api.ts';
import { RESOURCES } from '../kube/resources.ts';
import { removeFinalizer } from '../kube/write.ts';
import { INGRESS_FINALIZER as finalizer } from '../model/group.ts';
import type { Membership } from './membership.ts';

export type StrayCluster = {
  ingresses(): Iterable<Ingress>;
  loadBalancers(): Iterable<LoadBalancerObject>;
};

/** Whether our finalizer holds an Ingress that is in no stack of ours. */
export function isHeldOutside(ingress: Ingress, membership: Pick<Membership, 'place'>): boolean {
  if (!ingress.finalizers.includes(finalizer)) return false;
  const { stack, verdict } = membership.place(ingress);
  return stack === undefined && (ingress.deleting || !verdict.ours);
}

/**
 * Ingresses that are held though no LoadBalancer object knows of them: whoever held them died before it had noted them, or
 * before it let go of them, and they have changed hands since.
 */
export function findStrays(cluster: StrayCluster, membership: Pick<Membership, 'place'>): Ingress[] {
  const held = [...cluster.ingresses()].filter((ingress) => isHeldOutside(ingress, membership));
  if (held.length === 0) return [];
  const members = [...cluster.loadBalancers()].flatMap(({ status }) => status.members ?? []);
  const noted = new Set(members.map(({ uid }) => uid));
  return held.filter(({ uid }) => !noted.has(uid));
}

/** Lets go of them; to be called when no stack that nobody wants is left in AWS. */
export async function releaseStrays(kube: KubeApi, strays: Ingress[]): Promise<void> {
  const resource = RESOURCES.ingress;
  await Promise.all(strays.map((object) => removeFinalizer(kube, { resource, object, finalizer })));
}
