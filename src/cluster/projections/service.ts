import { Invalid } from '../../errors.ts';
import type { KubeObject } from '../../kube/api.ts';
import type { Endpoint, EndpointSlice, Service, ServicePort } from '../objects.ts';
import type { Part } from './fields.ts';
import { intern } from './intern.ts';
import { readMeta, readObject } from './meta.ts';

const TYPES = ['ClusterIP', 'NodePort', 'LoadBalancer', 'ExternalName'] as const;
const PROTOCOLS = ['TCP', 'UDP', 'SCTP'] as const;
const SERVICE_NAME = 'kubernetes.io/service-name';

/** Keeps ports, families and traffic policy; what the API server would fill in reads as it would. */
export function projectService(object: KubeObject): Service {
  const { metadata, spec } = readObject(object);
  const healthCheckNodePort = spec.number('healthCheckNodePort', 0);
  return {
    ...readMeta(metadata),
    type: spec.oneOf('type', TYPES, 'ClusterIP'),
    headless: spec.text('clusterIP', '') === 'None',
    ipFamilies: readFamilies(spec),
    ports: spec.parts('ports').map(readPort),
    externalTrafficPolicy: spec.oneOf('externalTrafficPolicy', ['Cluster', 'Local'], 'Cluster'),
    ...(healthCheckNodePort > 0 ? { healthCheckNodePort } : {}),
    selector: spec.map('selector'),
    ...(spec.has('loadBalancerClass') ? { loadBalancerClass: spec.text('loadBalancerClass') } : {}),
  };
}

function readFamilies(spec: Part): Service['ipFamilies'] {
  const families = spec.texts('ipFamilies').filter((family) => family === 'IPv4' || family === 'IPv6');
  return families.length > 0 ? families : ['IPv4'];
}

function readPort(port: Part): ServicePort {
  const number = port.number('port');
  const nodePort = port.number('nodePort', 0);
  return {
    name: port.text('name', ''),
    port: number,
    protocol: port.oneOf('protocol', PROTOCOLS, 'TCP'),
    targetPort: readTargetPort(port) ?? number,
    ...(nodePort > 0 ? { nodePort } : {}),
  };
}

function readTargetPort(port: Part): number | string | undefined {
  const value = port.raw('targetPort') ?? undefined;
  if (value === undefined || typeof value === 'string') return value;
  const number = port.number('targetPort');
  return number === 0 ? undefined : number;
}

/** Drops labels and annotations: a large cluster has thousands of slices, and we ask for one label. */
export function projectEndpointSlice(object: KubeObject): EndpointSlice {
  const { root, metadata } = readObject(object);
  return {
    ...readMeta(metadata, ['labels', 'annotations']),
    service: intern(metadata.part('labels').text(SERVICE_NAME, '')),
    addressType: root.oneOf('addressType', ['IPv4', 'IPv6', 'FQDN']),
    ports: root.parts('ports').map((port) => ({
      name: port.text('name', ''),
      ...(port.has('port') ? { port: port.number('port') } : {}),
      protocol: intern(port.text('protocol', 'TCP')),
    })),
    endpoints: root.parts('endpoints').map(readEndpoint),
  };
}

// Unknown conditions read as the API says: ready is true, serving follows ready, terminating is false.
function readEndpoint(endpoint: Part): Endpoint {
  const conditions = endpoint.part('conditions');
  const ready = conditions.flag('ready', true);
  const addresses = endpoint.texts('addresses');
  if (addresses.length === 0) throw new Invalid(`${endpoint.path}.addresses`, 'wanted at least one, given none');
  return {
    addresses,
    ready,
    serving: conditions.flag('serving', ready),
    terminating: conditions.flag('terminating', false),
    ...(endpoint.has('nodeName') ? { node: intern(endpoint.text('nodeName')) } : {}),
    ...(endpoint.has('zone') ? { zone: intern(endpoint.text('zone')) } : {}),
    ...readPod(endpoint),
  };
}

function readPod(endpoint: Part): { pod?: NonNullable<Endpoint['pod']> } {
  if (!endpoint.has('targetRef')) return {};
  const target = endpoint.part('targetRef');
  if (target.text('kind', '') !== 'Pod') return {};
  const namespace = intern(target.text('namespace', ''));
  return { pod: { uid: target.text('uid', ''), namespace, name: target.text('name', '') } };
}
