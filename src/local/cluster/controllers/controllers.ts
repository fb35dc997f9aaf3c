import type { KubeApi, KubeObject } from '../../../kube/api.ts';
import type { Clock } from '../../../runtime/clock.ts';
import { type Failure, type Outcome, WorkQueue } from '../../../runtime/workqueue.ts';
import type { Seen } from '../mirror.ts';
import { controllerOf, keyOf, type Pod, type Service } from '../objects.ts';
import { matchesLabels } from '../selector.ts';
import { type ClusterView, followCluster, newClusterView } from './cluster-view.ts';
import { reconcileDeployment } from './deployments.ts';
import { reconcileDisruptionBudget, selects as isBudgetOf } from './disruption-budgets.ts';
import { reconcileEndpointSlices, SERVICE_NAME } from './endpoint-slices.ts';
import { reconcileReplicaSet } from './replica-sets.ts';

export type WorkloadControllersOptions = {
  api: KubeApi;
  clock: Clock;
  onError?: (controller: string, failure: Failure) => void;
};

export type WorkloadControllers = { close(): Promise<void> };

type Reconcile = (view: ClusterView, key: string) => Promise<Outcome>;

const CONTROLLERS = {
  deployments: reconcileDeployment,
  replicaSets: reconcileReplicaSet,
  endpointSlices: reconcileEndpointSlices,
  disruptionBudgets: reconcileDisruptionBudget,
} satisfies Record<string, Reconcile>;

type Queues = Record<keyof typeof CONTROLLERS, WorkQueue>;

/** Runs the Deployment, ReplicaSet, EndpointSlice and disruption controllers; resolves when each has seen the cluster once. */
export async function startWorkloadControllers(options: WorkloadControllersOptions): Promise<WorkloadControllers> {
  const view = newClusterView(options.api, options.clock);
  const queues = Object.fromEntries(
    Object.entries(CONTROLLERS).map(([name, reconcile]) => [name, queueOf(view, reconcile, { name, ...options })]),
  ) as Queues;
  route(view, queues);
  const abort = new AbortController();
  await followCluster(view, abort.signal);
  for (const queue of Object.values(queues)) queue.start();
  return {
    async close() {
      abort.abort();
      await Promise.all(Object.values(queues).map((queue) => queue.stop()));
    },
  };
}

function queueOf(
  view: ClusterView,
  reconcile: Reconcile,
  options: WorkloadControllersOptions & { name: string },
): WorkQueue {
  const { name, onError, clock } = options;
  return new WorkQueue({
    clock,
    concurrency: 5,
    startPaused: true,
    backoff: { firstMs: 50, ceilingMs: 5_000 },
    reconcile: (key) => reconcile(view, key),
    ...(onError && { onError: (failure: Failure) => onError(name, failure) }),
  });
}

/** Which keys a change makes due. */
function route(view: ClusterView, queues: Queues): void {
  const { deployments, replicaSets, services, endpointSlices, pods, nodes, budgets } = view;
  forEachState(budgets, (object) => queues.disruptionBudgets.add(keyOf(object)));
  forEachState(deployments, (object) => queues.deployments.add(keyOf(object)));
  forEachState(replicaSets, (object) => {
    queues.replicaSets.add(keyOf(object));
    addOwner(queues.deployments, object);
  });
  forEachState(services, (object) => queues.endpointSlices.add(keyOf(object)));
  forEachState(endpointSlices, ({ metadata }) =>
    queues.endpointSlices.add(`${metadata.namespace}/${metadata.labels?.[SERVICE_NAME]}`),
  );
  pods.onChange(({ now, before }) => routePod(view, queues, [now, before]));
  nodes.onChange(({ now, before }) => {
    if (now === undefined || before === undefined)
      for (const service of services.values()) queues.endpointSlices.add(keyOf(service));
  });
}

function routePod(
  { services, replicaSets, budgets }: ClusterView,
  queues: Queues,
  [now, before]: (Pod | undefined)[],
): void {
  for (const pod of [now, before]) {
    if (pod === undefined) continue;
    addOwner(queues.replicaSets, pod);
    for (const budget of budgets.values()) if (isBudgetOf(budget, pod)) queues.disruptionBudgets.add(keyOf(budget));
    for (const service of services.values()) if (selects(service, pod)) queues.endpointSlices.add(keyOf(service));
  }
  if (now === undefined && before !== undefined) addGrandOwner(queues.deployments, replicaSets, before);
}

/** A Deployment that is recreated waits for the last old pod, which no ReplicaSet counts any more. */
function addGrandOwner(queue: WorkQueue, replicaSets: Seen<KubeObject>, pod: Pod): void {
  const owner = controllerOf(pod);
  const set = owner && replicaSets.get(`${pod.metadata.namespace}/${owner.name}`);
  if (set !== undefined) addOwner(queue, set);
}

function selects({ metadata, spec }: Service, pod: Pod): boolean {
  if (spec.selector === undefined || metadata.namespace !== pod.metadata.namespace) return false;
  return matchesLabels(spec.selector, pod.metadata.labels);
}

function addOwner(queue: WorkQueue, object: KubeObject): void {
  const owner = controllerOf(object);
  if (owner !== undefined) queue.add(`${object.metadata.namespace}/${owner.name}`);
}

/** Runs for what an object is and for what it was: both can concern somebody. */
function forEachState<T extends KubeObject>(mirror: Seen<T>, run: (object: T) => void): void {
  mirror.onChange(({ now, before }) => {
    if (now !== undefined) run(now);
    if (before !== undefined) run(before);
  });
}
