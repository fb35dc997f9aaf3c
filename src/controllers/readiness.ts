import { nameFor } from '../api/controller.ts';
import { GATE, PEER_GATE_PREFIX } from '../api/pod.ts';
import { type GateCondition, keyOf, type Pod } from '../cluster/objects.ts';
import { Conflict, Gone } from '../errors.ts';
import type { KubeApi } from '../kube/api.ts';
import { RESOURCES } from '../kube/resources.ts';
import type { Metrics } from '../metrics.ts';
import { type GateFacts, judgeGate, latchedVerdict } from '../model/gate.ts';
import { GATE_REASONS } from '../model/gate-reasons.ts';
import { type GateVerdict, open } from '../model/gate-verdict.ts';
import type { Outcome } from '../runtime/workqueue.ts';
import { gateFacts, gateGroupsOf, type GateSources, pendingService } from './gate-facts.ts';
import { noteStart } from './start-times.ts';
import type { WriteEvent } from './telling.ts';

/** What is kept of a pod whose gate is not open, or was not when we last looked. */
type GateMemory = {
  uid: string;
  /** Since when a Service of it waits for its target group, monotonic milliseconds. */
  pendingSince: Map<string, number>;
  /** What was written over what: the watch may be behind. */
  written?: { before: string; now: string };
};

export type ReadinessMemory = Map<string, GateMemory>; // pod (namespace/name) -> memory

export type ReadinessDeps = GateSources & {
  kube: Pick<KubeApi, 'patch'>;
  gates: ReadinessMemory;
  writeEvent: WriteEvent;
  metrics: Metrics;
  /** Runs the pass of a TargetGroup object. */
  wakeTargets(key: string): void;
};

/**
 * Brings the condition of one pod's readiness gate to what is known of its targets. Writes only what changes; a pod that is
 * gone, or another by now, needs nothing.
 */
export async function reconcileReadiness(key: string, deps: ReadinessDeps): Promise<Outcome> {
  const [namespace = '', name = ''] = key.split('/');
  const pod = deps.cluster.pod(namespace, name);
  if (pod === undefined || !isGated(pod, deps)) return forget(key, deps);
  const memory = recall(key, pod, deps);
  const verdict = verdictOf({ pod, memory }, deps);
  note(pod, verdict, deps);
  const patientMs = patienceLeft(pod, verdict, deps);
  if (patientMs <= 0) await writeConditions({ pod, verdict, memory }, deps);
  const { againSeconds = Number.POSITIVE_INFINITY } = verdict;
  const again = Math.min(Math.ceil(againSeconds * 1_000), patientMs > 0 ? patientMs : Number.POSITIVE_INFINITY);
  return again === Number.POSITIVE_INFINITY ? undefined : { again };
}

/** A gate that opens at once is written once. */
const PATIENCE_MS = 3_000;

/**
 * Milliseconds until a closed gate is news. A pod that is still starting says itself why it is not ready, and a gate without a
 * condition is closed all the same.
 */
function patienceLeft(pod: Pod, { status }: GateVerdict, { memory, clock }: ReadinessDeps): number {
  const since = memory.waiting.get(pod.uid)?.since;
  if (status === 'True' || pod.gate !== undefined || since === undefined) return 0;
  return since + PATIENCE_MS - clock.monotonic();
}

/** A pod that ends needs no gate any more. */
function isGated(pod: Pod, deps: ReadinessDeps): boolean {
  if (pod.deleting || ['Succeeded', 'Failed'].includes(pod.phase)) return false;
  return pod.gated || claimedGates(pod, deps).length > 0;
}

type Judged = { pod: Pod; memory: GateMemory };

function verdictOf({ pod, memory }: Judged, deps: ReadinessDeps): GateVerdict {
  if (deps.controls.has('no-gate') && pod.addresses.length > 0)
    return open('SwitchedOff', GATE_REASONS.SwitchedOff.text);
  const condition = pod.gated ? pod.gate : claimedGates(pod, deps)[0]?.condition;
  const latched = latchedVerdict(pod.addresses, condition);
  if (latched !== undefined) return latched;
  const facts = gateFacts(pod, deps);
  const verdict = judgeGate(facts);
  const pending = verdict.status === 'True' ? pendingOf({ pod, memory }, deps) : undefined;
  return pending === undefined ? verdict : judgeGate({ ...facts, pending });
}

