import type { Ingress } from '../cluster/objects.ts';
import { toError } from '../errors.ts';
import type { KubeApi } from '../kube/api.ts';
import { RESOURCES } from '../kube/resources.ts';
import { addFinalizer, removeFinalizer } from '../kube/write.ts';
import { ingressFinalizer } from '../model/group.ts';
import type { Member } from '../model/input.ts';
import { withdrawAddresses } from './addresses.ts';
import type { StackCluster, StackView } from './stack-view.ts';

const resource = RESOURCES.ingress;

type Holding = { kube: KubeApi; controllerId: string };

/** A member that could not be held, and why not. */
export type Unheld = { ingress: Ingress; error: Error };

/**
 * Puts our finalizer on every member: from then on none of them vanishes before what it made in AWS has. Returns those that
 * somebody will not have changed, or that go this moment.
 */
export async function holdMembers({ kube, controllerId }: Holding, members: Member[]): Promise<Unheld[]> {
  const finalizer = ingressFinalizer(controllerId);
  const free = members.map(({ ingress }) => ingress).filter(({ finalizers }) => !finalizers.includes(finalizer));
  const errors = await Promise.all(free.map((ingress) => hold(kube, ingress, finalizer)));
  return errors.flatMap((error, index) => (error ? [{ ingress: free[index] as Ingress, error }] : []));
}

async function hold(kube: KubeApi, object: Ingress, finalizer: string): Promise<Error | undefined> {
  try {
    await addFinalizer(kube, { resource, object, finalizer });
    return undefined;
  } catch (error) {
    return toError(error);
  }
}

/** Lets go of the Ingresses that are no member any more; to be called when nothing of theirs is left in AWS. */
export async function releaseLeaving(
  { kube, controllerId, cluster }: Holding & { cluster: StackCluster },
  { leaving, ledger }: StackView,
): Promise<void> {
  const finalizer = ingressFinalizer(controllerId);
  // One that left another stack of ours just before may still show that one's address.
  const own = [ledger, ...cluster.loadBalancers()].flatMap((one) => one?.status.dnsName ?? []);
  const staying = leaving.filter(({ deleting }) => !deleting);
  await withdrawAddresses(kube, staying, new Set(own));
  await Promise.all(leaving.map((object) => removeFinalizer(kube, { resource, object, finalizer })));
}
