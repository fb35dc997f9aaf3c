import { conditionOf, isReady, type Pod } from '../objects.ts';

type Rank = (pod: Pod, all: readonly Pod[]) => number;

const DELETION_COST = 'controller.kubernetes.io/pod-deletion-cost';
const PHASES = ['Pending', 'Unknown', 'Running'];

const timeOf = (text: string | undefined): number => (text === undefined ? 0 : Date.parse(text));
const neighbours: Rank = (pod, all) =>
  all.filter(({ spec }) => spec.nodeName !== undefined && spec.nodeName === pod.spec.nodeName).length;

/** Which pod goes first when a ReplicaSet has too many: the lowest, rank after rank (Kubernetes' ReplicaSet documentation). */
const RANKS: Rank[] = [
  (pod) => (pod.spec.nodeName ? 1 : 0),
  (pod) => PHASES.indexOf(pod.status?.phase ?? 'Pending'),
  (pod) => (isReady(pod) ? 1 : 0),
  (pod) => Number(pod.metadata.annotations?.[DELETION_COST] ?? 0),
  (pod, all) => -neighbours(pod, all),
  (pod) => -timeOf(conditionOf(pod, 'Ready')?.lastTransitionTime),
  (pod) => -timeOf(pod.metadata.creationTimestamp),
];

/** The `count` pods whose loss costs least. */
export function podsToDelete(pods: readonly Pod[], count: number): Pod[] {
  const ranked = pods.map((pod) => ({ pod, ranks: RANKS.map((rank) => rank(pod, pods)) }));
  return ranked
    .toSorted((a, b) => firstDifference(a.ranks, b.ranks))
    .slice(0, count)
    .map(({ pod }) => pod);
}

function firstDifference(a: number[], b: number[]): number {
  const at = a.findIndex((rank, index) => rank !== b[index]);
  return at < 0 ? 0 : (a[at] ?? 0) - (b[at] ?? 0);
}