/** Counts from when we first saw it: an Ingress may come long after the pod, and the operator after both. */
function pendingOf({ pod, memory: { pendingSince } }: Judged, deps: ReadinessDeps): GateFacts['pending'] {
  const service = pendingService(pod, deps);
  if (service === undefined) return undefined;
  const now = deps.clock.monotonic();
  const since = pendingSince.get(service) ?? now;
  pendingSince.set(service, since);
  return { service, seconds: (now - since) / 1_000 };
}

function recall(key: string, { uid }: Pod, { gates, memory }: ReadinessDeps): GateMemory {
  const known = gates.get(key);
  if (known?.uid === uid) return known;
  if (known !== undefined) memory.waiting.delete(known.uid);
  const fresh: GateMemory = { uid, pendingSince: new Map() };
  gates.set(key, fresh);
  return fresh;
}

function forget(key: string, { gates, memory }: ReadinessDeps): void {
  const known = gates.get(key);
  if (known !== undefined) memory.waiting.delete(known.uid);
  gates.delete(key);
}

/** Keeps the list of those that wait, by which the targets lane polls. */
function note(pod: Pod, verdict: GateVerdict, deps: ReadinessDeps): void {
  const { waiting } = deps.memory;
  const known = waiting.get(pod.uid);
  const waits = verdict.status === 'False' && pod.containersReady;
  if (waits && known === undefined) {
    waiting.set(pod.uid, { pod: keyOf(pod), since: deps.clock.monotonic() });
    for (const group of gateGroupsOf(pod, deps.cluster)) deps.wakeTargets(keyOf(group));
  }
  if (waits || known === undefined) return;
  waiting.delete(pod.uid);
  if (verdict.status === 'True') noteOpened(pod, { verdict, since: known.since }, deps);
}

function noteOpened(pod: Pod, opened: { verdict: GateVerdict; since: number }, deps: ReadinessDeps): void {
  const now = deps.clock.monotonic();
  deps.metrics.observe('podwire_gate_open_seconds', (now - opened.since) / 1_000, {});
  if (opened.verdict.reason !== 'TargetHealthy') return;
  for (const group of gateGroupsOf(pod, deps.cluster)) {
    const memory = deps.memory.groups.get(keyOf(group));
    const start = memory && noteStart(memory, pod, opened.since);
    if (start?.registerToHealthy !== undefined)
      deps.metrics.observe('podwire_register_to_healthy_seconds', start.registerToHealthy, {});
    if (start?.registeredAt !== undefined)
      deps.metrics.observe('awslbc_readiness_gate_ready_seconds', (now - start.registeredAt) / 1_000, {});
    if (start !== undefined) deps.wakeTargets(keyOf(group));
  }
}

type Writing = { pod: Pod; verdict: GateVerdict; memory: GateMemory };

async function writeConditions({ pod, verdict, memory }: Writing, deps: ReadinessDeps): Promise<void> {
  const conditions = conditionsOf(pod, verdict, deps);
  const before = textOf(storedConditions(pod, deps));
  const now = textOf(conditions);
  if (now === before || !mayBeTold(pod, verdict)) return;
  if (memory.written?.now === now && memory.written.before === before) return;
  memory.written = { before, now };
  try {
    await patchStatus(pod, conditions, deps);
  } catch (error) {
    delete memory.written;
    // Gone, or another pod of that name: its own change comes.
    if (error instanceof Gone || error instanceof Conflict) return;
    throw error;
  }
  if (verdict.warning !== undefined) tell(pod, verdict.warning, deps);
  else if (verdict.status === 'True' && EXCEPTIONS.has(verdict.reason)) tell(pod, verdict, deps);
}

/** Opened without a proof. */
const EXCEPTIONS: ReadonlySet<string> = new Set(['TimedOutNothingToProtect', 'AwsUnavailable']);

