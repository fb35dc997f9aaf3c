import type { KubeObject } from '../../../kube/api.ts';
import { at, items, part } from './rules/rules.ts';
import { type Json, textOf } from './schema/schema.ts';

/** One column of `kubectl get`; `wide` ones only show with `-o wide`. */
export type Column = {
  name: string;
  type: 'string' | 'integer' | 'date' | 'boolean' | 'number';
  format?: string;
  description?: string;
  wide?: boolean;
  cell: (object: KubeObject, now: number) => unknown;
};

type Cell = Column['cell'];

const column = (name: string, cell: Cell, wide = false): Column => ({
  name,
  type: 'string',
  cell,
  ...(wide && { wide }),
});
const path =
  (where: string, missing: unknown = ''): Cell =>
  (object) =>
    at(object, where) ?? missing;
const count =
  (where: string): Cell =>
  (object) =>
    Object.keys(part(object, where)).length;

export const NAME: Column = { ...column('Name', path('metadata.name')), format: 'name' };
export const AGE: Column = column('Age', (object, now) => age(object.metadata.creationTimestamp, now));

/** How long ago, as kubectl writes it: 45s, 3m20s, 5h12m, 2d3h, 12d. */
export function age(since: string | undefined, now: number): string {
  if (!since) return '<unknown>';
  const seconds = Math.max(0, Math.floor((now - Date.parse(since)) / 1000));
  if (seconds < 120) return `${seconds}s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 10) return pair(minutes, 'm', `${seconds % 60}s`);
  const hours = Math.floor(minutes / 60);
  if (hours < 3) return `${minutes}m`;
  const days = Math.floor(hours / 24);
  if (hours < 8) return pair(hours, 'h', `${minutes % 60}m`);
  if (hours < 48) return `${hours}h`;
  return days < 8 ? pair(days, 'd', `${hours % 24}h`) : `${days}d`;
}

const pair = (value: number, unit: string, rest: string): string =>
  `${value}${unit}${rest.startsWith('0') ? '' : rest}`;

const joined = (values: unknown[], missing = '<none>'): string =>
  values
    .filter((value) => value !== undefined)
    .map(textOf)
    .join(',') || missing;
const pairs = (value: unknown): string =>
  joined(Object.entries(part({ value }, 'value')).map(([key, one]) => `${key}=${textOf(one)}`));
const images: Cell = (object) => joined(items(object, 'spec.template.spec.containers').map((one) => one.image));
const containers: Cell = (object) => joined(items(object, 'spec.template.spec.containers').map((one) => one.name));
const selector: Cell = (object) => pairs(at(object, 'spec.selector.matchLabels'));

function podReady(pod: KubeObject): string {
  const statuses = items(pod, 'status.containerStatuses');
  return `${statuses.filter((one) => one.ready).length}/${items(pod, 'spec.containers').length}`;
}

function podStatus(pod: KubeObject): unknown {
  if (pod.metadata.deletionTimestamp) return 'Terminating';
  const reasons = items(pod, 'status.containerStatuses').flatMap((one) => {
    const state = part(one, 'state');
    return [part(state, 'waiting').reason, part(state, 'terminated').reason].filter(Boolean);
  });
  return at(pod, 'status.reason') ?? reasons[0] ?? at(pod, 'status.phase') ?? 'Unknown';
}

const restarts: Cell = (pod) =>
  String(items(pod, 'status.containerStatuses').reduce((sum, one) => sum + Number(one.restartCount ?? 0), 0));

function readinessGates(pod: KubeObject): string {
  const gates = items(pod, 'spec.readinessGates').map((one) => one.conditionType);
  if (gates.length === 0) return '<none>';
  const conditions = items(pod, 'status.conditions');
  const open = gates.filter((gate) => conditions.some((one) => one.type === gate && one.status === 'True'));
  return `${open.length}/${gates.length}`;
}

function externalIp(service: KubeObject): string {
  const type = at(service, 'spec.type');
  if (type === 'ExternalName') return String(at(service, 'spec.externalName'));
  const addresses = items(service, 'status.loadBalancer.ingress').map((one) => one.hostname ?? one.ip);
  const external = (at(service, 'spec.externalIPs') ?? []) as unknown[];
  return joined([...addresses, ...external], type === 'LoadBalancer' ? '<pending>' : '<none>');
}

const servicePorts: Cell = (service) =>
  joined(
    items(service, 'spec.ports').map(
      (one) => `${textOf(one.port)}${one.nodePort ? `:${textOf(one.nodePort)}` : ''}/${textOf(one.protocol)}`,
    ),
  );

function ingressHosts(ingress: KubeObject): string {
  const hosts = items(ingress, 'spec.rules').map((one) => one.host || '*');
  const [first, second, third, ...more] = hosts;
  return hosts.length === 0
    ? '*'
    : joined([first, second, third]) + (more.length > 0 ? ` + ${more.length} more...` : '');
}

function nodeStatus(node: KubeObject): string {
  const ready = items(node, 'status.conditions').find((one) => one.type === 'Ready');
  const base = ready ? (ready.status === 'True' ? 'Ready' : 'NotReady') : 'Unknown';
  return at(node, 'spec.unschedulable') ? `${base},SchedulingDisabled` : base;
}

const nodeAddress =
  (type: string): Cell =>
  (node) =>
    items(node, 'status.addresses').find((one) => one.type === type)?.address ?? '<none>';

const nodeRoles: Cell = (node) =>
  joined(
    Object.keys(node.metadata.labels ?? {})
      .filter((key) => key.startsWith('node-role.kubernetes.io/'))
      .map((key) => key.slice(24)),
  );

function sliceEndpoints(slice: KubeObject): string {
  const addresses = items(slice, 'endpoints').flatMap((one) => one.addresses as string[]);
  const shown = addresses.slice(0, 3).join(',');
  return addresses.length === 0
    ? '<unset>'
    : shown + (addresses.length > 3 ? ` + ${addresses.length - 3} more...` : '');
}

function eventAge(event: KubeObject, now: number): string {
  const last =
    at(event, 'series.lastObservedTime') ?? event.lastTimestamp ?? event.deprecatedLastTimestamp ?? event.eventTime;
  return age((last as string | null | undefined) ?? event.metadata.creationTimestamp, now);
}

const eventSubject: Cell = (event) => {
  const about = (event.involvedObject ?? event.regarding ?? {}) as Json;
  return `${textOf(about.kind).toLowerCase()}/${textOf(about.name)}`;
};

const readyOf =
  (wanted: string): Cell =>
  (object) =>
    `${textOf(at(object, 'status.readyReplicas') ?? 0)}/${textOf(at(object, wanted) ?? 0)}`;

/** Kind -> its columns; a kind that is not here shows name and age. */
export const COLUMNS: Record<string, readonly Column[]> = {
  Pod: [
    NAME,
    column('Ready', podReady),
    column('Status', podStatus),
    column('Restarts', restarts),
    AGE,
    column('IP', path('status.podIP', '<none>'), true),
    column('Node', path('spec.nodeName', '<none>'), true),
    column('Nominated Node', path('status.nominatedNodeName', '<none>'), true),
    column('Readiness Gates', readinessGates, true),
  ],
  Service: [
    NAME,
    column('Type', path('spec.type')),
    column('Cluster-IP', path('spec.clusterIP', '<none>')),
    column('External-IP', externalIp),
    column('Port(s)', servicePorts),
    AGE,
    column('Selector', (service) => pairs(at(service, 'spec.selector')), true),
  ],
  Ingress: [
    NAME,
    column(
      'Class',
      (ingress) =>
        at(ingress, 'spec.ingressClassName') ??
        ingress.metadata.annotations?.['kubernetes.io/ingress.class'] ??
        '<none>',
    ),
    column('Hosts', ingressHosts),
    column('Address', (ingress) =>
      joined(
        items(ingress, 'status.loadBalancer.ingress').map((one) => one.hostname ?? one.ip),
        '',
      ),
    ),
    column('Ports', (ingress) => (items(ingress, 'spec.tls').length > 0 ? '80, 443' : '80')),
    AGE,
  ],
  IngressClass: [
    NAME,
    column('Controller', path('spec.controller')),
    column('Parameters', (one) => {
      const to = part(one, 'spec.parameters');
      return to.kind
        ? `${textOf(to.kind)}${to.apiGroup ? `.${textOf(to.apiGroup)}` : ''}/${textOf(to.name)}`
        : '<none>';
    }),
    AGE,
  ],
  Deployment: [
    NAME,
    column('Ready', readyOf('spec.replicas')),
    column('Up-to-date', path('status.updatedReplicas', 0)),
    column('Available', path('status.availableReplicas', 0)),
    AGE,
    column('Containers', containers, true),
    column('Images', images, true),
    column('Selector', selector, true),
  ],
  ReplicaSet: [
    NAME,
    column('Desired', path('spec.replicas', 0)),
    column('Current', path('status.replicas', 0)),
    column('Ready', path('status.readyReplicas', 0)),
    AGE,
    column('Containers', containers, true),
    column('Images', images, true),
    column('Selector', selector, true),
  ],
  Node: [
    NAME,
    column('Status', nodeStatus),
    column('Roles', nodeRoles),
    AGE,
    column('Version', path('status.nodeInfo.kubeletVersion')),
    column('Internal-IP', nodeAddress('InternalIP'), true),
    column('External-IP', nodeAddress('ExternalIP'), true),
    column('OS-Image', path('status.nodeInfo.osImage', '<unknown>'), true),
    column('Kernel-Version', path('status.nodeInfo.kernelVersion', '<unknown>'), true),
    column('Container-Runtime', path('status.nodeInfo.containerRuntimeVersion', '<unknown>'), true),
  ],
  Namespace: [NAME, column('Status', path('status.phase')), AGE],
  ConfigMap: [NAME, column('Data', (map) => Number(count('data')(map, 0)) + Number(count('binaryData')(map, 0))), AGE],
  Secret: [NAME, column('Type', path('type')), column('Data', count('data')), AGE],
  ServiceAccount: [NAME, column('Secrets', (one) => items(one, 'secrets').length), AGE],
  Endpoints: [
    NAME,
    column('Endpoints', (one) => joined(items(one, 'subsets').flatMap((s) => items(s, 'addresses').map((a) => a.ip)))),
    AGE,
  ],
  EndpointSlice: [
    NAME,
    column('AddressType', path('addressType')),
    column('Ports', (slice) =>
      joined(
        items(slice, 'ports').map((one) => one.port),
        '<unset>',
      ),
    ),
    column('Endpoints', sliceEndpoints),
    AGE,
  ],
  Lease: [NAME, column('Holder', path('spec.holderIdentity')), AGE],
  PodDisruptionBudget: [
    NAME,
    column('Min Available', path('spec.minAvailable', 'N/A')),
    column('Max Unavailable', path('spec.maxUnavailable', 'N/A')),
    column('Allowed Disruptions', path('status.disruptionsAllowed', 0)),
    AGE,
  ],
  CustomResourceDefinition: [NAME, column('Created At', path('metadata.creationTimestamp'))],
  MutatingWebhookConfiguration: [NAME, column('Webhooks', (one) => items(one, 'webhooks').length), AGE],
  ValidatingWebhookConfiguration: [NAME, column('Webhooks', (one) => items(one, 'webhooks').length), AGE],
  Event: [
    column('Last Seen', eventAge),
    column('Type', path('type')),
    column('Reason', path('reason')),
    column('Object', eventSubject),
    column('Subobject', path('involvedObject.fieldPath'), true),
    column(
      'Source',
      (event) => at(event, 'source.component') ?? event.reportingComponent ?? event.reportingController ?? '',
      true,
    ),
    column('Message', (event) => event.message ?? event.note ?? ''),
    column('Count', (event) => at(event, 'series.count') ?? event.count ?? event.deprecatedCount ?? 1, true),
    { ...column('Name', path('metadata.name'), true), format: 'name' },
  ],
};
