import { nameFor } from '../../api/controller.ts';
import { DRAIN, GATE, INJECTED } from '../../api/pod.ts';
import type { Pod, PreStop } from '../../cluster/objects.ts';
import { compareText } from '../canonical.ts';
import { effectivePreStop } from './budget.ts';

/** What the pods of a target group are held to. */
export type Demand = {
  /** Seconds that all containers of a pod must go on serving after its deletion. */
  seconds: number;
  /** Whether each carries the readiness gate. */
  gate: boolean;
  /** Of the operator whose gate that is. */
  controllerId?: string;
  /** Since when the drain line asks for that, RFC 3339; absent where there is no line. */
  since?: string;
};

/** Why a pod has less than it needs; the label of the metric. */
type LackReason =
  | 'MirrorPod'
  | 'OptedOut'
  | 'RestartPolicy'
  | 'NoGrace'
  | 'ShortPreStop'
  | 'ShortGrace'
  | 'OlderThanLine'
  | 'NotInjected'
  | 'NoGate';

export type Lack = { reason: LackReason; message: string };

/** A new line reaches the API server's admission a moment after it was written. */
const LINE_SEEN_MS = 5_000;

/** What one pod lacks; undefined where its budget suffices. */
export function lackOf(pod: Pod, demand: Demand): Lack | undefined {
  const serves = Math.min(effectivePreStop(pod), pod.graceSeconds);
  if (serves >= demand.seconds) return gateLack(pod, demand);
  const need = `need ${demand.seconds}`;
  const untouched = whyUntouched(pod);
  const hook = pod.preStops.find(({ seconds }) => seconds < demand.seconds);
  if (untouched) return { ...untouched, message: [need, untouched.message, ...sentences(hook)].join(', ') };
  const own = pod.preStops.find((one) => one.seconds < demand.seconds && isOwn(one, pod));
  if (own) return { reason: 'ShortPreStop', message: [need, ...sentences(own)].join(', ') };
  if (isOlder(pod, demand)) return older;
  if (hook) return { reason: 'NotInjected', message: [need, ...sentences(hook)].join(', ') };
  return {
    reason: 'ShortGrace',
    message: `${need}, terminationGracePeriodSeconds ${pod.graceSeconds} ends the preStop before`,
  };
}

function gateLack(pod: Pod, demand: Demand): Lack | undefined {
  if (!demand.gate || pod.gated) return undefined;
  if (whyUntouched(pod) === undefined && isOlder(pod, demand)) return older;
  const why = whyUntouched(pod)?.message;
  return {
    reason: 'NoGate',
    message: [`no readiness gate ${nameFor(GATE, demand.controllerId)}`, ...(why ? [why] : [])].join(', '),
  };
}

const older: Lack = { reason: 'OlderThanLine', message: '' };

/** Why nothing is ever injected into a pod; its own preStop may still suffice. */
function whyUntouched(pod: Pod): Lack | undefined {
  const { annotations, restartPolicy, graceSeconds, owner } = pod;
  if (owner?.kind === 'Node') return { reason: 'MirrorPod', message: 'its node runs it from a file of its own' };
  if (annotations[DRAIN] === 'off') return { reason: 'OptedOut', message: `opted out by ${DRAIN}=off` };
  if (restartPolicy !== 'Always') return { reason: 'RestartPolicy', message: `restartPolicy is ${restartPolicy}` };
  return graceSeconds === 0
    ? { reason: 'NoGrace', message: 'terminationGracePeriodSeconds is 0, so that it ends at once' }
    : undefined;
}

/** Whether the hook is its author's, not one that was injected. */
function isOwn({ container, kind }: PreStop, { annotations }: Pod): boolean {
  const injected = (annotations[INJECTED.containers] ?? '').split(',');
  return kind !== 'none' && !(kind === 'sleep' && injected.includes(container));
}

function sentences(hook: PreStop | undefined): string[] {
  if (hook === undefined) return [];
  const what: Record<PreStop['kind'], string> = {
    none: 'no preStop',
    sleep: `preStop sleep ${hook.seconds}`,
    exec: `exec preStop ${hook.seconds}`,
    unknown: 'a preStop of unknown length',
  };
  return [`container ${hook.container} has ${what[hook.kind]}`];
}

const isOlder = ({ created }: Pod, { since }: Demand): boolean =>
  since !== undefined && Date.parse(created) < Date.parse(since) + LINE_SEEN_MS;

export type Audit = {
  condition: { status: 'True' | 'False'; reason: 'Sufficient' | 'Insufficient'; message: string };
  lacks: { pod: Pod; lack: Lack }[];
};

/** What the pods of a target group lack, and how that reads on its object. */
export function auditPods(pods: readonly Pod[], demand: Demand): Audit {
  const lacks = pods.flatMap((pod) => {
    const lack = lackOf(pod, demand);
    return lack === undefined ? [] : [{ pod, lack }];
  });
  if (lacks.length === 0) {
    const message =
      pods.length === 0
        ? 'no pods'
        : `need ${demand.seconds}, and ${countOf(pods.length)} ${pods.length === 1 ? 'has' : 'have'} it`;
    return { condition: { status: 'True', reason: 'Sufficient', message }, lacks };
  }
  return { condition: { status: 'False', reason: 'Insufficient', message: summaryOf(lacks) }, lacks };
}

/** Messages that are told; of more the number. */
const TOLD = 3;

function summaryOf(lacks: Audit['lacks']): string {
  const byMessage = Map.groupBy(lacks, ({ lack }) => lack.message);
  // What heals by itself comes last.
  const sorted = [...byMessage].toSorted(([a], [b]) => Number(a === '') - Number(b === '') || compareText(a, b));
  const told = sorted
    .slice(0, TOLD)
    .map(([message, of]) => `${message || olderMessage(of.length)}${howMany(message, of)}`);
  const rest = sorted.length - told.length;
  return [...told, ...(rest > 0 ? [`and ${rest} more`] : [])].join('; ');
}

const olderMessage = (pods: number): string =>
  `${countOf(pods)} older than the drain line; the next rollout replaces ${pods === 1 ? 'it' : 'them'}`;

/** `1 pod`, `3 pods`. */
export const countOf = (pods: number): string => (pods === 1 ? '1 pod' : `${pods} pods`);

/** Of several pods the number; where they belong to several workloads, of each. */
function howMany(message: string, lacks: Audit['lacks']): string {
  const byWorkload = Map.groupBy(lacks, ({ pod }) => workloadOf(pod));
  if (byWorkload.size < 2) return message === '' || lacks.length === 1 ? '' : ` (${countOf(lacks.length)})`;
  const each = [...byWorkload].map(([workload, of]) => `${workload}: ${of.length}`);
  return ` (${each.toSorted(compareText).join(', ')})`;
}

/** Who made the pod, for example `Deployment web`. */
export function workloadOf({ owner, name, labels }: Pod): string {
  if (owner === undefined) return `pod ${name}`;
  const hash = labels['pod-template-hash'];
  const made = owner.kind === 'ReplicaSet' && hash !== undefined && owner.name.endsWith(`-${hash}`);
  return made ? `Deployment ${owner.name.slice(0, -hash.length - 1)}` : `${owner.kind} ${owner.name}`;
}
