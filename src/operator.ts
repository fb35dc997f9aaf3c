import { type Account, createAccount } from './aws/account.ts';
import type { Ec2Api, ElbApi } from './aws/api.ts';
import { Budget } from './aws/budget.ts';
import { type Networking, openNetworking } from './aws/networking.ts';
import { openTargets } from './aws/targets.ts';
import { Cluster } from './cluster/cluster.ts';
import { type EndpointSlice, hasClosedGate, type Ingress, keyOf, type Node } from './cluster/objects.ts';
import { PodWatches } from './cluster/pod-watches.ts';
import { type ClusterChange, type ReflectorOptions, startReflectors } from './cluster/reflector.ts';
import { type Keys, type Lookup, NO_KEYS, routeChange, stacksOfService } from './cluster/routes.ts';
import type { StoreChange } from './cluster/store.ts';
import { Addresses } from './controllers/addresses.ts';
import { type DrainDeps, type DrainMemory, reconcileDrain } from './controllers/drain.ts';
import { DrainAudit } from './controllers/drain-audit.ts';
import { Fallback } from './controllers/fallback.ts';
import { fenceApis, releaseLease, runWhileLeading } from './controllers/leading.ts';
import { type LoadBalancersDeps, reconcileLoadBalancer } from './controllers/load-balancers.ts';
import { Membership } from './controllers/membership.ts';
import { Moves } from './controllers/moves.ts';
import { bindingsTouched } from './controllers/binding-routes.ts';
import { type BindingMemory, type BindingsDeps, openBindings, reconcileBinding } from './controllers/bindings.ts';
import { doubtAccess } from './controllers/node-access.ts';
import { isHeldOutside } from './controllers/strays.ts';
import { Succession } from './controllers/succession.ts';
import { reconcileSweep, SWEEP, type SweepDeps } from './controllers/sweep.ts';
import { type ReadinessMemory, reconcileReadiness } from './controllers/readiness.ts';
import { openMemory, type TargetMemory } from './controllers/target-memory.ts';
import { measureHeld, reconcileLeaving } from './controllers/leaving.ts';
import { reconcileTargets } from './controllers/targets.ts';
import type { TargetsDeps } from './controllers/target-pass.ts';
import { tellProblem, type WriteEvent } from './controllers/telling.ts';
import type { KubeApi } from './kube/api.ts';
import { EventRecorder } from './kube/events.ts';
import { readIdentity } from './kube/identity.ts';
import type { Lease } from './kube/lease.ts';
import type { Log } from './log.ts';
import { type Metrics, noMetrics } from './metrics.ts';
import { instanceIdOf } from './model/node-kind.ts';
import { linesOf, writeLines } from './model/drain/lines.ts';
import { networkOf, reachOf } from './model/network.ts';
import type { Clock } from './runtime/clock.ts';
import { startController } from './runtime/controller.ts';
import { type StopTrouble, stopInOrder } from './runtime/shutdown.ts';
import { type Failure, type Outcome, PRIORITY, type WorkQueue } from './runtime/workqueue.ts';
import { type Controls, NO_CONTROLS } from './settings/controls.ts';
import { drainSettingsOf } from './settings/drain.ts';
import type { Settings } from './settings/settings.ts';

export type OperatorOptions = {
  /** Name of our pod or host: who reports in Events. */
  instance: string;
  kube: KubeApi;
  elb: ElbApi;
  ec2: Ec2Api;
  clock: Clock;
  log: Log;
  settings: Settings;
  /** Parts of the protection that are switched off, to prove that they are needed. */
  controls?: Controls;
  /** Absent where there is never more than one replica. */
  lease?: Lease;
  metrics?: Metrics;
};

export type Operator = {
  /** Resolves when every store has had its first full list: from then on it can take over at once. */
  synced: Promise<void>;
  /** Resolves when the controllers run: the stores are full, and the lease is held where there is one. */
  running: Promise<void>;
  budget: Budget;
  /** Kinds whose first full list is still to come. */
  unsynced(): string[];
  /** Drain lines of a namespace, as the stores have them: a replica that waits knows them too. */
  drainLines(namespace: string): Record<string, string>;
  stop(): Promise<StopTrouble[]>;
};

