import type { TargetApi } from '../aws/targets.ts';
import type { EndpointSlice, Node, Pod, Service, TargetGroupObject } from '../cluster/objects.ts';
import { toError } from '../errors.ts';
import type { KubeApi } from '../kube/api.ts';
import type { Network } from '../model/network.ts';
import { keyOfTarget, type Selection, type Target } from '../model/target.ts';
import { selectTargets } from '../model/targets.ts';
import type { EventAbout, EventText } from '../kube/events.ts';
import type { Metrics } from '../metrics.ts';
import type { Clock } from '../runtime/clock.ts';
import type { Controls } from '../settings/controls.ts';
import type { DrainAudit } from './drain-audit.ts';
import type { AccessDeps } from './node-access.ts';
import type { GroupMemory } from './target-memory.ts';
import { trustRecord } from './target-record.ts';

/** What the targets lane asks of the cluster. All of it is answered from the stores. */
export type TargetsCluster = {
  /** Whether every store has had its first full list. */
  synced(): boolean;
  targetGroup(namespace: string, name: string): TargetGroupObject | undefined;
  targetGroups(): Iterable<TargetGroupObject>;
  service(namespace: string, name: string): Service | undefined;
  slicesOf(namespace: string, service: string): readonly EndpointSlice[];
  /** EndpointSlices of whatever Service that have an endpoint with this address. */
  slicesAt(address: string): readonly EndpointSlice[];
  node(name: string): Node | undefined;
  nodes(): readonly Node[];
  nodesAt(address: string): readonly Node[];
  /** Whether all pods of the namespace are known; what is missing elsewhere says nothing. */
  podsSynced(namespace: string): boolean;
  podByUid(uid: string): Pod | undefined;
  podsOfNamespace(namespace: string): readonly Pod[];
  podsAt(address: string): readonly Pod[];
};

export type TargetsDeps = AccessDeps & {
  cluster: TargetsCluster;
  kube: Pick<KubeApi, 'patch' | 'serverNow'>;
  metrics: Metrics;
  writeEvent(about: EventAbout, event: EventText): void;
  /** Parts of the protection that are switched off, for the proof that they are needed. */
  controls: Controls;
  /** Has the leaving targets of a group looked at, or its whole group. */
  wake: { leaving(key: string): void; targets(key: string): void };
  targets: TargetApi;
  /** The subnets and routable CIDRs of a VPC. Asked for once, and again in the background every ten minutes. */
  network(vpcId: string): Promise<Network>;
  /** Told once of a target group that AWS does not know. */
  onGroupGone(object: TargetGroupObject): void;
  /** Says what the drain budget of a group's pods lacks; absent where nobody asks. */
  drainAudit?: Pick<DrainAudit, 'audit'>;
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
  /** The subnets could not be read: every address counts as routable, and none that is new is registered. */
  unplaced?: boolean;
  groupGone?: boolean;
};

const NETWORK_MS = 600_000;

type Known = Pick<Pass, 'key' | 'object' | 'memory'>;

/** Reads the stores, and asks AWS nothing: what is not known of the network counts as routable. */
export function readStores(known: Known, deps: TargetsDeps): Pass {
  const { object, memory } = known;
  const service = deps.cluster.service(object.namespace, object.spec.service.name);
  const slices = deps.cluster.slicesOf(object.namespace, object.spec.service.name);
  const selection = selectTargets({
    ...inputOf(known, { service, slices }, deps),
    network: deps.memory.networks.get(object.spec.vpcId)?.network,
  });
  const refused = (target: Target): boolean => isRefused(memory, target, deps.clock.monotonic());
  const wanted = selection.targets.filter((target) => !refused(target));
  return { ...known, selection, wanted, listed: service !== undefined && slices.length > 0 };
}

type Read = { service: Service | undefined; slices: readonly EndpointSlice[] };

const inputOf = ({ object }: Known, read: Read, { cluster }: TargetsDeps) => ({
  object,
  ...read,
  nodes: object.spec.targetType === 'instance' ? cluster.nodes() : [],
  podOf: (uid: string): Pod | undefined => cluster.podByUid(uid),
  nodeOf: (name: string): Node | undefined => cluster.node(name),
});

/** Reads the stores. After a start the group is first held against the hash that was recorded, before anything is asked of AWS. */
export async function readPass(known: Known, deps: TargetsDeps): Promise<Pass> {
  const { object, memory } = known;
  const { service: name } = object.spec;
  const service = deps.cluster.service(object.namespace, name.name);
  const slices = deps.cluster.slicesOf(object.namespace, name.name);
  const input = inputOf(known, { service, slices }, deps);
  const select = (network: Network | undefined): Selection => selectTargets({ ...input, network });
  const listed = service !== undefined && slices.length > 0;
  delete memory.error;
  const { selection, error } = await selectKnown(known, { deps, select });
  const refused = (target: Target): boolean => isRefused(memory, target, deps.clock.monotonic());
  const wanted = selection.targets.filter((target) => !refused(target));
  return { ...known, selection, listed, wanted, ...(error && { failure: error, unplaced: true }) };
}

/** `error`: the subnets were needed and could not be read. */
type Selected = { selection: Selection; error?: Error };

async function selectKnown(
  { object, memory }: Known,
  by: { deps: TargetsDeps; select: (network: Network | undefined) => Selection },
): Promise<Selected> {
  const { vpcId, targetType } = object.spec;
  const { networks } = by.deps.memory;
  const fresh = memory.seen === 'nothing' && by.deps.cluster.synced();
  const known = networks.get(vpcId)?.network;
  const assumed = by.select(known);
  const trusted = fresh && trustRecord(memory, object, assumed);
  // What is registered already was found to be routable when it was.
  const isNew = assumed.targets.some((target) => !memory.registered.has(keyOfTarget(target)));
  if (trusted || targetType === 'instance' || !isNew) return { selection: assumed };
  const network = await readNetwork(vpcId, by.deps);
  if (network instanceof Error) return { selection: assumed, error: network };
  if (network === known) return { selection: assumed };
  const selection = by.select(network);
  if (fresh) trustRecord(memory, object, selection);
  return { selection };
}

/** The error instead where they cannot be read: what leaves does not wait for them. */
async function readNetwork(vpcId: string, deps: TargetsDeps): Promise<Network | Error> {
  try {
    return await networkOf(vpcId, deps);
  } catch (error) {
    return toError(error);
  }
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
