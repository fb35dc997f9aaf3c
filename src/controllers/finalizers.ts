import type { KubeApi } from '../kube/api.ts';
import { RESOURCES } from '../kube/resources.ts';
import { addFinalizer, removeFinalizer } from '../kube/write.ts';
import { INGRESS_FINALIZER as finalizer } from '../model/group.ts';
import type { Member } from '../model/input.ts';
import { withdrawAddress } from './addresses.ts';
import type { StackView } from './stack-view.ts';

const resource = RESOURCES.ingress;

/** Puts our finalizer on every member: from then on none of them vanishes before what it made in AWS has. */
export async function holdMembers(kube: KubeApi, members: Member[]): Promise<void> {
  const free = members.map(({ ingress }) => ingress).filter(({ finalizers }) => !finalizers.includes(finalizer));
  await Promise.all(free.map((object) => addFinalizer(kube, { resource, object, finalizer })));
}

/** Lets go of the Ingresses that are no member any more; to be called when nothing of theirs is left in AWS. */
export async function releaseLeaving(kube: KubeApi, { leaving, ledger }: StackView): Promise<void> {
  await Promise.all(
    leaving.map(async (object) => {
      if (!object.deleting) await withdrawAddress(kube, object, ledger?.status.dnsName);
      await removeFinalizer(kube, { resource, object, finalizer });
    }),
  );
}
