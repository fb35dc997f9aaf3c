import { isDeepStrictEqual } from 'node:util';
import { departureOf } from '../model/disruption.ts';
import type { Cluster } from './cluster.ts';
import {
  hasClosedGate,
  type Ingress,
  keyOf,
  type Node,
  type Pod,
  type Service,
  selects,
  type TargetGroupObject,
} from './objects.ts';
import type { Kept, Kind } from './project.ts';
import type { ClusterChange } from './reflector.ts';
import type { StoreChange } from './store.ts';

/**
 * What is to be reconciled: stacks in the lane of load balancers, TargetGroup objects (`namespace/name`) in that of targets,
 * pods (`namespace/name`) in that of readiness, and namespaces in that of drain lines.
 */
export type Keys = { loadBalancers: string[]; targets: string[]; pods: string[]; namespaces: string[] };

/** A change that touches nothing. */
export const NO_KEYS: Keys = { loadBalancers: [], targets: [], pods: [], namespaces: [] };

/** What routes ask: the stores after the change, and the stack an Ingress belongs to, under the classes of now. */
export type Lookup = {
  cluster: Pick<
    Cluster,
    | 'ingressesOfClass'
    | 'ingressesOfService'
    | 'ingressesOfNamespace'
    | 'classesWithParams'
    | 'targetGroups'
    | 'targetGroupObjectsOf'
    | 'targetGroupsOfNamespace'
    | 'podsOfNamespace'
    | 'service'
    | 'slicesOf'
    | 'loadBalancer'
  >;
  stackOf: (ingress: Ingress) => string | undefined;
};

type Route<K extends Kind> = (change: StoreChange<Kept[K]>, look: Lookup) => Partial<Keys>;

/**
 * Which keys a change touches, by kind. A change of a class or of its parameters moves Ingresses from one stack to another:
 * ask before and after `stackOf` has learned of it.
 */
const ROUTES: { [K in Kind]: Route<K> } = {
  ingress: (change, look) => ({
    loadBalancers: both(change).flatMap((ingress) => stacks([ingress], look)),
    pods: closedGates(change, look),
  }),
  ingressClass: (change, look) => ({ loadBalancers: stacksOfClass(change.key.slice(1), look) }),
  ingressClassParams: (change, look) => ({
    loadBalancers: look.cluster.classesWithParams(change.key.slice(1)).flatMap(({ name }) => stacksOfClass(name, look)),
  }),
  service: (change, look) => {
    const [service] = both(change);
    if (service === undefined) return {};
    const namespaces = hasSameSelector(change) ? [] : [service.namespace];
    const pods = hasSameSelector(change) ? [] : closedGates(change, look);
    return { ...ofService(service.namespace, service.name, look), namespaces, pods };
  },
  pod: (change, look) => ({
    targets: mattersToTargets(change) ? groupsSelecting(change, look).map(keyOf) : [],
    pods: [change.key],
  }),
  endpointSlice: (change, look) => ({
    targets: both(change).flatMap((slice) => objectsOfService(slice.namespace, slice.service, look)),
  }),
  node: (change, look) => ({ targets: [...look.cluster.targetGroups()].filter(usesNode(change, look)).map(keyOf) }),
  namespace: (change, look) => {
    const name = change.key.slice(1);
    if (isDeepStrictEqual(change.old?.labels, change.new?.labels)) return {};
    return { loadBalancers: stacks(look.cluster.ingressesOfNamespace(name), look), namespaces: [name] };
  },
  targetGroup: (change, look) => ({
    targets: isSameApartFromStatus(change) ? [] : [change.key],
    loadBalancers: mattersToStack(change, look) ? both(change).flatMap((object) => stackOfObject(object, look)) : [],
    namespaces: mattersToLines(change) ? both(change).map(({ namespace }) => namespace) : [],
    pods: isSameApartFromStatus(change) ? [] : closedGates(change, look),
  }),
  loadBalancer: (change) => {
    const lost = change.old?.status.appliedHash !== undefined && change.new?.status.appliedHash === undefined;
    if (isSameApartFromStatus(change) && !lost) return {};
    return { loadBalancers: both(change).map(({ spec }) => spec.stack) };
  },
  targetGroupBinding: (change, look) => ({ pods: closedGates(change, look) }),
};

/** The keys a change touches, each once. Pure. */
export function routeChange(change: ClusterChange, look: Lookup): Keys {
  const route = ROUTES[change.kind] as Route<Kind>;
  const touched = { ...NO_KEYS, ...route(change as StoreChange<Kept[Kind]>, look) };
  const once = (keys: readonly string[]): string[] => [...new Set(keys)];
  return {
    loadBalancers: once(touched.loadBalancers),
    targets: once(touched.targets),
    pods: once(touched.pods),
    namespaces: once(touched.namespaces),
  };
}

function both<T>({ old, new: now }: StoreChange<T>): T[] {
  return [old, now].filter((object) => object !== undefined);
}

