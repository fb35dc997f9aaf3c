import { DRAIN } from '../api/pod.ts';
import {
  type Ingress,
  keyOf,
  type LoadBalancerObject,
  type Pod,
  type Service,
  selects,
  type TargetGroupBinding,
  type TargetGroupObject,
} from '../cluster/objects.ts';
import { isClaimed } from '../cluster/pod-watches.ts';
import { isAcknowledged } from '../model/confirmation.ts';
import type { GateFacts, GateGroup, GateTarget } from '../model/gate.ts';
import { servicesOf } from '../model/group.ts';
import { keyOfTarget } from '../model/target.ts';
import type { Clock } from '../runtime/clock.ts';
import type { Controls } from '../settings/controls.ts';
import { ledgerName } from './ledger.ts';
import { claimOf, type GroupMemory, type KnownTarget, type TargetMemory } from './target-memory.ts';

/** What the readiness lane asks of the cluster. All of it is answered from the stores. */
export type GateCluster = {
  pod(namespace: string, name: string): Pod | undefined;
  podsOfNamespace(namespace: string): readonly Pod[];
  podsSynced(namespace: string): boolean;
  service(namespace: string, name: string): Service | undefined;
  targetGroupsOfNamespace(namespace: string): readonly TargetGroupObject[];
  targetGroupObjectsOf(namespace: string, service: string): readonly TargetGroupObject[];
  ingressesOfNamespace(namespace: string): readonly Ingress[];
  targetGroupBindingsOfNamespace(namespace: string): readonly TargetGroupBinding[];
  loadBalancer(name: string): LoadBalancerObject | undefined;
};

export type GateSources = {
  controllerId: string;
  cluster: GateCluster;
  membership: { place(ingress: Ingress): { stack?: string } };
  memory: TargetMemory;
  clock: Pick<Clock, 'now' | 'monotonic'>;
  controls: Controls;
};

/** Seconds after which a gate may open that protects nothing, where the group has no drain budget yet. */
const TIMEOUT_SECONDS = 600;

/** What decides about the gate of a pod, its condition and what is still to come apart. */
export function gateFacts(pod: Pod, sources: GateSources): Omit<GateFacts, 'condition' | 'pending'> {
  const seconds = readySeconds(pod, sources.clock);
  return {
    addresses: pod.addresses,
    optedOut: pod.annotations[DRAIN] === 'off',
    groups: gateGroupsOf(pod, sources.cluster).map((object) => groupFacts({ pod, object, seconds }, sources)),
    readySeconds: seconds,
  };
}

/** TargetGroup objects with ip targets whose Service selects the pod. Nodes are healthy without the pod: they never gate. */
export function gateGroupsOf(pod: Pod, cluster: GateCluster): TargetGroupObject[] {
  return cluster.targetGroupsOfNamespace(pod.namespace).filter(({ deleting, spec }) => {
    if (deleting || spec.targetType !== 'ip') return false;
    const service = cluster.service(pod.namespace, spec.service.name);
    return service !== undefined && selects(service, pod.labels);
  });
}

/**
 * A Service of the pod that an Ingress of ours or a claimed TargetGroupBinding refers to, and that has no TargetGroup object
 * yet. An Ingress that was refused makes none, and one that is deleted either.
 */
export function pendingService(pod: Pod, { cluster, membership, controllerId }: GateSources): string | undefined {
  const coming = cluster.ingressesOfNamespace(pod.namespace).filter((ingress) => {
    const { stack } = membership.place(ingress);
    if (stack === undefined || ingress.deleting) return false;
    return !isRefused(ingress, cluster.loadBalancer(ledgerName(stack, controllerId)));
  });
  const claimed = cluster
    .targetGroupBindingsOfNamespace(pod.namespace)
    .filter((one) => isClaimed(one, controllerId) && !one.deleting);
  return [...coming.flatMap(servicesOf), ...claimed.flatMap(serviceOfBinding)].find((name) => {
    const service = cluster.service(pod.namespace, name);
    const isOurs = service !== undefined && selects(service, pod.labels);
    return isOurs && cluster.targetGroupObjectsOf(pod.namespace, name).length === 0;
  });
}

