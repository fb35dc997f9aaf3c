import { answerOf } from '../aws/errors.ts';
import { openTargets } from '../aws/targets.ts';
import { Cluster } from '../cluster/cluster.ts';
import { hasClosedGate, keyOf } from '../cluster/objects.ts';
import { Addresses } from '../controllers/addresses.ts';
import { type DrainDeps, reconcileDrain } from '../controllers/drain.ts';
import { DrainAudit } from '../controllers/drain-audit.ts';
import { type LoadBalancersDeps, reconcileLoadBalancer } from '../controllers/load-balancers.ts';
import { ledgerName } from '../controllers/ledger.ts';
import { Moves } from '../controllers/moves.ts';
import { type BindingsDeps, reconcileBinding } from '../controllers/bindings.ts';
import { doubtAccess } from '../controllers/node-access.ts';
import { Succession } from '../controllers/succession.ts';
import { reconcileSweep, SWEEP, type SweepDeps } from '../controllers/sweep.ts';
import { measureGates, reconcileReadiness } from '../controllers/readiness.ts';
import { measureHeld, reconcileLeaving } from '../controllers/leaving.ts';
import { reconcileTargets } from '../controllers/targets.ts';
import type { TargetsDeps } from '../controllers/target-pass.ts';
import type { Log } from '../log.ts';
import { networkOf } from '../model/network.ts';
import { type ControllerOptions, startController } from '../runtime/controller.ts';
import { noteGeneration } from '../runtime/pass.ts';
import { type Failure, type Outcome, PRIORITY, type WorkQueue } from '../runtime/workqueue.ts';
import { drainSettingsOf } from '../settings/drain.ts';
import { measureObjects, measureQueue, watchQueue } from './measures.ts';
import type { Shared } from './shared.ts';

export type Lanes = Record<
  'loadBalancers' | 'targets' | 'leaving' | 'readiness' | 'drain' | 'bindings' | 'sweep',
  WorkQueue
>;

/** No deadline waits for another group's place in the lane; the budget decides who goes first. */
const EVERY_GROUP = 1_000;

export function openLanes(shared: Shared): Lanes {
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
  measureGates(shared.memory.waiting, shared.metrics);
  measureObjects(shared.cluster, { metrics: shared.metrics, leads: () => shared.lease?.leads() ?? true });
  const gates = { ...shared, wakeTargets: (key: string) => lanes.targets.add(key) };
  const lane: OpenLane = (name, reconcile, concurrency = settings.workers) =>
    openLane({ name, clock, concurrency, reconcile, startPaused: true, onError: reportTo(shared.log) }, shared);
  const { stores } = shared.cluster;
  const ledger = (stack: string) => shared.cluster.loadBalancer(ledgerName(stack, shared.controllerId));
  const lanes: Lanes = {
    loadBalancers: lane(
      'load-balancers',
      naming(ledger, (key) => reconcileLoadBalancer(key, stacks)),
    ),
    targets: lane(
      'targets',
      naming(objectIn(stores.targetGroup), (key) => reconcileTargets(key, groups)),
    ),
    leaving: lane(
      'leaving',
      naming(objectIn(stores.targetGroup), (key) => reconcileLeaving(key, groups)),
      EVERY_GROUP,
    ),
    readiness: lane(
      'readiness',
      naming(objectIn(stores.pod), (key) => reconcileReadiness(key, gates)),
    ),
    drain: lane('drain', (key) => reconcileDrain(key, drainDeps(shared, lanes)), LINE_WORKERS),
    bindings: lane(
      'bindings',
      naming(objectIn(stores.targetGroupBinding), (key) => reconcileBinding(key, bindingsDeps(shared))),
    ),
    sweep: lane('sweep', (key) => reconcileSweep(key, sweepDeps(shared, lanes)), 1),
  };
  return lanes;
}

type Generation = { generation: number } | undefined;

/** Has what a pass logs name the generation of its object. */
const naming =
  (objectOf: (key: string) => Generation, reconcile: (key: string) => Promise<Outcome>) =>
  (key: string): Promise<Outcome> => {
    noteGeneration(objectOf(key)?.generation);
    return reconcile(key);
  };

const objectIn =
  (store: { get(namespace: string, name: string): Generation }) =>
  (key: string): Generation => {
    const [namespace = '', name = ''] = key.split('/');
    return store.get(namespace, name);
  };

type OpenLane = (name: string, reconcile: (key: string) => Promise<Outcome>, concurrency?: number) => WorkQueue;

function openLane(options: ControllerOptions, { metrics, clock }: Pick<Shared, 'metrics' | 'clock'>): WorkQueue {
  const { name, concurrency: most } = options;
  const onTimeout = () => metrics.count('controller_runtime_reconcile_timeouts_total', { controller: name });
  const queue = startController({ ...options, onTimeout, watch: watchQueue(name, { metrics, clock }) });
  measureQueue(name, queue, { metrics, most });
  return queue;
}

/** Namespaces whose drain lines are worked on at once: each is one small object, and nobody waits for the second. */
const LINE_WORKERS = 4;

const reportTo =
  (log: Log) =>
  ({ error, failures, retryInMs }: Failure): void => {
    const { requestId: awsRequestId } = answerOf(error);
    const said = { failures, retryInMs, ...(awsRequestId !== undefined && { awsRequestId }) };
    log.warn({ ...said, error: error instanceof Error ? error.message : String(error) }, 'failed');
  };

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

/** The first work: everything that is wanted, and everything that was there before. */
export function startLanes({ membership, cluster, clock, settings }: Shared, lanes: Lanes): void {
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