const stacks = (ingresses: Ingress[], look: Lookup): string[] =>
  ingresses.flatMap((ingress) => look.stackOf(ingress) ?? []);

// Ingresses that name no class follow the default one, which any class can become or cease to be.
const stacksOfClass = (name: string, look: Lookup): string[] =>
  stacks([...look.cluster.ingressesOfClass(name), ...look.cluster.ingressesOfClass('')], look);

const objectsOfService = (namespace: string, service: string, look: Lookup): string[] =>
  look.cluster.targetGroupObjectsOf(namespace, service).map(keyOf);

/** TargetGroup objects whose Service selects the pod, or selected it before. */
function groupsSelecting(change: StoreChange<Pod>, { cluster }: Lookup): TargetGroupObject[] {
  const [namespace = ''] = change.key.split('/');
  return cluster.targetGroupsOfNamespace(namespace).filter(({ spec }) => {
    const service = cluster.service(namespace, spec.service.name);
    return service !== undefined && both(change).some(({ labels }) => selects(service, labels));
  });
}

/** Pods of the namespace whose gate is closed: an open one stays so whatever changes around it. */
function closedGates({ key }: { key: string }, { cluster }: Lookup): string[] {
  const [namespace = ''] = key.split('/');
  return cluster.podsOfNamespace(namespace).filter(hasClosedGate).map(keyOf);
}

/** What the selection of targets reads of a pod. */
function mattersToTargets({ old, new: now }: StoreChange<Pod>): boolean {
  const read = (pod: Pod): unknown => [
    [pod.uid, pod.phase, pod.ready, pod.containersReady, pod.endedByKubelet],
    [pod.deletionTimestamp, pod.deletionGraceSeconds, pod.addresses, pod.labels, pod.node],
  ];
  return old === undefined || now === undefined || !isDeepStrictEqual(read(old), read(now));
}

/** A drain line is the Service's selector with the budget of its target groups. */
const hasSameSelector = ({ old, new: now }: StoreChange<Service>): boolean =>
  old !== undefined && now !== undefined && isDeepStrictEqual(old.selector, now.selector);

const mattersToLines = (change: StoreChange<TargetGroupObject>): boolean =>
  !isSameApartFromStatus(change) ||
  !isDeepStrictEqual(change.old?.status.startSeconds, change.new?.status.startSeconds);

const ofService = (namespace: string, service: string, look: Lookup): Partial<Keys> => ({
  loadBalancers: stacksOfService({ namespace, name: service }, look),
  targets: objectsOfService(namespace, service, look),
});

/** Stacks whose Ingresses refer to the Service. */
export const stacksOfService = (service: { namespace: string; name: string }, look: Lookup): string[] =>
  stacks(look.cluster.ingressesOfService(service.namespace, service.name), look);

/**
 * Groups of instances may take in any node; groups of pods care only where the node's own place in the network changes, and
 * some of them where it announces that it goes.
 */
function usesNode(change: StoreChange<Node>, look: Lookup): (group: TargetGroupObject) => boolean {
  const { old, new: now } = change;
  const stays = old?.providerID === now?.providerID && isDeepStrictEqual(old?.addresses, now?.addresses);
  const announces = (old && departureOf(old)) !== (now && departureOf(now));
  const name = change.key.slice(1);
  return ({ namespace, spec }) => {
    if (spec.targetType === 'instance') return true;
    if (stays && !(announces && spec.drain?.preDrain === true)) return false;
    const slices = look.cluster.slicesOf(namespace, spec.service.name);
    return slices.some(({ endpoints }) => endpoints.some(({ node }) => node === name));
  };
}

function isSameApartFromStatus<T extends { spec: unknown; deleting: boolean; uid: string }>({
  old,
  new: now,
}: StoreChange<T>): boolean {
  if (old === undefined || now === undefined) return false;
  return old.uid === now.uid && old.deleting === now.deleting && isDeepStrictEqual(old.spec, now.spec);
}

/** The address of a load balancer waits for the first healthy target of each group, and a target group for its successor's. */
function mattersToStack(change: StoreChange<TargetGroupObject>, look: Lookup): boolean {
  const healthy = (object: TargetGroupObject | undefined): number => object?.status.healthy ?? 0;
  const { old, new: now } = change;
  if (!isSameApartFromStatus(change) || healthy(old) > 0 !== healthy(now) > 0) return true;
  const { conditions = [] } = look.cluster.loadBalancer(now?.spec.loadBalancer ?? '')?.status ?? {};
  const waits = conditions.some(({ type, reason }) => type === 'Ready' && reason === 'Held');
  return waits && (healthy(old) !== healthy(now) || old?.status.registered !== now?.status.registered);
}

const stackOfObject = ({ spec }: TargetGroupObject, look: Lookup): string[] => {
  const stack = look.cluster.loadBalancer(spec.loadBalancer)?.spec.stack;
  return stack === undefined ? [] : [stack];
};
