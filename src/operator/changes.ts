import { Cluster } from '../cluster/cluster.ts';
import { type EndpointSlice, type Ingress, keyOf, type Node } from '../cluster/objects.ts';
import type { ClusterChange } from '../cluster/reflector.ts';
import { type Keys, type Lookup, NO_KEYS, routeChange, stacksOfService } from '../cluster/routes.ts';
import type { StoreChange } from '../cluster/store.ts';
import { bindingsTouched } from '../controllers/binding-routes.ts';
import { isHeldOutside } from '../controllers/strays.ts';
import { SWEEP } from '../controllers/sweep.ts';
import type { GroupMemory } from '../controllers/target-memory.ts';
import { instanceIdOf } from '../model/node-kind.ts';
import { networkOf, reachOf } from '../model/network.ts';
import { PRIORITY, type WorkQueue } from '../runtime/workqueue.ts';
import type { Lanes } from './lanes.ts';
import { type Shared, tellPlace } from './shared.ts';

/** Every change of the cluster becomes keys; of a class, those of before and after it moved its Ingresses. */
export function takeChange(change: ClusterChange, shared: Shared, lanes: Lanes): void {
  const { cluster, membership } = shared;
  const look = { cluster, stackOf: (ingress: Ingress) => membership.place(ingress).stack };
  const enqueue = ({ loadBalancers, targets, pods, namespaces }: Keys): void => {
    const priority = change.initial ? PRIORITY.list : PRIORITY.live;
    for (const key of loadBalancers) lanes.loadBalancers.add(key, priority);
    for (const key of targets) lanes.leaving.add(key, priority);
    for (const key of targets) lanes.targets.add(key, priority);
    for (const key of namespaces) lanes.drain.add(key, priority);
    for (const key of pods) lanes.readiness.add(key, priority);
  };
  const moves = ['ingressClass', 'ingressClassParams', 'ingress'].includes(change.kind);
  if (moves) enqueue(routeChange(change, look));
  if (moves) membership.invalidate(change.kind === 'ingress' ? 'ingress' : 'class');
  enqueue(routeChange(change, look));
  if (change.kind === 'endpointSlice') enqueue(ofMovedAddresses(change, shared, look));
  enqueue({ ...NO_KEYS, targets: ofTakenAddresses(change, shared) });
  wakeBindings(change, cluster, lanes.bindings);
  if (change.kind === 'service' && change.new === undefined) shared.fallback.forget(change.key);
  if (change.kind === 'node' && change.new === undefined) forgetNode(change.old, shared);
  if (change.kind !== 'ingress' || change.new === undefined) return;
  tellPlace(change.new, shared);
  if (isHeldOutside(change.new, shared)) lanes.sweep.add(SWEEP.strays);
}

function wakeBindings(change: ClusterChange, cluster: Cluster, lane: WorkQueue): void {
  for (const key of bindingsTouched(change, cluster)) lane.add(key);
}

/** Until all pods of a namespace are known, what is missing there is not acted on. */
export function takePods(namespace: string, { cluster }: Shared, lanes: Lanes): void {
  for (const group of cluster.targetGroupsOfNamespace(namespace)) lanes.targets.add(keyOf(group), PRIORITY.list);
}

// A node that comes back may be another instance, or have another security group.
function forgetNode(node: Node | undefined, { networking, account }: Shared): void {
  const instance = node && instanceIdOf(node);
  if (instance === undefined) return;
  networking.forget(instance);
  account.facts.forgetInstance(instance);
}

/**
 * Groups that keep a target at an address which a pod has just got: whose Service selects that pod is not asked, since a stranger
 * must not be sent what is meant for another.
 */
function ofTakenAddresses(change: ClusterChange, { memory }: Shared): string[] {
  const taken = newAddresses(change);
  if (taken.size === 0) return [];
  const addressOf = (key: string): string => key.slice(0, key.lastIndexOf(':'));
  const keepsOne = ({ unlistedSince }: GroupMemory): boolean =>
    [...unlistedSince.keys()].some((key) => taken.has(addressOf(key)));
  return [...memory.groups].flatMap(([key, group]) => (keepsOne(group) ? [key] : []));
}

/** Of pods that are not watched the EndpointSlices tell. */
function newAddresses(change: ClusterChange): Set<string> {
  if (change.kind !== 'pod' && change.kind !== 'endpointSlice') return new Set();
  const before = new Set(change.kind === 'pod' ? change.old?.addresses : addressesOf(change.old));
  const now = change.kind === 'pod' ? change.new?.addresses : addressesOf(change.new);
  return new Set((now ?? []).filter((address) => !before.has(address)));
}

const addressesOf = (slice: EndpointSlice | undefined): string[] =>
  (slice?.endpoints ?? []).flatMap(({ addresses }) => addresses);

/** The fallback asks whether pod IPs can be reached: only where that may have changed is the stack looked at again. */
function ofMovedAddresses({ old, new: now }: StoreChange<EndpointSlice>, shared: Shared, look: Lookup): Keys {
  const slice = now ?? old;
  const facts = shared.account.facts.knownForStack();
  if (slice === undefined || facts === undefined) return NO_KEYS;
  const network = networkOf(facts.subnets, shared.settings.routableCidrs);
  const reach = reachOf(network, (name) => shared.cluster.node(name));
  const same = reach(old) === reach(now);
  return { ...NO_KEYS, loadBalancers: same ? [] : stacksOfService({ ...slice, name: slice.service }, look) };
}