type Lanes = Record<'loadBalancers' | 'targets' | 'leaving' | 'readiness' | 'drain' | 'bindings' | 'sweep', WorkQueue>;

/** What is made once and shared by the lanes. */
type Shared = OperatorOptions & {
  metrics: Metrics;
  controls: Controls;
  events: EventRecorder;
  writeEvent: WriteEvent;
  budget: Budget;
  account: Account;
  /** The same, with calls that give way to all others. */
  sweepAccount: Account;
  cluster: Cluster;
  membership: Membership;
  fallback: Fallback;
  networking: Networking;
  /** Stacks that are to be compared with AWS though nothing of theirs changed. */
  unverified: Set<string>;
  /** What is known of the registered targets. */
  memory: TargetMemory;
  /** What is known of the TargetGroupBindings. */
  bindings: BindingMemory;
  /** The drain lines that stand. */
  lines: DrainMemory;
  /** What is known of the readiness gates that are not open. */
  gates: ReadinessMemory;
};

/** Starts the operator: watches at once, controllers as soon as every store has had its first full list. */
export async function startOperator(options: OperatorOptions): Promise<Operator> {
  const shared = await openShared(options);
  const { cluster, clock, log, kube, budget } = shared;
  const lanes = openLanes(shared);
  const follower: Follower = {
    kube,
    cluster,
    onChange: (change) => takeChange(change, shared, lanes),
    onUnreadable: ({ error, ...what }) => log.warn({ ...what, error: String(error) }, 'object cannot be read'),
  };
  const podWatches = new PodWatches({ ...follower, onSynced: (namespace) => takePods(namespace, shared, lanes) });
  const reflectors = startReflectors({
    ...follower,
    onChange: (change) => {
      podWatches.follow(change);
      follower.onChange(change);
    },
  });
  const running = reflectors.synced.then(() => lead(shared, lanes));
  return {
    synced: reflectors.synced,
    running,
    budget,
    unsynced: () => cluster.unsynced(),
    drainLines: (namespace) => drainLinesIn(namespace, shared),
    stop: async () => {
      const troubles = await stopInOrder(clock, [
        { name: 'watches', limitMs: 5_000, stop: () => reflectors.stop() },
        { name: 'pod watches', limitMs: 5_000, stop: () => podWatches.stop() },
        ...Object.entries(lanes).map(([name, lane]) => ({ name, limitMs: 20_000, stop: () => lane.stop() })),
        { name: 'events', limitMs: 2_000, stop: () => shared.events.flush() },
      ]);
      if (shared.lease === undefined) return troubles;
      const free = !troubles.some(({ name }) => name in lanes);
      return [...troubles, ...(await releaseLease(shared.lease, clock, { free }))];
    },
  };
}

/** Without a lease there is one replica, which leads from the beginning. */
async function lead(shared: Shared, lanes: Lanes): Promise<void> {
  const { lease, cluster } = shared;
  if (lease === undefined) return startLanes(shared, lanes);
  const begin = (): void => {
    for (const ingress of cluster.ingresses()) tellPlace(ingress, shared);
    startLanes(shared, lanes);
  };
  await runWhileLeading(lease, { lanes: Object.values(lanes), begin });
}

type Follower = Pick<ReflectorOptions, 'kube' | 'cluster' | 'onChange' | 'onUnreadable'>;

async function openShared(options: OperatorOptions): Promise<Shared> {
  const { clock, log, settings, lease } = options;
  const { kube, elb, ec2 } = fenceApis(options, lease);
  const budget = new Budget({
    clock,
    onCall: ({ error, ...call }) => log.debug({ ...call, ...(error && { error: error.message }) }, 'aws call'),
  });
  const account = createAccount({
    elb: budget.elb(elb),
    ec2: budget.ec2(ec2),
    clock,
    cluster: await readIdentity(kube, settings.clusterName),
    vpcId: settings.vpcId,
  });
  const cluster = new Cluster();
  const events = new EventRecorder({ kube, clock, instance: options.instance });
  return {
    ...options,
    kube,
    elb,
    metrics: options.metrics ?? noMetrics,
    controls: options.controls ?? NO_CONTROLS,
    events,
    // What a replica sees that does not lead is the leader's to tell.
    writeEvent: (about, text) => {
      if (lease?.leads() ?? true) events.record(about, text);
    },
    budget,
    account,
    sweepAccount: { ...account, elb: budget.elb(elb, 'sweep'), ec2: budget.ec2(ec2, 'sweep') },
    cluster,
    membership: new Membership(cluster),
    fallback: new Fallback(cluster, clock, {
      hysteresis: { awayMs: settings.fallbackAwaySeconds * 1_000, backMs: settings.fallbackBackSeconds * 1_000 },
      defaultTargetType: settings.defaultTargetType,
    }),
    networking: openNetworking(account.ec2, account.facts, account.cluster),
    unverified: new Set(),
    memory: openMemory(),
    bindings: openBindings(),
    lines: new Map(),
    gates: new Map(),
  };
}

