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

export type TargetGroupSpec = {
  arn: string;
  loadBalancer: string; // name of the LoadBalancer object
  service: { name: string; port: PortRef };
  targetType: 'ip' | 'instance';
  addressFamily: 'IPv4' | 'IPv6';
  vpcId: string;
  /** Port the health check uses where it is not the traffic port. */
  healthCheckPort?: number;
  nodeSelector?: Record<string, string>;
  /** The shared backend security group that sends the traffic; absent when rules toward nodes are not ours to write. */
  backendSecurityGroup?: string;
};

export type TargetGroupStatus = {
  observedGeneration?: number;
  /** Hash of the registered (uid, ip, port); a stale one only means one describe. */
  registeredHash?: string;
  registered?: number;
  healthy?: number;
  observedAt?: string;
  conditions?: Condition[];
};

export type Condition = {
  type: string;
  status: 'True' | 'False' | 'Unknown';
  reason: string;
  message: string;
  observedGeneration?: number;
  lastTransitionTime: string;
};

/** The ledger of one stack. A cache: deleted, it is rebuilt from tags. */
export type LoadBalancerObject = Meta & { spec: { stack: string }; status: LoadBalancerStatus };

export type LoadBalancerStatus = {
  observedGeneration?: number;
  arn?: string;
  dnsName?: string;
  /** ARN or id by resource id, for example `listener/80`. Hints: tags decide. */
  resources?: Record<string, string>;
  /** Hash of the inputs whose stack was applied last, and when AWS was last compared with it. */
  appliedHash?: string;
  verifiedAt?: string;
  members?: MemberStatus[];
  conditions?: Condition[];
};

export type MemberStatus = {
  namespace: string;
  name: string;
  uid: string;
  accepted: boolean;
  reason: string;
  message: string;
  /** The last input of this member that was accepted, as JSON: what stays served while a newer one is refused. */
  lastGood?: string;
};

export type TargetGroupBinding = Meta & { spec: Record<string, unknown> };

/** Namespaced objects and cluster-scoped ones alike: `namespace/name`, or `/name`. */
export const keyOf = (object: { namespace: string; name: string }): string => `${object.namespace}/${object.name}`;
