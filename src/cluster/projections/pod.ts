import { nameFor } from '../../api/controller.ts';
import { GATE, PEER_GATE_PREFIX } from '../../api/pod.ts';
import type { KubeObject } from '../../kube/api.ts';
import type { GateCondition, Pod, PreStop } from '../objects.ts';
import type { Part } from './fields.ts';
import { intern } from './intern.ts';
import { readMeta, readObject } from './meta.ts';

const OWN_PREFIX = 'podwire.dev/';

/** Keeps what decides when a pod serves, and until when; of its annotations those of Podwire alone, of our gates that of this operator. */
export function projectPod(object: KubeObject, controllerId?: string): Pod {
  const { metadata, spec, status } = readObject(object);
  const conditions = status.parts('conditions');
  const of = (type: string): Part | undefined => conditions.find((one) => one.text('type', '') === type);
  const isTrue = (type: string): boolean => of(type)?.text('status', '') === 'True';
  const gate = nameFor(GATE, controllerId);
  const gates = spec.parts('readinessGates').map((gate) => gate.text('conditionType', ''));
  const readyAt = isTrue('ContainersReady') ? of('ContainersReady')?.text('lastTransitionTime', '') : undefined;
  return {
    ...readMeta(metadata, ['annotations', 'labels']),
    labels: internValues(metadata.map('labels')),
    annotations: ownAnnotations(metadata.map('annotations')),
    finalizers: [],
    ...(spec.has('nodeName') ? { node: intern(spec.text('nodeName')) } : {}),
    addresses: addressesOf(status),
    hostNetwork: spec.flag('hostNetwork', false),
    phase: status.text('phase', 'Pending'),
    restartPolicy: spec.text('restartPolicy', 'Always'),
    ready: isTrue('Ready'),
    containersReady: isTrue('ContainersReady'),
    ...(readyAt ? { containersReadyAt: readyAt } : {}),
    gated: gates.includes(gate),
    ...conditionOf('gate', of(gate)),
    ...peerGatesOf(gates, of),
    ...deletionOf(metadata),
    graceSeconds: spec.number('terminationGracePeriodSeconds', 30),
    endedByKubelet: isTrue('DisruptionTarget') && of('DisruptionTarget')?.text('reason', '') === 'TerminationByKubelet',
    preStops: spec.parts('containers').map(readPreStop),
    ...ownerOf(metadata),
  };
}

/** The pods of one workload carry the same labels: a large cluster keeps each value once. */
function internValues(labels: Record<string, string>): Record<string, string> {
  for (const key of Object.keys(labels)) labels[key] = intern(labels[key] ?? '');
  return labels;
}

const ownAnnotations = (annotations: Record<string, string>): Record<string, string> =>
  Object.fromEntries(Object.entries(annotations).filter(([key]) => key.startsWith(OWN_PREFIX)));

function addressesOf(status: Part): string[] {
  const all = status.parts('podIPs').flatMap((one) => one.text('ip', '') || []);
  const first = status.text('podIP', '');
  return all.length > 0 || first === '' ? all : [first];
}

function peerGatesOf(gates: string[], of: (type: string) => Part | undefined): Pick<Pod, 'peerGates'> {
  const theirs = gates.filter((type) => type.startsWith(PEER_GATE_PREFIX));
  if (theirs.length === 0) return {};
  return { peerGates: theirs.map((type) => ({ type, ...conditionOf('condition', of(type)) })) };
}

function conditionOf<Key extends string>(key: Key, condition: Part | undefined): { [K in Key]?: GateCondition } {
  if (condition === undefined) return {};
  const status = condition.oneOf('status', ['True', 'False', 'Unknown'], 'Unknown');
  const said = { reason: condition.text('reason', ''), message: condition.text('message', '') };
  return { [key]: { status, ...said, since: condition.text('lastTransitionTime', '') } } as {
    [K in Key]?: GateCondition;
  };
}

function deletionOf(metadata: Part): Pick<Pod, 'deletionTimestamp' | 'deletionGraceSeconds'> {
  if (!metadata.has('deletionTimestamp')) return {};
  return {
    deletionTimestamp: metadata.text('deletionTimestamp'),
    deletionGraceSeconds: metadata.number('deletionGracePeriodSeconds', 0),
  };
}

function ownerOf(metadata: Part): Pick<Pod, 'owner'> {
  const owner = metadata.parts('ownerReferences').find((one) => one.flag('controller', false));
  if (owner === undefined) return {};
  return {
    owner: { kind: intern(owner.text('kind', '')), name: intern(owner.text('name', '')), uid: owner.text('uid', '') },
  };
}

function readPreStop(container: Part): PreStop {
  const name = intern(container.text('name', ''));
  const lifecycle = container.part('lifecycle');
  if (!lifecycle.has('preStop')) return { container: name, kind: 'none', seconds: 0 };
  const preStop = lifecycle.part('preStop');
  if (preStop.has('sleep'))
    return { container: name, kind: 'sleep', seconds: preStop.part('sleep').number('seconds', 0) };
  const seconds = preStop.has('exec') ? sleepIn(preStop.part('exec').texts('command')) : undefined;
  if (seconds === undefined) return { container: name, kind: 'unknown', seconds: 0 };
  return { container: name, kind: 'exec', seconds };
}

/** `sleep 10`, also through a shell: `sh -c "sleep 10"`; any other command has no length we could know. */
function sleepIn(command: string[]): number | undefined {
  const words = command.length === 3 && command[1] === '-c' ? (command[2] ?? '').trim() : command.join(' ');
  const found = /^(?:\S*\/)?sleep (\d+(?:\.\d+)?)s?$/.exec(words);
  return found ? Number(found[1]) : undefined;
}