/** No deadline waits for another group's place in the lane; the budget decides who goes first. */
const EVERY_GROUP = 1_000;

function openLanes(shared: Shared): Lanes {
  const { clock, settings } = shared;
  const stacks = loadBalancersDeps(shared, () => lanes.sweep.add(SWEEP.backend));
  const lost = (stack: string): void => {
    shared.account.inventory.markStale();
    shared.unverified.add(stack);
    lanes.loadBalancers.add(stack);
  };
  const groups: TargetsDeps = {
    ...targetsDeps(shared, lost),
    wakePod: (key) => lanes.readiness.add(key),
    wake: { leaving: (key) => lanes.leaving.add(key), targets: (key) => lanes.targets.add(key) },
  };
  const drainAudit = new DrainAudit({ ...shared, maxTotalGrace: settings.drainMaxTotalGraceSeconds });
  shared.metrics.gauge('podwire_unprotected_target_pods', () => drainAudit.samples());
  groups.drainAudit = drainAudit;
  measureHeld(shared.memory.groups, shared.metrics);
  const gates = { ...shared, wakeTargets: (key: string) => lanes.targets.add(key) };
  const lane = (name: string, reconcile: (key: string) => Promise<Outcome>, concurrency = settings.workers) =>
    startController({ name, clock, concurrency, reconcile, startPaused: true, onError: reportTo(shared.log, name) });
  const lanes: Lanes = {
    loadBalancers: lane('load-balancers', (key) => reconcileLoadBalancer(key, stacks)),
    targets: lane('targets', (key) => reconcileTargets(key, groups)),
    leaving: lane('leaving', (key) => reconcileLeaving(key, groups), EVERY_GROUP),
    readiness: lane('readiness', (key) => reconcileReadiness(key, gates)),
    drain: lane('drain', (key) => reconcileDrain(key, drainDeps(shared, lanes)), LINE_WORKERS),
    bindings: lane('bindings', (key) => reconcileBinding(key, bindingsDeps(shared))),
    sweep: lane('sweep', (key) => reconcileSweep(key, sweepDeps(shared, lanes)), 1),
  };
  return lanes;
}

/** Namespaces whose drain lines are worked on at once: each is one small object, and nobody waits for the second. */
const LINE_WORKERS = 4;

const reportTo =
  (log: Log, lane: string) =>
  ({ key, error, failures, retryInMs }: Failure): void =>
    log.warn(
      { lane, key, failures, retryInMs, error: error instanceof Error ? error.message : String(error) },
      'failed',
    );

function loadBalancersDeps(shared: Shared, onRemoved: () => void): LoadBalancersDeps {
  const { clock, settings } = shared;
  const { defaultScheme, defaultTargetType, defaultSslPolicy, defaultTags, routableCidrs } = settings;
  return {
    ...shared,
    addresses: new Addresses(clock),
    succession: new Succession(clock, shared.controls),
    moves: new Moves(clock),
    settings: {
      defaultScheme,
      defaultTargetType,
      defaultSslPolicy,
      defaultTags,
      routableCidrs,
      drain: drainSettingsOf(settings),
    },
    onRemoved,
  };
}

function targetsDeps(shared: Shared, onGroupGone: (stack: string) => void): Omit<TargetsDeps, 'wake'> {
  const { account, budget, settings, cluster } = shared;
  return {
    ...shared,
    onGroupGone: ({ spec }) => {
      const stack = cluster.loadBalancer(spec.loadBalancer)?.spec.stack;
      if (stack !== undefined) onGroupGone(stack);
    },
    targets: openTargets(
      account.elb,
      () => budget.fill('elb-register'),
      (deregistration) => budget.deregister(shared.elb, deregistration),
    ),
    network: async () => networkOf(await account.facts.subnets(), settings.routableCidrs),
  };
}

