import { transitionTime } from '../../../kube/write.ts';
import { type Condition, conditionOf, type ContainerStatus, type Pod, type PodStatus } from '../objects.ts';

/** What the kubelet knows of a pod. */
export type PodFacts = {
  pod: Pod;
  now: string;
  hostAddress: string;
  addresses: string[];
  startTime: string;
  containers: ContainerStatus[];
  sidecars: ContainerStatus[];
  /** Exit codes, when all containers have ended for good. */
  exitCodes?: number[];
  /** Why the kubelet itself ended the pod. */
  ended?: KubeletEnd;
};

/** An end that the kubelet decides on: the object is not deleted and becomes Failed. */
export type KubeletEnd = { reason: string; message: string };

type Wanted = Pick<Condition, 'type' | 'status'> & { reason?: string; message?: string };

/** The status a kubelet writes: phase, addresses, containers and the conditions that are its own. */
export function podStatus(facts: PodFacts): PodStatus {
  const { pod, hostAddress, addresses, startTime, containers, sidecars } = facts;
  return {
    phase: phaseOf(facts),
    hostIP: hostAddress,
    hostIPs: [{ ip: hostAddress }],
    ...(addresses[0] !== undefined && { podIP: addresses[0], podIPs: addresses.map((ip) => ({ ip })) }),
    startTime,
    // A real API server has decided already, and takes no other.
    qosClass: pod.status?.qosClass ?? 'BestEffort',
    ...(sidecars.length > 0 && { initContainerStatuses: sidecars }),
    containerStatuses: containers,
    ...endOf(facts),
    conditions: conditionsOf(facts).map((condition) => dated(pod, condition, facts.now)),
  };
}

/** Told only when nothing runs any more, as everything of a final phase (kubelet, `mergePodStatus`). */
const endOf = ({ ended, exitCodes }: PodFacts): Partial<KubeletEnd> =>
  ended === undefined || exitCodes === undefined ? {} : ended;

function phaseOf({ containers, exitCodes, ended }: PodFacts): string {
  if (exitCodes !== undefined && ended !== undefined) return 'Failed';
  if (exitCodes !== undefined) return exitCodes.every((code) => code === 0) ? 'Succeeded' : 'Failed';
  return containers.every(({ containerID }) => containerID !== undefined) ? 'Running' : 'Pending';
}

function conditionsOf(facts: PodFacts): Wanted[] {
  const containersReady = containersReadyOf(facts);
  return [
    { type: 'PodReadyToStartContainers', status: facts.exitCodes === undefined ? 'True' : 'False' },
    { type: 'Initialized', status: 'True', ...(facts.exitCodes !== undefined && { reason: 'PodCompleted' }) },
    readyOf(facts, containersReady),
    { ...containersReady, type: 'ContainersReady' },
    { type: 'PodScheduled', status: 'True' },
    ...disruptionOf(facts),
  ];
}

function disruptionOf({ ended, exitCodes }: PodFacts): Wanted[] {
  if (ended === undefined || exitCodes === undefined) return [];
  const { message } = ended;
  return [{ type: 'DisruptionTarget', status: 'True', reason: 'TerminationByKubelet', message }];
}

function containersReadyOf({ containers, sidecars, exitCodes, ended }: PodFacts): Omit<Wanted, 'type'> {
  if (ended === undefined && exitCodes?.every((code) => code === 0)) return { status: 'False', reason: 'PodCompleted' };
  if (exitCodes !== undefined) return { status: 'False', reason: 'PodFailed' };
  const unready = [...sidecars, ...containers].filter(({ ready }) => !ready).map(({ name }) => name);
  if (unready.length === 0) return { status: 'True' };
  const message = `containers with unready status: [${unready.join(' ')}]`;
  return { status: 'False', reason: 'ContainersNotReady', message };
}

/** Ready is ContainersReady and every readiness gate. */
function readyOf({ pod }: PodFacts, containersReady: Omit<Wanted, 'type'>): Wanted {
  if (containersReady.status !== 'True') return { ...containersReady, type: 'Ready' };
  const troubles = (pod.spec.readinessGates ?? []).flatMap(({ conditionType }) => gateTrouble(pod, conditionType));
  if (troubles.length === 0) return { type: 'Ready', status: 'True' };
  return { type: 'Ready', status: 'False', reason: 'ReadinessGatesNotReady', message: troubles.join(', ') };
}

function gateTrouble(pod: Pod, type: string): string[] {
  const status = conditionOf(pod, type)?.status;
  if (status === 'True') return [];
  if (status === undefined) return [`corresponding condition of pod readiness gate "${type}" does not exist.`];
  return [`the status of pod readiness gate "${type}" is not "True", but ${status}`];
}

function dated(pod: Pod, wanted: Wanted, now: string): Condition {
  return { ...wanted, lastTransitionTime: transitionTime(conditionOf(pod, wanted.type), wanted.status, now) };
}
