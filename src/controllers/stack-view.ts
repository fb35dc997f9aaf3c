import type { Ingress, LoadBalancerObject, MemberStatus, Service, TargetGroupObject } from '../cluster/objects.ts';
import { ingressFinalizer, servicesOf } from '../model/group.ts';
import type { Member, MemberInput } from '../model/input.ts';
import { readLastGood } from '../model/last-good.ts';
import { ledgerName } from './ledger.ts';
import type { Membership } from './membership.ts';
import type { Moves } from './moves.ts';

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
export function viewStack(stack: string, around: Around): StackView {
  const { cluster, membership, controllerId } = around;
  const name = ledgerName(stack, controllerId);
  const ledger = cluster.loadBalancer(name);
  const here = membership.of(stack);
  const present = here.filter((ingress) => !ingress.deleting);
  const recorded = new Map((ledger?.status.members ?? []).map((member) => [member.uid, member]));
  const members = present.map((ingress) =>
    memberOf(ingress, { cluster, membership, known: recorded.get(ingress.uid) }),
  );
  return {
    stack,
    members: [...members, ...moved(stack, ledger, around)],
    leaving: [
      ...here.filter((ingress) => ingress.deleting),
      ...gone([...recorded.values()], { cluster, membership, stack }),
    ].filter((ingress) => ingress.finalizers.includes(ingressFinalizer(controllerId))),
    ledger,
    objects: cluster.targetGroupsOf(name),
  };
}

/** Where a pass looks. */
export type Around = {
  cluster: StackCluster;
  membership: Membership;
  moves: Pick<Moves, 'lingers' | 'keep'>;
  controllerId: string;
};

function memberOf(
  ingress: Ingress,
  { cluster, membership, known }: Omit<Around, 'moves' | 'controllerId'> & { known: MemberStatus | undefined },
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
    ...(lastGood ? { lastGood } : known?.lastGood !== undefined && { unreadGood: known.lastGood }),
  };
}

/** Members of the last pass that are in another stack now, and that clients still look for here. */
function moved(
  stack: string,
  ledger: LoadBalancerObject | undefined,
  { cluster, membership, moves }: Omit<Around, 'controllerId'>,
): Member[] {
  const { members = [], dnsName } = ledger?.status ?? {};
  const elsewhere = members.flatMap((member) => {
    const ingress = cluster.ingress(member.namespace, member.name);
    if (ingress === undefined || ingress.uid !== member.uid || ingress.deleting) return [];
    return [undefined, stack].includes(membership.place(ingress).stack) ? [] : [{ ingress, member }];
  });
  moves.keep(stack, new Set(elsewhere.map(({ ingress }) => ingress.uid)));
  return elsewhere.flatMap(({ ingress, member }) => {
    const frozen = readLastGood(member.lastGood);
    if (dnsName === undefined || frozen === undefined || !moves.lingers(stack, ingress, dnsName)) return [];
    return [frozenMember(ingress, frozen, cluster)];
  });
}

function frozenMember(live: Ingress, frozen: MemberInput, cluster: StackCluster): Member {
  const { defaultBackend: _, ...rest } = live;
  const ingress = { ...rest, ...frozen.ingress };
  const services = servicesOf(ingress).flatMap((name) => cluster.service(live.namespace, name) ?? []);
  return { ingress, services, lastGood: frozen, frozen };
}

// Members of the last pass that are now in no stack of ours: where they are in another one, the finalizer is that one's.
function gone(
  recorded: MemberStatus[],
  { cluster, membership }: Omit<Around, 'moves' | 'controllerId'> & { stack: string },
): Ingress[] {
  return recorded.flatMap(({ namespace, name, uid }) => {
    const ingress = cluster.ingress(namespace, name);
    if (ingress === undefined || ingress.uid !== uid) return [];
    return membership.place(ingress).stack === undefined ? [ingress] : [];
  });
}