const bindingsDeps = (shared: Shared): BindingsDeps => {
  const { vpcId, takeOver } = shared.settings;
  return { ...shared, settings: { vpcId, takeOver, drain: drainSettingsOf(shared.settings) } };
};

function drainDeps(shared: Shared, lanes: Lanes): DrainDeps {
  const { cluster } = shared;
  return {
    ...shared,
    // What its pods lack is told on each target group.
    onLines: (namespace) => {
      for (const group of cluster.targetGroupsOfNamespace(namespace)) lanes.targets.add(keyOf(group), PRIORITY.list);
    },
  };
}

function sweepDeps(shared: Shared, lanes: Lanes): SweepDeps {
  return {
    ...shared,
    recordedStacks: () => recordedStacks(shared.cluster),
    verify: (stack) => {
      shared.unverified.add(stack);
      lanes.loadBalancers.add(stack, PRIORITY.sweep);
    },
    examineTargets: () => {
      doubtAccess(shared);
      for (const [key, group] of shared.memory.groups) {
        group.pollAt = shared.clock.monotonic();
        lanes.targets.add(key, PRIORITY.sweep);
      }
    },
    examineLines: () => {
      const named = [...shared.cluster.targetGroups()].map(({ namespace }) => namespace);
      for (const namespace of new Set([...named, ...shared.lines.keys()])) lanes.drain.add(namespace, PRIORITY.sweep);
    },
    intervalMs: shared.settings.sweepIntervalSeconds * 1_000,
  };
}

/** Stacks that have a LoadBalancer object, wanted or not. */
const recordedStacks = (cluster: Cluster): string[] => [...cluster.loadBalancers()].map(({ spec }) => spec.stack);

/** Every change of the cluster becomes keys; of a class, those of before and after it moved its Ingresses. */
function takeChange(change: ClusterChange, shared: Shared, lanes: Lanes): void {
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
function takePods(namespace: string, { cluster }: Shared, lanes: Lanes): void {
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

// From the stores, since nobody keeps lines while another replica leads; where we do, those that stand are gone on from.
function drainLinesIn(namespace: string, { cluster, clock, lines }: Shared): Record<string, string> {
  const groups = cluster.targetGroupsOfNamespace(namespace);
  const service = (name: string) => cluster.service(namespace, name);
  const kept = [...(lines.get(namespace) ?? [])].flatMap(([name, one]) =>
    'line' in one ? [[name, one] as const] : [],
  );
  const now = new Date(clock.now()).toISOString();
  return writeLines(linesOf({ groups, service, standing: new Map(kept), now })).data;
}

function tellPlace(ingress: Ingress, { membership, writeEvent, log }: Shared): void {
  const { verdict, problem } = membership.place(ingress);
  if (problem !== undefined) tellProblem(writeEvent, ingress, problem);
  if (!verdict.ours && verdict.reason === 'EksAutoMode') log.info({ ingress: keyOf(ingress) }, verdict.message);
}

/** The first work: everything that is wanted, and everything that was there before. */
function startLanes({ membership, cluster, clock, settings }: Shared, lanes: Lanes): void {
  for (const stack of [...membership.stacks(), ...recordedStacks(cluster)])
    lanes.loadBalancers.add(stack, PRIORITY.list);
  for (const group of cluster.targetGroups()) lanes.targets.add(keyOf(group), PRIORITY.list);
  for (const pod of cluster.pods()) if (hasClosedGate(pod)) lanes.readiness.add(keyOf(pod), PRIORITY.list);
  for (const binding of cluster.targetGroupBindings()) lanes.bindings.add(keyOf(binding), PRIORITY.list);
  // Of lines whose last target group went while nobody looked there is no other trace.
  for (const namespace of cluster.namespaces()) lanes.drain.add(namespace, PRIORITY.list);
  lanes.sweep.addAfter(SWEEP.drift, settings.sweepIntervalSeconds * 1_000 * (0.5 + clock.random() / 2));
  lanes.sweep.add(SWEEP.strays);
  for (const lane of Object.values(lanes)) lane.start();
}
