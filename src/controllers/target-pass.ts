import { isIP } from 'node:net';
import type { TargetApi } from '../aws/targets.ts';
import type { EndpointSlice, Node, Service, TargetGroupObject } from '../cluster/objects.ts';
import type { KubeApi } from '../kube/api.ts';
import { instanceIdOf } from '../model/node-kind.ts';
import type { Network } from '../model/network.ts';
import { keyOfTarget, type Selection, type Target } from '../model/target.ts';
import { selectTargets } from '../model/targets.ts';
import { judgeFates } from '../plan/fates.ts';
import { carrying, planTargets, type TargetPlan } from '../plan/targets.ts';
import type { Clock } from '../runtime/clock.ts';
import type { AccessDeps } from './node-access.ts';
import { type GroupMemory, takeNotes, trustRecord } from './target-memory.ts';

/** What the targets lane asks of the cluster. All of it is answered from the stores. */
type TargetsCluster = {
  /** Whether every store has had its first full list. */
  synced(): boolean;
  targetGroup(namespace: string, name: string): TargetGroupObject | undefined;
  targetGroups(): Iterable<TargetGroupObject>;
  service(namespace: string, name: string): Service | undefined;
  slicesOf(namespace: string, service: string): readonly EndpointSlice[];
  /** EndpointSlices of every Service. */
  slices(): Iterable<EndpointSlice>;
  node(name: string): Node | undefined;
  nodes(): readonly Node[];
};

export type TargetsDeps = AccessDeps & {
  cluster: TargetsCluster;
  kube: Pick<KubeApi, 'patch'>;
  targets: TargetApi;
  /** The subnets and routable CIDRs of a VPC. Asked for once, and again in the background every ten minutes. */
  network(vpcId: string): Promise<Network>;
  /** Told once of a target group that AWS does not know. */
  onGroupGone(object: TargetGroupObject): void;
  /** Told of each pod whose readiness gate waits, whenever something of its target may have been learned. */
  wakePod?(pod: string): void;
  clock: Clock;
  log: { info(about: object, message: string): void };
};

/** One pass over one group: what was read at its beginning, and what went wrong since. */
export type Pass = {
  key: string;
  object: TargetGroupObject;
  memory: GroupMemory;
  selection: Selection;
  /** The selected targets without those that AWS refused a while ago. */
  wanted: Target[];
  /** Whether the Service and an EndpointSlice of it are there. */
  listed: boolean;
  /** The first error of AWS or of the API server. The rest of the pass is done nonetheless. */
  failure?: Error;
  groupGone?: boolean;
};

/** Targets a group may hold by AWS's default (ELB quotas, "Targets per Target Group"). */
const TARGET_QUOTA = 1_000;
const NETWORK_MS = 600_000;

type Known = Pick<Pass, 'key' | 'object' | 'memory'>;

/** Reads the stores. After a start the group is first held against the hash that was recorded, before anything is asked of AWS. */
export async function readPass(known: Known, deps: TargetsDeps): Promise<Pass> {
  const { object, memory } = known;
  const { service: name } = object.spec;
  const service = deps.cluster.service(object.namespace, name.name);
  const slices = deps.cluster.slicesOf(object.namespace, name.name);
  const input = { object, service, slices, nodes: object.spec.targetType === 'instance' ? deps.cluster.nodes() : [] };
  const select = (network: Network | undefined): Selection => selectTargets({ ...input, network });
  const listed = service !== undefined && slices.length > 0;
  delete memory.error;
  const selection = await selectKnown(known, { deps, select });
  const refused = (target: Target): boolean => isRefused(memory, target, deps.clock.monotonic());
  return { ...known, selection, listed, wanted: selection.targets.filter((target) => !refused(target)) };
}