const tell = ({ namespace, name, uid }: Pod, text: { reason: string; message: string }, deps: ReadinessDeps): void =>
  deps.writeEvent(
    { kind: 'Pod', namespace, name, uid },
    { type: 'Warning', reason: text.reason, message: text.message },
  );

/** Without ready containers a closed gate is no news. */
const mayBeTold = (pod: Pod, { status }: GateVerdict): boolean =>
  status === 'True' || pod.containersReady || pod.gate !== undefined;

type Told = { type: string } & GateCondition;

/** Our gate's condition, and those of the peer's gates that are ours to open: they are only ever opened. */
function conditionsOf(pod: Pod, verdict: GateVerdict, deps: ReadinessDeps): Told[] {
  const now = new Date(deps.clock.now()).toISOString();
  const said = (type: string, before: GateCondition | undefined): Told => ({
    type,
    status: verdict.status,
    reason: verdict.reason,
    message: verdict.message,
    since: before?.status === verdict.status && before.since !== '' ? before.since : now,
  });
  const theirs = claimedGates(pod, deps).flatMap(({ type, condition }) => {
    if (condition?.status === 'True') return condition.reason in GATE_REASONS ? [{ type, ...condition }] : [];
    return verdict.status === 'True' ? [said(type, condition)] : [];
  });
  const type = nameFor(GATE, deps.controllerId);
  const stands = pod.gate?.status === 'True' && verdict.status === 'True' ? { type, ...pod.gate } : undefined;
  return [...(pod.gated ? [stands ?? said(type, pod.gate)] : []), ...theirs];
}

/** What stands of the conditions that are ours. */
function storedConditions(pod: Pod, deps: ReadinessDeps): Told[] {
  const theirs = claimedGates(pod, deps).flatMap(({ type, condition }) =>
    condition?.status === 'True' && condition.reason in GATE_REASONS ? [{ type, ...condition }] : [],
  );
  return [...(pod.gate ? [{ type: nameFor(GATE, deps.controllerId), ...pod.gate }] : []), ...theirs];
}

const textOf = (conditions: readonly Told[]): string =>
  JSON.stringify(conditions.map(({ type, status, reason, message }) => [type, status, reason, message]));

/** The peer's gates of the pod whose TargetGroupBinding we serve. */
function claimedGates(pod: Pod, { cluster }: ReadinessDeps): NonNullable<Pod['peerGates']> {
  if (pod.peerGates === undefined) return [];
  const served = new Set(cluster.targetGroupsOfNamespace(pod.namespace).map(({ spec }) => spec.binding));
  return pod.peerGates.filter(({ type }) => served.has(type.slice(PEER_GATE_PREFIX.length)));
}

const FIELD_MANAGER = 'podwire-readiness';

/** Conditions are a list keyed by type: applied under a name of our own, ours are set and all others left alone. */
async function patchStatus({ namespace, name, uid }: Pod, conditions: Told[], deps: ReadinessDeps): Promise<void> {
  const body = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { namespace, name, uid },
    status: { conditions: conditions.map(({ since, ...told }) => ({ ...told, lastTransitionTime: seconds(since) })) },
  };
  const fieldManager = nameFor(FIELD_MANAGER, deps.controllerId);
  const patch = { type: 'apply', body, subresource: 'status', fieldManager, force: true } as const;
  await deps.kube.patch(RESOURCES.pod, { namespace, name }, patch);
}

/** The API server keeps whole seconds. */
const seconds = (time: string): string => time.replace(/\.\d+/, '');

/** Gates that are closed though the containers are ready, for the metrics. */
export function measureGates(waiting: ReadonlyMap<string, { pod: string }>, metrics: Metrics): void {
  metrics.gauge('podwire_closed_gates', () => {
    const namespaces = [...waiting.values()].map(({ pod }) => pod.slice(0, pod.indexOf('/')));
    return [...Map.groupBy(namespaces, (namespace) => namespace)].map(([namespace, { length: value }]) => ({
      labels: { namespace },
      value,
    }));
  });
}
