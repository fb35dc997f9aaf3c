import { nameFor } from '../../api/controller.ts';
import { GATE, INJECTED } from '../../api/pod.ts';
import {
  type EndpointSlice,
  type Node,
  type Pod,
  type Service,
  selects,
  type TargetGroupObject,
} from '../../cluster/objects.ts';
import { type Lack, lackOf } from '../drain/audit.ts';
import { deadlinesOf, effectivePreStop } from '../drain/budget.ts';
import { demandOf } from '../drain/demand.ts';
import { writeLine } from '../drain/line.ts';
import type { ServiceLine } from '../drain/lines.ts';
import { isLeaving } from '../leaving.ts';
import { selectTargets } from '../targets.ts';

/** What is known of one pod and its namespace. */
export type PodFacts = {
  pod: Pod;
  services: readonly Service[];
  groups: readonly TargetGroupObject[];
  slices: readonly EndpointSlice[];
  nodes: readonly Node[];
  /** The drain lines that stand, by Service. */
  lines: ReadonlyMap<string, ServiceLine>;
  /** Of the operator whose part is explained; absent of the one without. */
  controllerId?: string;
};

/** What a target group makes of a pod. */
type GroupView = {
  name: string;
  service: string;
  targetType: 'ip' | 'instance';
  target: boolean;
  /** Address and port of the target, or why it is none. */
  why: string;
  /** Seconds its pods need from their deletion until SIGTERM; absent where that is not settled yet. */
  need?: number;
  lack?: Lack;
  /** Times in RFC 3339 for a pod that is being deleted. */
  deregisteredFrom?: string;
  deregisteredBy?: string;
  /** Conditions of its object that are False. */
  troubles: string[];
};

/** Why a pod does or does not serve, and how safely it will leave. JSON. */
export type Explanation = {
  pod: string;
  /** The first thing that is wrong, or `serves`. */
  verdict: string;
  /** Services of its namespace that select it. */
  services: string[];
  groups: GroupView[];
  gate: { state: 'none' | 'open' | 'closed'; reason: string; message: string };
  drain: { serves: number; grace: number; injected?: number };
  lines: { service: string; line: string; since: string; olderThanLine: boolean }[];
  leaving?: { deletedAt: string; sigtermAt: string; endsAt: string };
};

/** Explains one pod from what the cluster says; AWS is not asked. */
export function explainPod(facts: PodFacts): Explanation {
  const { pod } = facts;
  const services = facts.services.filter((service) => selects(service, pod.labels)).map(({ name }) => name);
  const injected = Number(pod.annotations[INJECTED.preStopSeconds] ?? Number.NaN);
  const parts = {
    pod: `${pod.namespace}/${pod.name}`,
    services,
    groups: facts.groups
      .filter(({ spec }) => services.includes(spec.service.name))
      .map((group) => viewGroup(group, facts)),
    gate: gateOf(facts),
    drain: {
      serves: Math.min(effectivePreStop(pod), pod.graceSeconds),
      grace: pod.graceSeconds,
      ...(Number.isFinite(injected) && { injected }),
    },
    lines: services.flatMap((service) => lineOf(service, facts)),
    ...leavingOf(pod),
  };
  return { ...parts, verdict: verdictOf(pod, parts) };
}

function viewGroup(object: TargetGroupObject, facts: PodFacts): GroupView {
  const { pod } = facts;
  const { spec, status } = object;
  const demand = demandOf(object, facts.lines.get(spec.service.name));
  const lack = demand && lackOf(pod, demand);
  const times = spec.drain && deadlinesOf(pod, spec.drain, status.startSeconds);
  return {
    name: object.name,
    service: spec.service.name,
    targetType: spec.targetType,
    ...standingIn(object, facts),
    ...(demand && { need: demand.seconds }),
    ...(lack && { lack: lack.message === '' ? { ...lack, message: OLDER } : lack }),
    ...(times &&
      spec.targetType === 'ip' && { deregisteredFrom: iso(times.normalAt), deregisteredBy: iso(times.lastAt) }),
    troubles: (status.conditions ?? [])
      .filter((one) => one.status === 'False' && one.type !== 'DrainBudget')
      .map(({ type, reason, message }) => `${type}: ${reason}: ${message}`),
  };
}

const OLDER = 'older than the drain line; the next rollout replaces it';

function standingIn(object: TargetGroupObject, facts: PodFacts): Pick<GroupView, 'target' | 'why'> {
  const { pod, slices, nodes } = facts;
  const own = slices.filter(({ service }) => service === object.spec.service.name);
  if (object.spec.targetType === 'instance') return behindNodePort(pod, own);
  const service = facts.services.find(({ name }) => name === object.spec.service.name);
  const podOf = (uid: string): Pod | undefined => (uid === pod.uid ? pod : undefined);
  const selection = selectTargets({ object, service, slices: own, nodes, podOf, network: undefined });
  const target = selection.targets.find(({ uid }) => uid === pod.uid);
  if (target) return { target: true, why: `${target.id}:${target.port}` };
  const rejected = selection.rejected.find(({ what }) => what === `pod ${pod.namespace}/${pod.name}`);
  const unlisted = 'no EndpointSlice of the Service lists it yet';
  return { target: false, why: rejected ? `${rejected.reason}: ${rejected.message}` : unlisted };
}