async function selectKnown(
  { object, memory }: Known,
  by: { deps: TargetsDeps; select: (network: Network | undefined) => Selection },
): Promise<Selection> {
  const { vpcId, targetType } = object.spec;
  const { networks } = by.deps.memory;
  const fresh = memory.seen === 'nothing' && by.deps.cluster.synced();
  const known = networks.get(vpcId)?.network;
  const assumed = by.select(known);
  const trusted = fresh && trustRecord(memory, object, assumed);
  // What is registered already was found to be routable when it was.
  const isNew = assumed.targets.some((target) => !memory.registered.has(keyOfTarget(target)));
  if (trusted || targetType === 'instance' || !isNew) return assumed;
  const network = await networkOf(vpcId, by.deps);
  if (network === known) return assumed;
  const selection = by.select(network);
  if (fresh) trustRecord(memory, object, selection);
  return selection;
}

/** A change of the subnets is rare, and a pod must not wait for it: the last known ones count while they are read anew. */
function networkOf(vpcId: string, deps: TargetsDeps): Network | Promise<Network> {
  const { networks } = deps.memory;
  const known = networks.get(vpcId);
  const now = deps.clock.monotonic();
  if (known && now - known.readAt < NETWORK_MS) return known.network;
  const keep = (network: Network): Network => {
    networks.set(vpcId, { network, readAt: deps.clock.monotonic() });
    return network;
  };
  if (known === undefined) return deps.network(vpcId).then(keep);
  known.readAt = now;
  deps
    .network(vpcId)
    .then(keep, (error: unknown) => deps.log.info({ vpcId, error: String(error) }, 'subnets not read'));
  return known.network;
}

/** A pod that took over the address of a refused one is tried at once. */
function isRefused(memory: GroupMemory, target: Target, now: number): boolean {
  const refusal = memory.refused.get(keyOfTarget(target));
  return refusal !== undefined && refusal.uid === target.uid && refusal.until > now;
}

/** What is to be done, after what is known now. */
export function planPass(pass: Pass, deps: TargetsDeps): TargetPlan {
  const { memory, selection, wanted } = pass;
  const now = deps.clock.now();
  forgetRefusals(memory, selection.targets);
  takeNotes(memory, selection, { now, carrying: carrying(wanted, [...memory.registered.values()]) });
  const observed = judgeFates([...memory.registered.values()], selection, {
    targetType: pass.object.spec.targetType,
    listed: pass.listed,
    ownersOf: ownersIn(deps.cluster),
    seenTerminating: memory.terminating,
    unlistedSince: memory.unlistedSince,
    instances: new Set(
      pass.object.spec.targetType === 'instance'
        ? deps.cluster.nodes().flatMap((node) => instanceIdOf(node) ?? [])
        : [],
    ),
    now,
  });
  const quota = memory.full && memory.full.until > deps.clock.monotonic() ? memory.full.quota : TARGET_QUOTA;
  const mayDeregister = memory.seen !== 'nothing' && deps.cluster.synced();
  return planTargets(wanted, observed, { quota, peak: memory.peak?.count ?? 0, mayDeregister });
}

function forgetRefusals(memory: GroupMemory, selected: readonly Target[]): void {
  const keys = new Set(selected.map(keyOfTarget));
  for (const key of memory.refused.keys()) if (!keys.has(key)) memory.refused.delete(key);
}

/** UIDs of the pods that have an address and do not terminate. A node's own address belongs to no pod alone. */
function ownersIn(cluster: TargetsCluster): (address: string) => string[] {
  let owners: Map<string, string[]> | undefined;
  return (address) => {
    owners ??= ownersByAddress(cluster);
    return isIP(address) === 0 ? [] : (owners.get(address) ?? []);
  };
}

function ownersByAddress(cluster: TargetsCluster): Map<string, string[]> {
  const owners = new Map<string, string[]>();
  for (const { endpoints } of cluster.slices()) {
    for (const { addresses, pod, terminating } of endpoints) {
      const [address] = addresses;
      if (pod && !terminating && address !== undefined) owners.set(address, [...(owners.get(address) ?? []), pod.uid]);
    }
  }
  for (const { addresses } of cluster.nodes()) for (const address of addresses) owners.delete(address);
  return owners;
}
