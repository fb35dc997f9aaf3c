import { isDeepStrictEqual } from 'node:util';
import type { KubeObject } from '../../../../kube/api.ts';
import { type Json, textOf } from '../schema/schema.ts';
import { type Cause, duplicate, prohibited, required, wrong } from '../status.ts';
import { checkName } from './names.ts';
import { at, items, part, type Rules, setDefault } from './rules.ts';

export const podRules: Rules = {
  complete(pod, around) {
    completePodSpec(part(pod, 'spec'));
    if (around.old) return;
    setDefault(part(pod, 'spec'), 'enableServiceLinks', true);
    setDefault(part(pod, 'spec'), 'preemptionPolicy', 'PreemptLowerPriority');
    setDefault(part(pod, 'spec'), 'priority', 0);
    addTolerations(part(pod, 'spec'));
    pod.status = { ...part(pod, 'status'), phase: at(pod, 'status.phase') ?? 'Pending', qosClass: qosClass(pod) };
  },
  validate: (pod) => checkPodSpec(part(pod, 'spec'), 'spec'),
  validateChange: checkPodChange,
};

/** Every new pod bears a node's loss for five minutes. */
function addTolerations(spec: Json): void {
  const tolerations = (spec.tolerations ?? []) as Json[];
  for (const key of ['node.kubernetes.io/not-ready', 'node.kubernetes.io/unreachable']) {
    if (tolerations.some((one) => one.key === key || (!one.key && one.operator === 'Exists'))) continue;
    tolerations.push({ key, operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 300 });
  }
  spec.tolerations = tolerations;
}

/** The defaults of a pod or a pod template that depend on other fields. */
export function completePodSpec(spec: Json): void {
  for (const container of allContainers(spec)) {
    if (container.imagePullPolicy === undefined) container.imagePullPolicy = pullPolicy(textOf(container.image));
    for (const port of items(container, 'ports'))
      if (spec.hostNetwork) setDefault(port, 'hostPort', port.containerPort);
    completeRequests(container);
  }
  for (const volume of items(spec, 'volumes')) {
    if (Object.keys(volume).length === 1) volume.emptyDir = {};
  }
  if (spec.serviceAccountName) setDefault(spec, 'serviceAccount', spec.serviceAccountName);
}

/** A limit without a request is the request too. */
function completeRequests(container: Json): void {
  const limits = part(container, 'resources.limits');
  if (Object.keys(limits).length === 0) return;
  const resources = part(container, 'resources');
  resources.requests = { ...limits, ...part(container, 'resources.requests') };
}

const allContainers = (spec: Json): Json[] => [...items(spec, 'initContainers'), ...items(spec, 'containers')];

function pullPolicy(image: string): string {
  const tail = image.slice(image.lastIndexOf('/') + 1);
  return tail.endsWith(':latest') || !/[:@]/.test(tail) ? 'Always' : 'IfNotPresent';
}

function qosClass(pod: KubeObject): string {
  const containers = allContainers(part(pod, 'spec'));
  const sized = containers.map((one) => ({
    limits: part(one, 'resources.limits'),
    requests: part(one, 'resources.requests'),
  }));
  if (sized.every((one) => empty(one.limits) && empty(one.requests))) return 'BestEffort';
  const exact = sized.every((one) =>
    ['cpu', 'memory'].every(
      (name) => one.limits[name] !== undefined && isDeepStrictEqual(one.limits[name], one.requests[name]),
    ),
  );
  return exact ? 'Guaranteed' : 'Burstable';
}

const empty = (value: Json): boolean => Object.keys(value).length === 0;

export function checkPodSpec(spec: Json, path: string): Cause[] {
  const causes = ['initContainers', 'containers'].flatMap((field) =>
    items(spec, field).flatMap((container, i) => checkContainer(container, `${path}.${field}[${i}]`, spec)),
  );
  if (Array.isArray(spec.containers) && spec.containers.length === 0) causes.push(required(`${path}.containers`));
  return causes;
}

function checkContainer(container: Json, path: string, spec: Json): Cause[] {
  const causes: Cause[] = [];
  if (container.name) causes.push(...checkName(textOf(container.name), 'label', `${path}.name`));
  if (!container.image) causes.push(required(`${path}.image`));
  const volumes = new Set(items(spec, 'volumes').map((one) => one.name));
  items(container, 'volumeMounts').forEach((mount, i) => {
    if (!volumes.has(mount.name))
      causes.push({
        ...wrong(`${path}.volumeMounts[${i}].name`, mount.name, ''),
        message: `Not found: ${JSON.stringify(mount.name)}`,
      });
  });
  return [...causes, ...checkPorts(container, path), ...checkPreStop(container, path, spec)];
}

function checkPorts(container: Json, path: string): Cause[] {
  const names = items(container, 'ports').map((port) => port.name);
  return names.flatMap((name, i) => {
    if (name === undefined) return [];
    const field = `${path}.ports[${i}].name`;
    if (names.indexOf(name) !== i) return [duplicate(field, name)];
    const fits = /^(?!.*--)[a-z0-9]([-a-z0-9]{0,13}[a-z0-9])?$/.test(textOf(name)) && /[a-z]/.test(textOf(name));
    return fits
      ? []
      : [
          wrong(
            field,
            name,
            'must be at most 15 lower case alphanumeric characters or single hyphens with at least one letter',
          ),
        ];
  });
}

/** A native sleep must fit into the grace period. */
function checkPreStop(container: Json, path: string, spec: Json): Cause[] {
  const seconds = at(container, 'lifecycle.preStop.sleep.seconds');
  const grace = Number(spec.terminationGracePeriodSeconds ?? 30);
  if (typeof seconds !== 'number' || (seconds >= 0 && seconds <= grace)) return [];
  const why = `must be greater than or equal to 0 and less than or equal to terminationGracePeriodSeconds (${grace})`;
  return [wrong(`${path}.lifecycle.preStop.sleep`, seconds, why)];
}

const CHANGEABLE =
  'pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)';

function checkPodChange(pod: KubeObject, old: KubeObject): Cause[] {
  return isDeepStrictEqual(fixedSpec(pod), fixedSpec(old)) ? [] : [prohibited('spec', CHANGEABLE)];
}

function fixedSpec(pod: KubeObject): Json {
  const spec = structuredClone(part(pod, 'spec'));
  for (const container of allContainers(spec)) delete container.image;
  for (const name of ['activeDeadlineSeconds', 'tolerations', 'schedulingGates']) delete spec[name];
  return spec;
}
