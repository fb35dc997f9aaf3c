import type { Endpoint, EndpointPort, Node, Pod, Service, ServicePort } from '../objects.ts';
import { isReady } from '../objects.ts';
import { canonicalJson } from './names.ts';

type Family = 'IPv4' | 'IPv6';
/** Endpoints that share their ports. */
export type EndpointGroup = { addressType: Family; ports: EndpointPort[]; endpoints: Endpoint[] };

export type Members = { pods: Pod[]; nodeOf: (name: string) => Node | undefined };

/** What the EndpointSlices of a Service should hold, one group for each address family and each set of port numbers. */
export function endpointGroups(service: Service, members: Members): EndpointGroup[] {
  const families = service.spec.ipFamilies ?? ['IPv4'];
  return families.flatMap((addressType) => groupsOf(service, members, addressType));
}

function groupsOf(service: Service, { pods, nodeOf }: Members, addressType: Family): EndpointGroup[] {
  const groups = new Map<string, EndpointGroup>(); // ports as JSON -> group
  for (const pod of pods) {
    const endpoint = endpointOf(service, pod, { addressType, nodeOf });
    if (endpoint === undefined) continue;
    const ports = portsOf(service, pod);
    const id = canonicalJson(ports);
    const group = groups.get(id) ?? { addressType, ports, endpoints: [] };
    group.endpoints.push(endpoint);
    groups.set(id, group);
  }
  // A Service without pods still has one slice, so that who watches knows it was looked at.
  return groups.size > 0 ? [...groups.values()] : [{ addressType, ports: [], endpoints: [] }];
}

const addressOf = ({ status }: Pod, family: Family): string | undefined =>
  status?.podIPs?.find(({ ip }) => ip.includes(':') === (family === 'IPv6'))?.ip;

type Place = { addressType: Family; nodeOf: Members['nodeOf'] };

function endpointOf(service: Service, pod: Pod, { addressType, nodeOf }: Place): Endpoint | undefined {
  const { metadata, spec, status } = pod;
  const address = addressOf(pod, addressType);
  const node = nodeOf(spec.nodeName ?? '');
  const ended = status?.phase === 'Failed' || status?.phase === 'Succeeded';
  if (address === undefined || node === undefined || ended) return undefined;
  const zone = node.metadata.labels?.['topology.kubernetes.io/zone'];
  return {
    addresses: [address],
    conditions: endpointConditions(service, pod),
    nodeName: node.metadata.name,
    targetRef: { kind: 'Pod', namespace: metadata.namespace ?? '', name: metadata.name, uid: metadata.uid },
    ...(zone !== undefined && { zone }),
    ...hostnameOf(service, pod),
  };
}

/** A terminating pod that still answers is `serving` and not `ready` (KEP-1672). */
function endpointConditions(service: Service, pod: Pod): Endpoint['conditions'] {
  const serving = isReady(pod);
  const terminating = pod.metadata.deletionTimestamp !== undefined;
  const ready = service.spec.publishNotReadyAddresses === true || (serving && !terminating);
  return { ready, serving, terminating };
}

function hostnameOf(service: Service, { metadata, spec }: Pod): { hostname?: string } {
  const named =
    spec.hostname && spec.subdomain === service.metadata.name && metadata.namespace === service.metadata.namespace;
  return named ? { hostname: spec.hostname as string } : {};
}

/** The port numbers a Service has on one pod; a named target port the pod does not have is left out. */
function portsOf(service: Service, pod: Pod): EndpointPort[] {
  return (service.spec.ports ?? []).flatMap((port) => {
    const number = targetPort(port, pod);
    if (number === undefined) return [];
    const { name = '', protocol = 'TCP', appProtocol } = port;
    return [{ name, protocol, port: number, ...(appProtocol !== undefined && { appProtocol }) }];
  });
}

function targetPort({ port, protocol = 'TCP', targetPort: target = port }: ServicePort, pod: Pod): number | undefined {
  if (typeof target === 'number') return target === 0 ? port : target;
  const ports = pod.spec.containers.flatMap((container) => container.ports ?? []);
  return ports.find(({ name, protocol: own = 'TCP' }) => name === target && own === protocol)?.containerPort;
}
