import type { Condition } from '../api/condition.ts';
import type { LoadBalancerSpec, LoadBalancerStatus } from '../api/load-balancer.ts';
import type { TargetGroupSpec, TargetGroupStatus } from '../api/target-group.ts';

export type { Condition } from '../api/condition.ts';
export type { LoadBalancerStatus, MemberStatus } from '../api/load-balancer.ts';
export type { DrainBudget, TargetGroupSpec, TargetGroupStatus } from '../api/target-group.ts';

/** The cluster as we keep it: of each object only the fields that decide something. Plain JSON. */

export type Meta = {
  uid: string;
  namespace: string; // '' for cluster-scoped kinds
  name: string;
  generation: number;
  created: string; // RFC 3339
  deleting: boolean;
  labels: Record<string, string>;
  annotations: Record<string, string>;
  finalizers: string[];
};

export type PortRef = { name: string } | { number: number };

export type IngressBackend =
  | { service: string; port: PortRef }
  | { resource: { apiGroup: string; kind: string; name: string } };

export type IngressPath = {
  path: string;
  pathType: 'Exact' | 'Prefix' | 'ImplementationSpecific';
  backend: IngressBackend;
};

export type Ingress = Meta & {
  className?: string;
  defaultBackend?: IngressBackend;
  rules: { host?: string; paths: IngressPath[] }[];
  tls: { hosts: string[]; secretName?: string }[];
  hostnames: string[]; // status.loadBalancer.ingress[].hostname
};

export type IngressClass = Meta & {
  controller: string;
  isDefault: boolean;
  parameters?: { apiGroup: string; kind: string; name: string };
};

/** `spec` as the user wrote it: the model checks it, since its schema is the peer's. */
export type IngressClassParams = Meta & { spec: Record<string, unknown> };

export type ServicePort = {
  name: string; // '' when unnamed
  port: number;
  protocol: 'TCP' | 'UDP' | 'SCTP';
  targetPort: number | string;
  nodePort?: number;
};

export type Service = Meta & {
  type: 'ClusterIP' | 'NodePort' | 'LoadBalancer' | 'ExternalName';
  headless: boolean;
  ipFamilies: ('IPv4' | 'IPv6')[];
  ports: ServicePort[];
  externalTrafficPolicy: 'Cluster' | 'Local';
  healthCheckNodePort?: number;
  loadBalancerClass?: string;
  /** Labels of its pods; empty for a Service without a selector, which selects none. */
  selector: Record<string, string>;
};

/** What happens before SIGTERM in one container: `sleep` and `exec` with a known length, `unknown` with any other hook. */
export type PreStop = { container: string; kind: 'none' | 'sleep' | 'exec' | 'unknown'; seconds: number };

/** What a readiness gate's condition says; `since` in RFC 3339, '' where it is not said. */
export type GateCondition = { status: 'True' | 'False' | 'Unknown'; reason: string; message: string; since: string };

export type Pod = Meta & {
  node?: string;
  /** status.podIPs, the first is status.podIP. */
  addresses: string[];
  hostNetwork: boolean;
  phase: string; // Pending, Running, Succeeded, Failed, Unknown
  restartPolicy: string;
  ready: boolean;
  containersReady: boolean;
  containersReadyAt?: string; // RFC 3339
  /** Whether it has our readiness gate, and what its condition says; no condition reads as absent. */
  gated: boolean;
  gate?: GateCondition;
  /** Gates of the peer's that the pod has, by their condition type, with the condition where there is one. */
  peerGates?: { type: string; condition?: GateCondition }[];
  /** RFC 3339, and the seconds between the deletion and it. */
  deletionTimestamp?: string;
  deletionGraceSeconds?: number;
  graceSeconds: number; // spec.terminationGracePeriodSeconds
  /** The kubelet ends it without a deletion: condition DisruptionTarget with reason TerminationByKubelet. */
  endedByKubelet: boolean;
  /** One entry a regular container. */
  preStops: PreStop[];
  owner?: { kind: string; name: string; uid: string };
};

export type Endpoint = {
  addresses: string[];
  ready: boolean;
  serving: boolean;
  terminating: boolean;
  node?: string;
  zone?: string;
  pod?: { uid: string; namespace: string; name: string };
};

export type EndpointSlice = Meta & {
  service: string; // label kubernetes.io/service-name
  addressType: 'IPv4' | 'IPv6' | 'FQDN';
  ports: { name: string; port?: number; protocol: string }[];
  endpoints: Endpoint[];
};

export type Node = Meta & {
  providerID: string; // '' until the cloud provider has set it
  ready: boolean;
  unschedulable: boolean;
  taints: { key: string; value: string; effect: string }[];
  addresses: string[]; // InternalIP
};

export type Namespace = Meta;

/** The link between the two lanes, as written by the load balancer lane (`spec`) and the targets lane (`status`). */
export type TargetGroupObject = Meta & {
  spec: TargetGroupSpec;
  status: TargetGroupStatus;
};

/** The ledger of one stack. A cache: deleted, it is rebuilt from tags. */
export type LoadBalancerObject = Meta & { spec: LoadBalancerSpec; status: LoadBalancerStatus };

export type TargetGroupBinding = Meta & { spec: Record<string, unknown>; conditions?: Condition[] };

/** Whether the Service selects the labels of a pod. Without a selector it selects none. */
export function selects({ selector }: Pick<Service, 'selector'>, labels: Record<string, string>): boolean {
  const wanted = Object.entries(selector);
  return wanted.length > 0 && wanted.every(([key, value]) => labels[key] === value);
}

/** Whether a readiness gate of the pod, ours or one of the peer's, is not open. */
export function hasClosedGate({ gated, gate, peerGates = [] }: Pod): boolean {
  return (gated && gate?.status !== 'True') || peerGates.some(({ condition }) => condition?.status !== 'True');
}

/** Namespaced objects and cluster-scoped ones alike: `namespace/name`, or `/name`. */
export const keyOf = (object: { namespace: string; name: string }): string => `${object.namespace}/${object.name}`;
