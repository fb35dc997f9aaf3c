import type { Ingress, LoadBalancerObject, MemberStatus, Service, TargetGroupObject } from '../cluster/objects.ts';
import { INGRESS_FINALIZER, servicesOf } from '../model/group.ts';
import { type Member, readLastGood } from '../model/input.ts';
import { ledgerName } from './ledger.ts';
import type { Membership } from './membership.ts';

/** What one pass over a stack asks of the cluster. */
export type StackCluster = {
  ingress(namespace: string, name: string): Ingress | undefined;
  ingresses(): Iterable<Ingress>;
  service(namespace: string, name: string): Service | undefined;
  namespaceLabels(namespace: string): Record<string, string>;
  loadBalancer(name: string): LoadBalancerObject | undefined;
  loadBalancers(): Iterable<LoadBalancerObject>;
  targetGroupsOf(loadBalancer: string): TargetGroupObject[];
};

/** A stack as the cluster has it at the begin of a pass. */
export type StackView = {
  stack: string;
  members: Member[];
  /** Ingresses that carry our finalizer for this stack's sake and are no member any more: deleted, moved, or another's. */
  leaving: Ingress[];
  ledger: LoadBalancerObject | undefined;
  objects: TargetGroupObject[];
};

/** The stack as the stores have it now: nothing is asked of the API server or of AWS. */
export function viewStack(stack: string, cluster: StackCluster, membership: Membership): StackView {
  const ledger = cluster.loadBalancer(ledgerName(stack));
  const here = membership.of(stack);
  const present = here.filter((ingress) => !ingress.deleting);
  const recorded = new Map((ledger?.status.members ?? []).map((member) => [member.uid, member]));
  const members = present.map((ingress) =>
    memberOf(ingress, { cluster, membership, known: recorded.get(ingress.uid) }),
  );
  return {
    stack,
    members,
    leaving: [
      ...here.filter((ingress) => ingress.deleting),
      ...gone([...recorded.values()], { cluster, membership, stack }),
    ].filter((ingress) => ingress.finalizers.includes(INGRESS_FINALIZER)),
    ledger,
    objects: cluster.targetGroupsOf(ledgerName(stack)),
  };
}

type Around = { cluster: StackCluster; membership: Membership };

function memberOf(
  ingress: Ingress,
  { cluster, membership, known }: Around & { known: MemberStatus | undefined },
): Member {
  const place = membership.place(ingress);
  const lastGood = readLastGood(known?.lastGood);
  return {
    ingress,
    ...(place.class && { class: place.class }),
    ...(place.verdict.reason === 'ClassGone' && { classGone: true }),
    ...(place.params && { params: place.params }),
    namespaceLabels: cluster.namespaceLabels(ingress.namespace),
    services: servicesOf(ingress).flatMap((name) => cluster.service(ingress.namespace, name) ?? []),
    ...(lastGood && { lastGood }),
  };
}

// Members of the last pass that are now in no stack of ours: where they are in another one, the finalizer is that one's.
function gone(recorded: MemberStatus[], { cluster, membership }: Around & { stack: string }): Ingress[] {
  return recorded.flatMap(({ namespace, name, uid }) => {
    const ingress = cluster.ingress(namespace, name);
    if (ingress === undefined || ingress.uid !== uid) return [];
    return membership.place(ingress).stack === undefined ? [ingress] : [];
  });
}
