import { conditionOf, type Node, type NodeTerm, type Pod, type Taint, type Toleration } from '../objects.ts';
import { matchesLabels } from '../selector.ts';

/** Whether a node takes a pod, as kube-scheduler's filters for selectors, node affinity, cordons, taints and readiness say. */
export function admits(node: Node, pod: Pod): boolean {
  if (node.metadata.deletionTimestamp !== undefined) return false;
  if (taintsOf(node).some((taint) => repels(taint, pod.spec.tolerations ?? []))) return false;
  return matchesLabels(pod.spec.nodeSelector ?? {}, node.metadata.labels) && isWanted(node, pod);
}

/** Ports that a pod takes of its node. */
export const hostPortsOf = ({ spec }: Pod): number[] =>
  spec.containers
    .flatMap(({ ports = [] }) => ports)
    .flatMap(({ hostPort, containerPort }) => hostPort ?? (spec.hostNetwork === true ? containerPort : []));

/** A cordon and a node that is not ready count as the taints that the node controllers would set. */
function taintsOf({ spec, status = {} }: Node): Taint[] {
  const cordon = { key: 'node.kubernetes.io/unschedulable', effect: 'NoSchedule' };
  const notReady = { key: 'node.kubernetes.io/not-ready', effect: 'NoSchedule' };
  const ready = conditionOf({ status }, 'Ready')?.status !== 'False';
  return [...(spec.taints ?? []), ...(spec.unschedulable ? [cordon] : []), ...(ready ? [] : [notReady])];
}

const repels = (taint: Taint, tolerations: Toleration[]): boolean =>
  taint.effect !== 'PreferNoSchedule' && !tolerations.some((toleration) => tolerates(toleration, taint));

function tolerates({ key, operator = 'Equal', value = '', effect }: Toleration, taint: Taint): boolean {
  if (effect !== undefined && effect !== '' && effect !== taint.effect) return false;
  if (operator === 'Exists') return key === undefined || key === '' || key === taint.key;
  return key === taint.key && value === (taint.value ?? '');
}

function isWanted(node: Node, { spec }: Pod): boolean {
  const terms = spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms;
  return terms === undefined || terms.some((term) => matchesTerm(node, term));
}

/** A term without requirements matches nothing. */
function matchesTerm({ metadata }: Node, { matchExpressions = [], matchFields = [] }: NodeTerm): boolean {
  if (matchExpressions.length + matchFields.length === 0) return false;
  const fields = { 'metadata.name': metadata.name };
  return (
    matchExpressions.every((one) => holds(one, metadata.labels ?? {})) && matchFields.every((one) => holds(one, fields))
  );
}

type Requirement = NonNullable<NodeTerm['matchFields']>[number];
type Holds = (given: string | undefined, wanted: string[]) => boolean;

const OPERATORS: Record<string, Holds> = {
  In: (given, wanted) => given !== undefined && wanted.includes(given),
  NotIn: (given, wanted) => given === undefined || !wanted.includes(given),
  Exists: (given) => given !== undefined,
  DoesNotExist: (given) => given === undefined,
  Gt: (given, [wanted]) => Number(given) > Number(wanted),
  Lt: (given, [wanted]) => Number(given) < Number(wanted),
};

const holds = ({ key, operator, values = [] }: Requirement, labels: Record<string, string>): boolean =>
  OPERATORS[operator]?.(labels[key], values) ?? false;