/** Its spec has the peer's schema, and may hold anything. */
function serviceOfBinding({ spec }: TargetGroupBinding): string[] {
  const { name } = (spec['serviceRef'] ?? {}) as { name?: unknown };
  return typeof name === 'string' ? [name] : [];
}

function isRefused({ uid }: Ingress, ledger: LoadBalancerObject | undefined): boolean {
  const member = ledger?.status.members?.find((one) => one.uid === uid);
  return member !== undefined && !member.accepted;
}

/** A pod that became ready this very second has been so for a while. */
const LEAST_SECONDS = 0.001;

function readySeconds({ containersReady, containersReadyAt }: Pod, { now }: Pick<Clock, 'now'>): number {
  if (!containersReady || containersReadyAt === undefined) return 0;
  return Math.max(LEAST_SECONDS, (now() - Date.parse(containersReadyAt)) / 1_000);
}

type Asked = { pod: Pod; object: TargetGroupObject; seconds: number };

function groupFacts({ pod, object, seconds }: Asked, sources: GateSources): GateGroup {
  const { spec } = object;
  const memory = sources.memory.groups.get(keyOf(object));
  const known = memory?.arn === spec.arn ? memory : undefined;
  const timeoutSeconds = spec.drain?.gateTimeout ?? TIMEOUT_SECONDS;
  // Only then does it matter, and to count them costs a look at every pod of the namespace.
  const matters = seconds >= timeoutSeconds || known?.failing !== undefined;
  return {
    name: keyOf(object),
    gated: spec.drain?.gate ?? true,
    timeoutSeconds,
    ready: matters ? readyPods(pod, spec.service.name, sources.cluster) : 1,
    ...(known && memoryFacts(pod, known, sources)),
  };
}

/** Where not every pod is known, some may be ready. */
function readyPods({ namespace, uid }: Pod, name: string, cluster: GateCluster): number {
  const service = cluster.service(namespace, name);
  if (service === undefined || !cluster.podsSynced(namespace)) return 1;
  return cluster
    .podsOfNamespace(namespace)
    .filter((other) => other.uid !== uid && other.ready && !other.deleting && selects(service, other.labels)).length;
}

type MemoryFacts = Pick<GateGroup, 'target' | 'leftOut' | 'refused' | 'healthy' | 'failing'>;

function memoryFacts(pod: Pod, memory: GroupMemory, { clock, controls }: GateSources): MemoryFacts {
  const registered = [...memory.registered.values()];
  const target = registered.find((one) => isTargetOf(one, pod));
  const leftOut = memory.leftOut.get(keyOf(pod));
  const refused = [...memory.refused.values()].find(({ uid }) => uid === pod.uid)?.message;
  const { failing } = memory;
  return {
    ...(target && {
      target: targetFacts(target, controls.has('gate-from-cached-health') && isBelieved(target, memory)),
    }),
    ...(leftOut !== undefined && { leftOut }),
    ...(refused !== undefined && { refused }),
    ...(memory.seen === 'described' && {
      healthy: registered.filter((one) => one !== target && isHealthy(one)).length,
    }),
    ...(failing && { failing: { seconds: (clock.monotonic() - failing.since) / 1_000, message: failing.message } }),
  };
}

const isTargetOf = ({ uid, id }: KnownTarget, pod: Pod): boolean => uid === pod.uid && pod.addresses.includes(id);

const isHealthy = ({ health }: KnownTarget): boolean => health === 'healthy' || health === 'unavailable';

/** Whether anybody was ever seen healthy at the address. */
const isBelieved = (known: KnownTarget, { onceHealthy }: GroupMemory): boolean =>
  known.health === 'healthy' || onceHealthy?.has(keyOfTarget(known)) === true;

function targetFacts(known: KnownTarget, believed: boolean): GateTarget {
  const claim = claimOf(known);
  return {
    name: keyOfTarget(known),
    health: known.health,
    ...(known.reason !== undefined && { reason: known.reason }),
    ...(known.description !== undefined && { description: known.description }),
    ...(known.toldSince !== undefined && { since: known.toldSince }),
    claimed: (claim !== undefined && isAcknowledged(claim)) || believed,
    looked: claim?.looked ?? believed,
    confirmed: claim?.confirmed === true || believed,
  };
}
