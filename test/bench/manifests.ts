import { randomUUID } from 'node:crypto';
import type { NewObject } from '../../src/kube/api.ts';
import type { Endpoint } from '../../src/local/cluster/objects.ts';
import { localNodes } from '../../src/local/cluster/kubelet/node.ts';
import { vpcOf } from '../../src/local/vpc.ts';

export const NAMESPACE = 'bench';

/** Wider than local AWS's own, so that a thousand pods have an address of the VPC. */
const PRIVATE_CIDRS = ['10.0.16.0/20', '10.0.32.0/20', '10.0.48.0/20'];
export const ZONES = vpcOf().zones.map((zone, index) => ({ ...zone, privateCidr: PRIVATE_CIDRS[index] as string }));
export const NODES = localNodes({ count: 3, zones: ZONES });

export const namespace: NewObject = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: NAMESPACE } };

export const ingressClass: NewObject = {
  apiVersion: 'networking.k8s.io/v1',
  kind: 'IngressClass',
  metadata: { name: 'podwire' },
  spec: { controller: 'podwire.dev/alb' },
};

/** Without a selector: its endpoints are the bench's to write. */
export const service = (name: string): NewObject => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name, namespace: NAMESPACE },
  spec: { ports: [{ name: 'http', port: 80, targetPort: 8080 }] },
});

export const slice = (service: string, endpoints: Endpoint[]): NewObject => ({
  apiVersion: 'discovery.k8s.io/v1',
  kind: 'EndpointSlice',
  metadata: { name: service, namespace: NAMESPACE, labels: { 'kubernetes.io/service-name': service } },
  addressType: 'IPv4',
  endpoints,
  ports: [{ name: 'http', port: 8080, protocol: 'TCP' }],
});

/** One load balancer: a rule for each of `paths`, which go round the services. */
export function ingress(name: string, services: string[], paths = services.length): NewObject {
  const backend = (index: number) => ({ service: { name: services[index % services.length], port: { number: 80 } } });
  const all = Array.from({ length: paths }, (_, index) => ({
    path: `/${index}`,
    pathType: 'Prefix',
    backend: backend(index),
  }));
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'Ingress',
    metadata: { name, namespace: NAMESPACE },
    spec: { ingressClassName: 'podwire', rules: [{ host: `${name}.example.com`, http: { paths: all } }] },
  };
}

let pods = 0;

/** A ready endpoint of a pod with an address of its own, on one of the nodes in turn. */
export function newEndpoint(): Endpoint {
  const number = pods++;
  const node = NODES[number % NODES.length] as (typeof NODES)[number];
  const inZone = Math.floor(number / NODES.length);
  const third = 16 * ((number % NODES.length) + 1) + 1 + Math.floor(inZone / 250);
  return {
    addresses: [`10.0.${third}.${1 + (inZone % 250)}`],
    conditions: { ready: true, serving: true, terminating: false },
    nodeName: node.name,
    zone: node.zone,
    targetRef: { kind: 'Pod', namespace: NAMESPACE, name: `pod-${number}`, uid: randomUUID() },
  };
}

export const newEndpoints = (count: number): Endpoint[] => Array.from({ length: count }, newEndpoint);

/** The pod behind an endpoint, as the kubelet would have written it. */
export const pod = ({ targetRef, nodeName }: Endpoint): NewObject => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: targetRef?.name ?? '', namespace: NAMESPACE, labels: { app: 'bench' } },
  spec: { nodeName, containers: [{ name: 'web', image: 'podwire/echo', ports: [{ containerPort: 8080 }] }] },
});

export const podStatus = ({ addresses }: Endpoint): object => ({
  phase: 'Running',
  podIP: addresses[0],
  podIPs: addresses.map((ip) => ({ ip })),
  conditions: [{ type: 'Ready', status: 'True' }],
});
