import { nameFor } from '../api/controller.ts';
import { DRAIN, GATE, INJECTED } from '../api/pod.ts';
import { type DrainLine, matchesLine, parseLine } from './drain/line.ts';

/** An operation of a JSON patch (RFC 6902). */
export type PatchOperation = { op: 'add' | 'replace'; path: string; value: unknown };

type Probe = { terminationGracePeriodSeconds?: number };

type Container = {
  name: string;
  lifecycle?: { preStop?: { sleep?: { seconds?: number } } };
  livenessProbe?: Probe;
  startupProbe?: Probe;
};

/** The part of a pod, as the API server sends it, that decides what is injected. */
export type PodManifest = {
  metadata: { labels?: Record<string, string>; annotations?: Record<string, string> };
  spec: {
    restartPolicy?: string;
    terminationGracePeriodSeconds?: number;
    readinessGates?: { conditionType: string }[];
    containers: Container[];
    initContainers?: Container[];
  };
};

const GRACE_SECONDS = 30; // of a pod that names none
const MIRROR = 'kubernetes.io/config.mirror';

/**
 * What gate, sleep and grace the drain lines write into a pod that is being created: the same as the admission policy
 * (src/admission/policy.ts), expression by expression. Nothing where no line selects the pod, and nothing the second time.
 */
export function injectPod(pod: PodManifest, lines: Record<string, string>[], controllerId?: string): PatchOperation[] {
  if (!mayTouch(pod)) return [];
  const labels = pod.metadata.labels ?? {};
  const matching = lines
    .flatMap((of) => Object.values(of))
    .flatMap((text) => parseLine(text) ?? [])
    .filter((line) => matchesLine(line, labels));
  return [...gateOf(pod, matching, nameFor(GATE, controllerId)), ...drainOf(pod, matching)];
}

function mayTouch({ metadata, spec }: PodManifest): boolean {
  const { annotations = {} } = metadata;
  return (
    (spec.restartPolicy ?? 'Always') === 'Always' &&
    (spec.terminationGracePeriodSeconds ?? GRACE_SECONDS) > 0 &&
    !Object.hasOwn(annotations, MIRROR) &&
    annotations[DRAIN] !== 'off'
  );
}

function gateOf({ spec }: PodManifest, lines: DrainLine[], conditionType: string): PatchOperation[] {
  const gates = spec.readinessGates;
  const has = gates?.some((gate) => gate.conditionType === conditionType) ?? false;
  if (has || !lines.some(({ gate }) => gate)) return [];
  const gate = { conditionType };
  return [
    gates === undefined
      ? { op: 'add', path: '/spec/readinessGates', value: [gate] }
      : { op: 'add', path: '/spec/readinessGates/-', value: gate },
  ];
}

/** `grace` is the pod author's, `targets` are the containers that carry our sleep. */
type Drain = { sleep: number; grace: number; targets: Container[]; preserve: boolean };

function drainOf(pod: PodManifest, lines: DrainLine[]): PatchOperation[] {
  if (lines.length === 0) return [];
  const before = injectedBefore(pod);
  const sleep = Math.max(before.seconds, ...lines.map(({ preStop }) => preStop));
  const targets = pod.spec.containers.filter((container) => isOurs(container, before));
  if (sleep === 0 || targets.length === 0) return [];
  const preserve = lines.some(({ preStop, liveness }) => preStop > 0 && liveness === 'preserve');
  const drain = { sleep, grace: before.grace, targets, preserve };
  return [...annotationsOf(pod, drain), ...graceOf(pod, drain), ...containersOf(pod, drain)];
}

type Before = { seconds: number; grace: number; containers: string[] };

/** What an earlier evaluation wrote: as webhook or policy, on reinvocation, or into the pod this one was copied from. */
function injectedBefore({ metadata, spec }: PodManifest): Before {
  const { annotations = {} } = metadata;
  const noted = annotations[INJECTED.preStopSeconds] ?? '';
  const seconds = /^[0-9]{1,4}$/.test(noted) ? Number(noted) : 0;
  const grace = spec.terminationGracePeriodSeconds ?? GRACE_SECONDS;
  const author = annotations[INJECTED.appGraceSeconds] ?? '';
  // Only as long as the grace is still the sum that was made of it: whoever wrote another one since is the author.
  const holds = /^[1-9][0-9]{0,5}$/.test(author) && grace === Number(author) + seconds;
  return {
    seconds,
    grace: holds ? Number(author) : grace,
    containers: seconds > 0 ? (annotations[INJECTED.containers] ?? '').split(',') : [],
  };
}

function isOurs({ name, lifecycle }: Container, before: Before): boolean {
  const preStop = lifecycle?.preStop;
  if (preStop === undefined || preStop === null) return true;
  return before.containers.includes(name) && preStop.sleep?.seconds === before.seconds;
}

function annotationsOf({ metadata }: PodManifest, { sleep, grace, targets }: Drain): PatchOperation[] {
  const wanted: Record<string, string> = {
    [INJECTED.appGraceSeconds]: String(grace),
    [INJECTED.preStopSeconds]: String(sleep),
    [INJECTED.containers]: targets.map(({ name }) => name).join(','),
  };
  const { annotations } = metadata;
  if (annotations === undefined) return [{ op: 'add', path: '/metadata/annotations', value: wanted }];
  return Object.entries(wanted)
    .filter(([key, value]) => annotations[key] !== value)
    .map(([key, value]) => ({ op: 'add', path: `/metadata/annotations/${key.replace('/', '~1')}`, value }));
}

function graceOf({ spec }: PodManifest, { sleep, grace }: Drain): PatchOperation[] {
  if (spec.terminationGracePeriodSeconds === grace + sleep) return [];
  return [{ op: 'add', path: '/spec/terminationGracePeriodSeconds', value: grace + sleep }];
}

function containersOf({ spec }: PodManifest, drain: Drain): PatchOperation[] {
  const at = (list: string, containers: Container[] = []) =>
    containers.flatMap((container, index) => [
      ...sleepOf(container, drain, `/spec/${list}/${index}/lifecycle`),
      ...probesOf(container, drain, `/spec/${list}/${index}`),
    ]);
  return [...at('containers', spec.containers), ...at('initContainers', spec.initContainers)];
}

function sleepOf(container: Container, { sleep, targets }: Drain, path: string): PatchOperation[] {
  const { lifecycle } = container;
  if (!targets.includes(container) || lifecycle?.preStop?.sleep?.seconds === sleep) return [];
  const preStop = { sleep: { seconds: sleep } };
  if (lifecycle === undefined || lifecycle === null) return [{ op: 'add', path, value: { preStop } }];
  return [{ op: 'add', path: `${path}/preStop`, value: preStop }];
}

/** A container that fails its probe is restarted within the author's grace, as before. */
function probesOf(container: Container, { grace, preserve }: Drain, path: string): PatchOperation[] {
  if (!preserve) return [];
  const probes = ['livenessProbe', 'startupProbe'] as const;
  return probes.flatMap((name) => {
    const probe = container[name];
    if (!probe || probe.terminationGracePeriodSeconds !== undefined) return [];
    return [{ op: 'add' as const, path: `${path}/${name}/terminationGracePeriodSeconds`, value: grace }];
  });
}
