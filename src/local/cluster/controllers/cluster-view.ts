import type { KubeApi } from '../../../kube/api.ts';
import type { Clock } from '../../../runtime/clock.ts';
import { Mirror } from '../mirror.ts';
import {
  controllerOf,
  type Deployment,
  type EndpointSlice,
  isActive,
  KINDS,
  type Node,
  type Pod,
  type PodDisruptionBudget,
  type ReplicaSet,
  type Service,
} from '../objects.ts';

/** What the workload controllers see of the cluster, and how they change it. */
export type ClusterView = {
  api: KubeApi;
  clock: Clock;
  pods: Mirror<Pod>;
  replicaSets: Mirror<ReplicaSet>;
  deployments: Mirror<Deployment>;
  services: Mirror<Service>;
  endpointSlices: Mirror<EndpointSlice>;
  nodes: Mirror<Node>;
  budgets: Mirror<PodDisruptionBudget>;
  /** Uids of pods we have deleted: the news of it can be behind older news of the same pod. */
  deleted: Set<string>;
};

export function newClusterView(api: KubeApi, clock: Clock): ClusterView {
  const pods = new Mirror<Pod>();
  const deleted = new Set<string>();
  pods.onChange(({ now, before }) => {
    if (now === undefined && before !== undefined) deleted.delete(before.metadata.uid);
  });
  return {
    api,
    clock,
    pods,
    deleted,
    replicaSets: new Mirror(),
    deployments: new Mirror(),
    services: new Mirror(),
    endpointSlices: new Mirror(),
    nodes: new Mirror(),
    budgets: new Mirror(),
  };
}

/** Follows every kind until the signal aborts; resolves when each has had its first full list. */
export async function followCluster(view: ClusterView, signal: AbortSignal): Promise<void> {
  const mirrors = [
    [KINDS.pod, view.pods],
    [KINDS.replicaSet, view.replicaSets],
    [KINDS.deployment, view.deployments],
    [KINDS.service, view.services],
    [KINDS.endpointSlice, view.endpointSlices],
    [KINDS.node, view.nodes],
    [KINDS.podDisruptionBudget, view.budgets],
  ] as const;
  for (const [kind, mirror] of mirrors) void (mirror as Mirror<Pod>).follow(view.api, kind, signal);
  await Promise.all(mirrors.map(([, mirror]) => mirror.synced));
}

export const podsOf = ({ pods }: ClusterView, owner: ReplicaSet): Pod[] =>
  pods.values().filter((pod) => controllerOf(pod)?.uid === owner.metadata.uid);

export const activePodsOf = (view: ClusterView, owner: ReplicaSet): Pod[] =>
  podsOf(view, owner).filter((pod) => isActive(pod) && !view.deleted.has(pod.metadata.uid));

export const replicaSetsOf = ({ replicaSets }: ClusterView, owner: Deployment): ReplicaSet[] =>
  replicaSets.values().filter((set) => controllerOf(set)?.uid === owner.metadata.uid);
