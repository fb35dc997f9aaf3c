import { isIP } from 'node:net';
import { type Pod, type Service, selects } from '../cluster/objects.ts';
import { isLeaving } from '../model/leaving.ts';
import { instanceIdOf } from '../model/node-kind.ts';
import { keyOfTarget, type Target } from '../model/target.ts';
import { type Circumstances, judgeFates, type ObservedTarget } from '../plan/fates.ts';
import { carrying, planTargets, type TargetPlan } from '../plan/targets.ts';
import { brakeOf, noteHeld } from './brake.ts';
import { expectReplacement, withDeparture, withSettling } from './departure.ts';
import { noteOnceHealthy } from './target-look.ts';
import type { GroupMemory } from './target-memory.ts';
import { takeNotes } from './target-notes.ts';
import { type Pass, readStores, type TargetsCluster, type TargetsDeps } from './target-pass.ts';

/** Targets a group may hold by AWS's default (ELB quotas, "Targets per Target Group"). */
const TARGET_QUOTA = 1_000;

/** What is to be done, after what is known now. `doubtful`: health could not be read. */
export function planPass(pass: Pass, deps: TargetsDeps, { doubtful = false } = {}): TargetPlan {
  const { memory, selection, wanted } = pass;
  forgetRefusals(memory, selection.targets);
  if (deps.controls.has('gate-from-cached-health')) noteOnceHealthy(memory);
  takeNotes(memory, selection, { now: deps.clock.now(), carrying: carrying(wanted, [...memory.registered.values()]) });
  const judged = judgeFates([...memory.registered.values()], selection, circumstancesOf(pass, deps));
  noteOwners(memory, judged);
  const observed = judged.map(withDeparture(pass, deps)).map(withSettling(pass));
  const now = deps.clock.monotonic();
  const quota = memory.full && memory.full.until > now ? memory.full.quota : TARGET_QUOTA;
  const mayDeregister = memory.seen !== 'nothing' && deps.cluster.synced();
  const plan = planTargets(wanted, observed, {
    quota,
    mayDeregister,
    now,
    doubtful,
    peak: memory.peak?.count ?? 0,
    replacedAt: expectReplacement(pass, deps),
    hasty: deps.controls.has('deregister-first'),
    ...brakeOf(pass, deps),
  });
  noteHeld(pass, plan, { now, observed });
  return plan;
}

/**
 * Of targets that are about to go those that still are to: while the call waited another pod may have taken an address over, its own
 * may have come back, or one that leaves may have become the last. Judges the group anew.
 */
export function mayStillGo<T extends { id: string; port: number }>(
  pass: Pass,
  targets: readonly T[],
  deps: TargetsDeps,
): readonly T[] {
  if (deps.controls.has('no-uid-check')) return targets;
  const { departures, steps } = planPass(readStores(pass, deps), deps);
  const going = [...departures, ...steps].filter((step) => step.do === 'deregister').flatMap((step) => step.targets);
  const keys = new Set(going.map(keyOfTarget));
  return targets.filter((target) => keys.has(keyOfTarget(target)));
}

function circumstancesOf({ object, memory, listed }: Pass, deps: TargetsDeps): Circumstances {
  const { cluster, controls } = deps;
  const { namespace, spec } = object;
  const service = cluster.service(namespace, spec.service.name);
  // Where not one pod is known, what is missing says more of us than of the pods.
  const synced =
    spec.targetType === 'ip' && cluster.podsSynced(namespace) && cluster.podsOfNamespace(namespace).length > 0;
  const checked = !controls.has('no-uid-check');
  return {
    targetType: spec.targetType,
    listed,
    ownersOf: (address) => (checked ? ownersAt(address, cluster) : []),
    podOf: (uid) => cluster.podByUid(uid) ?? (synced ? 'gone' : undefined),
    leaverAt: (address) => leaverAt(address, cluster),
    namespace,
    ...(service && { selectsPod: (pod: Pod) => selects(service, pod.labels) }),
    isSelectedElsewhere: (pod) => isSelectedElsewhere(pod, spec.service.name, cluster),
    isReplacedInPlace: (target) => service !== undefined && isReplacedInPlace(target, service, cluster),
    seenTerminating: memory.terminating,
    unlistedSince: memory.unlistedSince,
    instances: new Set(
      spec.targetType === 'instance' ? cluster.nodes().flatMap((node) => instanceIdOf(node) ?? []) : [],
    ),
    now: deps.clock.now(),
  };
}

/** Whose target it was found to be, of one that was registered before the start. */
function noteOwners({ registered }: GroupMemory, judged: readonly ObservedTarget[]): void {
  for (const { uid, ...target } of judged) {
    const known = registered.get(keyOfTarget(target));
    if (known !== undefined && known.uid === undefined && uid !== undefined) known.uid = uid;
  }
}

function leaverAt(address: string, cluster: TargetsCluster): Pod | undefined {
  const pods = cluster.podsAt(address).filter((pod) => !pod.hostNetwork);
  return pods.every(isLeaving) ? pods.at(-1) : undefined;
}

const isSelectedElsewhere = (pod: Pod, name: string, cluster: TargetsCluster): boolean =>
  [...cluster.targetGroups()].some(({ namespace, spec }) => {
    if (namespace !== pod.namespace || spec.service.name === name) return false;
    const service = cluster.service(namespace, spec.service.name);
    return service !== undefined && selects(service, pod.labels);
  });

/** Pods on their node's own network share its address: the next one serves where the last one did. */
const isReplacedInPlace = (target: ObservedTarget, service: Service, cluster: TargetsCluster): boolean =>
  cluster
    .podsAt(target.id)
    .some((pod) => pod.hostNetwork && pod.uid !== target.uid && selects(service, pod.labels) && !isLeaving(pod));

function forgetRefusals(memory: GroupMemory, selected: readonly Target[]): void {
  const keys = new Set(selected.map(keyOfTarget));
  for (const key of memory.refused.keys()) if (!keys.has(key)) memory.refused.delete(key);
}

/** UIDs of the pods that have an address and do not terminate. A node's own address belongs to no pod alone. */
function ownersAt(address: string, cluster: TargetsCluster): string[] {
  if (isIP(address) === 0) return [];
  const pods = cluster.podsAt(address).filter((pod) => !pod.hostNetwork && !isLeaving(pod));
  const listed = cluster.nodesAt(address).length > 0 ? [] : listedAt(address, cluster);
  return [...new Set([...listed, ...pods.map(({ uid }) => uid)])];
}

function listedAt(address: string, cluster: TargetsCluster): string[] {
  return cluster
    .slicesAt(address)
    .flatMap(({ endpoints }) => endpoints)
    .filter((endpoint) => endpoint.addresses[0] === address && !endpoint.terminating)
    .flatMap(({ pod }) => (pod && !isLeavingPod(cluster.podByUid(pod.uid)) ? [pod.uid] : []));
}

const isLeavingPod = (pod: Pod | undefined): boolean => pod !== undefined && isLeaving(pod);