function behindNodePort(
  { uid, node = 'no node' }: Pod,
  slices: readonly EndpointSlice[],
): Pick<GroupView, 'target' | 'why'> {
  const endpoint = slices.flatMap(({ endpoints }) => endpoints).find(({ pod }) => pod?.uid === uid);
  if (endpoint?.ready === true) return { target: true, why: `through the node port, on ${node}` };
  return {
    target: false,
    why: endpoint ? 'NotReady: node ports send nothing to it' : 'no EndpointSlice of the Service lists it yet',
  };
}

function gateOf({ pod: { gated, gate }, controllerId }: PodFacts): Explanation['gate'] {
  if (!gated) return { state: 'none', reason: 'NoGate', message: `it does not carry ${nameFor(GATE, controllerId)}` };
  if (gate === undefined) return { state: 'closed', reason: 'Unsaid', message: 'its condition was never written' };
  return { state: gate.status === 'True' ? 'open' : 'closed', reason: gate.reason, message: gate.message };
}

function lineOf(service: string, { lines, pod }: PodFacts): Explanation['lines'] {
  const known = lines.get(service);
  if (known === undefined || !('line' in known)) return [];
  const { line, since } = known;
  const olderThanLine = Date.parse(pod.created) < Date.parse(since);
  return [{ service, line: writeLine(line) ?? '', since, olderThanLine }];
}

function leavingOf({ deletionTimestamp, deletionGraceSeconds = 0, ...pod }: Pod): Pick<Explanation, 'leaving'> {
  if (deletionTimestamp === undefined) return {};
  const endsAt = Date.parse(deletionTimestamp);
  const deletedAt = endsAt - deletionGraceSeconds * 1_000;
  const sigtermAt = deletedAt + Math.min(effectivePreStop(pod), deletionGraceSeconds) * 1_000;
  return { leaving: { deletedAt: iso(deletedAt), sigtermAt: iso(sigtermAt), endsAt: iso(endsAt) } };
}

const iso = (ms: number): string => new Date(ms).toISOString();

type Parts = Omit<Explanation, 'verdict'>;

/** In the order in which a request meets them. */
function verdictOf(pod: Pod, parts: Parts): string {
  return whyGoing(pod, parts) ?? whyNoTarget(pod, parts) ?? whyUnsafe(parts) ?? 'serves';
}

function whyGoing(pod: Pod, { leaving }: Parts): string | undefined {
  if (leaving) return `is leaving: deleted at ${leaving.deletedAt}, SIGTERM at ${leaving.sigtermAt}`;
  return isLeaving(pod)
    ? `is leaving: phase ${pod.phase}${pod.endedByKubelet ? ', ended by its kubelet' : ''}`
    : undefined;
}

function whyNoTarget(pod: Pod, { services, groups, gate }: Parts): string | undefined {
  if (services.length === 0) return 'is no target: no Service of its namespace selects it';
  if (groups.length === 0) return `is no target: no target group belongs to Service ${services.join(', ')}`;
  if (!pod.containersReady) return 'is not ready: its containers are not';
  if (gate.state === 'closed') return `is not ready: its gate waits, ${gate.reason}: ${gate.message}`;
  const outside = groups.find(({ target }) => !target);
  return outside && `is no target of ${outside.name}: ${outside.why}`;
}

function whyUnsafe({ groups }: Parts): string | undefined {
  const unsafe = groups.find(({ lack }) => lack !== undefined);
  return unsafe && `serves, and may lose requests when it goes: ${unsafe.lack?.message}`;
}

/** The explanation in plain lines, the verdict first. */
export function tellExplanation(explanation: Explanation): string[] {
  const { verdict, pod, services, groups, gate, drain, lines, leaving } = explanation;
  const injected = drain.injected === undefined ? 'nothing injected' : `${drain.injected} s injected`;
  return [
    verdict,
    `pod      ${pod}`,
    `service  ${services.join(', ') || 'none'}`,
    ...groups.flatMap(tellGroup),
    `gate     ${gate.state}: ${gate.reason}: ${gate.message}`,
    `drain    serves ${drain.serves} s after its deletion, of ${drain.grace} s grace; ${injected}`,
    ...lines.map(tellLine),
    ...(leaving ? [`leaving  deleted ${leaving.deletedAt}, SIGTERM ${leaving.sigtermAt}, ends ${leaving.endsAt}`] : []),
  ];
}

function tellGroup(group: GroupView): string[] {
  const { name, service, targetType, target, why, need, lack, deregisteredFrom, deregisteredBy, troubles } = group;
  const needs = need === undefined ? [] : [`  ${lack?.message ?? `needs ${need} s, and has them`}`];
  const leaves =
    deregisteredBy === undefined
      ? []
      : [`  to be deregistered from ${deregisteredFrom} on, at the latest by ${deregisteredBy}`];
  const standing = target ? `target ${why}` : `no target: ${why}`;
  return [
    `group    ${name} of Service ${service} (${targetType}): ${standing}`,
    ...needs,
    ...leaves,
    ...troubles.map((one) => `  ${one}`),
  ];
}

const tellLine = ({ service, line, since, olderThanLine }: Explanation['lines'][number]): string =>
  `line     ${service}: ${line} since ${since}; the pod was born ${olderThanLine ? 'before' : 'under'} it`;
