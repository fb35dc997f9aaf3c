import { hasClosedGate, keyOf, type Service, selects } from '../../../cluster/objects.ts';
import { nameFor } from '../../../api/controller.ts';
import { GATE } from '../../../api/pod.ts';
import { nearest } from '../../../nearest.ts';
import { isLeaving } from '../../leaving.ts';
import type { ContainerView, PodView, ReplicaSetView, WayFacts } from '../facts.ts';
import { type Finding, found } from '../findings.ts';

/** Whether there are pods behind the Services of the way, and what keeps them from being ready. */
export function checkServices(facts: WayFacts): Finding[] {
  const named = facts.services.filter(({ name }) => facts.backends.includes(name));
  return named.flatMap((service) => checkService(service, facts));
}

function checkService(service: Service, facts: WayFacts): Finding[] {
  if (Object.keys(service.selector).length === 0) return [];
  const pods = facts.pods.filter((pod) => selects(service, pod.labels) && !isLeaving(pod));
  if (pods.length === 0) return [whyNoPod(service, facts)];
  const some = pods.some(({ ready }) => ready);
  const { subject } = facts;
  const asked = subject.kind === 'pod' ? pods.filter(({ name }) => name === subject.name) : pods;
  const unready = asked.filter(({ ready }) => !ready).map((pod) => whyNotReady(pod, facts.controllerId));
  // A rollout has pods that are not ready yet: while others are, that is no news for those who ask for the Service.
  return some && subject.kind !== 'pod' ? unready.map((one) => ({ ...one, severity: 'notice' as const })) : unready;
}

function whyNoPod(service: Service, { pods, replicaSets }: WayFacts): Finding {
  const makers = replicaSets.filter((one) => selects(service, one.labels));
  const [failed] = makers.filter(({ failure }) => failure !== undefined);
  if (failed !== undefined) return whyNotMade(service, failed);
  const of = `Service ${keyOf(service)}`;
  if (makers.length > 0 && makers.every(({ wanted }) => wanted === 0))
    return found('ScaledToZero', `${of}: what makes its pods, ReplicaSet ${makers[0]?.name}, is scaled to 0`);
  if (makers.length > 0) return found('PodsNotCreated', `${of}: ReplicaSet ${makers[0]?.name} has made no pod yet`);
  const labels = [...pods, ...replicaSets].map((one) => one.labels);
  const hint = nearestLabels(service.selector, labels);
  const near = hint === undefined ? '' : `; nearest is ${hint}`;
  return found(
    'NoPodSelected',
    `${of} selects ${textOf(service.selector)}, and no pod of its namespace has these labels${near}`,
  );
}

function whyNotMade({ namespace }: Service, { name, failure = '' }: ReplicaSetView): Finding {
  const quota = /exceeded quota: .*/.exec(failure)?.[0];
  const of = `ReplicaSet ${namespace}/${name}`;
  if (quota !== undefined) return found('PodQuotaExceeded', `${of} may create no pod: ${quota}`);
  return found('PodsNotCreated', `${of}: ${failure}`);
}

const textOf = (labels: Record<string, string>): string =>
  Object.entries(labels)
    .map(([key, value]) => `${key}=${value}`)
    .join(',');

/** The labels, of those there are, by which the selector would have found something. */
function nearestLabels(selector: Record<string, string>, all: Record<string, string>[]): string | undefined {
  const keys = Object.keys(selector);
  const present = all.filter((labels) => keys.some((key) => key in labels));
  const texts = present.map((labels) => textOf(Object.fromEntries(keys.flatMap((key) => pairOf(labels, key)))));
  return nearest(textOf(selector), texts) ?? texts[0];
}

const pairOf = (labels: Record<string, string>, key: string): [string, string][] =>
  labels[key] === undefined ? [] : [[key, labels[key]]];

function whyNotReady(pod: PodView, controllerId: string | undefined): Finding {
  const of = `pod ${keyOf(pod)}`;
  if (pod.unscheduled !== undefined) return found('PodUnscheduled', `${of}: ${pod.unscheduled}`);
  const container = pod.containers.find(({ ready }) => !ready);
  if (container !== undefined) return whyContainerNotReady(of, container);
  if (hasClosedGate(pod)) return closedGate(of, pod, nameFor(GATE, controllerId));
  return found('PodNotReady', `${of} is not ready: phase ${pod.phase}`);
}

function whyContainerNotReady(of: string, { name, running, waiting, probe }: ContainerView): Finding {
  if (waiting !== undefined)
    return found('ContainerWaits', `${of}: container ${name} waits: ${waiting.reason}${trailing(waiting.message)}`);
  if (!running) return found('ContainerWaits', `${of}: container ${name} does not run`);
  if (probe === undefined) return found('PodNotReady', `${of}: container ${name} is not ready`);
  const asked =
    probe.scheme === 'exec'
      ? 'by command'
      : `${probe.path === '' ? probe.scheme : `GET ${probe.path}`} on port ${probe.port}`;
  return found('ProbeFails', `${of}: container ${name} runs, and its readiness probe ${asked} does not succeed`);
}

const trailing = (text: string): string => (text === '' ? '' : `: ${text}`);

function closedGate(of: string, { gated, gate, peerGates = [] }: PodView, type: string): Finding {
  const closed = [...(gated ? [{ type, condition: gate }] : []), ...peerGates].filter(
    ({ condition }) => condition?.status !== 'True',
  );
  const [first] = closed;
  const { condition } = first ?? {};
  const why = condition === undefined ? 'its condition was never written' : `${condition.reason}: ${condition.message}`;
  return found('GateClosed', `${of}: readiness gate ${first?.type} is not open: ${why}`);
}
