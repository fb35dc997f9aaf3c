import type { Ingress, LoadBalancerObject } from '../cluster/objects.ts';
import type { KubeApi } from '../kube/api.ts';
import { RESOURCES } from '../kube/resources.ts';
import { removeFinalizer } from '../kube/write.ts';
import { ingressFinalizer } from '../model/group.ts';
import type { Membership } from './membership.ts';

export type StrayCluster = {
  ingresses(): Iterable<Ingress>;
  loadBalancers(): Iterable<LoadBalancerObject>;
};

type Held = { membership: Pick<Membership, 'place'>; controllerId: string };

/** Whether our finalizer holds an Ingress that is in no stack of ours. */
export function isHeldOutside(ingress: Ingress, { membership, controllerId }: Held): boolean {
  if (!ingress.finalizers.includes(ingressFinalizer(controllerId))) return false;
  const { stack, verdict } = membership.place(ingress);
  return stack === undefined && (ingress.deleting || !verdict.ours);
}

/**
 * Ingresses that are held though no LoadBalancer object knows of them: whoever held them died before it had noted them, or
 * before it let go of them, and they have changed hands since.
 */
export function findStrays(cluster: StrayCluster, by: Held): Ingress[] {
  const held = [...cluster.ingresses()].filter((ingress) => isHeldOutside(ingress, by));
  if (held.length === 0) return [];
  const members = [...cluster.loadBalancers()].flatMap(({ status }) => status.members ?? []);
  const noted = new Set(members.map(({ uid }) => uid));
  return held.filter(({ uid }) => !noted.has(uid));
}

/** Lets go of them; to be called when no stack that nobody wants is left in AWS. */
export async function releaseStrays(kube: KubeApi, strays: Ingress[], controllerId: string): Promise<void> {
  const resource = RESOURCES.ingress;
  const finalizer = ingressFinalizer(controllerId);
  await Promise.all(strays.map((object) => removeFinalizer(kube, { resource, object, finalizer })));
}
