import { Cluster } from '../cluster/cluster.ts';
import { type EndpointSlice, type Ingress, keyOf, type Node } from '../cluster/objects.ts';
import type { ClusterChange } from '../cluster/reflector.ts';
import { type Keys, type Lookup, NO_KEYS, routeChange, stacksOfService } from '../cluster/routes.ts';
import type { StoreChange } from '../cluster/store.ts';
import { bindingsTouched } from '../controllers/binding-routes.ts';
import { isHeldOutside } from '../controllers/strays.ts';
import { SWEEP } from '../controllers/sweep.ts';
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
  wakeBindings(change, cluster, lanes.bindings);
  if (change.kind === 'service' && change.new === undefined) shared.fallback.forget(change.key);
  if (change.kind === 'node' && change.new === undefined) forgetNode(change.old, shared);
  if (change.kind !== 'ingress' || change.new === undefined) return;
  tellPlace(change.new, shared);
  if (isHeldOutside(change.new, membership)) lanes.sweep.add(SWEEP.strays);
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
