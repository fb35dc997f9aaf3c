import type {
  EndpointSlice,
  Ingress,
  IngressClass,
  LoadBalancerObject,
  Node,
  Pod,
  Service,
  TargetGroupObject,
} from '../../cluster/objects.ts';
import type { SubnetFact } from '../facts.ts';
import type { HealthCheck, RuleCondition } from '../stack.ts';

/** What is known of the way from a client to the pods of one Ingress, Service or pod. Plain JSON, read before. */
export type WayFacts = {
  /** When it was read, RFC 3339. */
  now: string;
  subject: { kind: 'ingress' | 'service' | 'pod'; namespace: string; name: string };
  /** Of the operator whose part is explained; absent of the one without. */
  controllerId?: string;
  /** Those that lead to the subject. */
  ingresses: Ingress[];
  classes: IngressClass[];
  /** Of the namespace. */
  services: Service[];
  /** Names of the Services that the way asks for; of a Service or pod that no Ingress names, itself. */
  backends: string[];
  /** Services of other namespaces that have a name asked for in vain. */
  elsewhere: { namespace: string; name: string }[];
  pods: PodView[];
  slices: EndpointSlice[];
  nodes: Node[];
  replicaSets: ReplicaSetView[];
  groups: TargetGroupObject[];
  ledgers: LoadBalancerObject[];
  secrets: SecretView[];
  dataPlane: KernelDataPlane;
  /** Absent where AWS was not asked, or did not answer. */
  aws?: AwsFacts;
  /** Sentences about what could not be read. */
  unasked: string[];
  /** What the client asks for; absent where nobody said. */
  request?: { scheme: 'http' | 'https'; host: string; port: number; path: string };
  /** The pod that is the client; absent for one outside the cluster. */
  client?: Pod;
};

/** A pod with what its containers say of themselves. */
export type PodView = Pod & { containers: ContainerView[]; unscheduled?: string };

export type ContainerView = {
  name: string;
  running: boolean;
  ready: boolean;
  waiting?: { reason: string; message: string };
  probe?: ProbeView;
};

/** `port` as the probe names it, `number` where that is known. */
export type ProbeView = {
  scheme: 'HTTP' | 'HTTPS' | 'TCP' | 'gRPC' | 'exec';
  path: string;
  port: string;
  number?: number;
};

export type ReplicaSetView = {
  name: string;
  wanted: number;
  pods: number;
  /** Labels of the pods it makes. */
  labels: Record<string, string>;
  /** Why it cannot make pods: message of the condition ReplicaFailure. */
  failure?: string;
};

/** A Secret that an annotation names. `unknown` where we may not read it. */
export type SecretView = { ingress: string; annotation: string; namespace: string; name: string; state: SecretState };
type SecretState = 'there' | 'missing' | 'unknown';

/** Who carries a packet from a node port to a pod. */
export type KernelDataPlane =
  | { kind: 'kube-proxy'; mode: string; scheduler?: string }
  | { kind: 'eBPF'; by: string; algorithm: string }
  | { kind: 'unknown'; because: string };

export type AwsFacts = {
  loadBalancers: LoadBalancerView[];
  groups: TargetGroupView[];
  securityGroups: SecurityGroupView[];
  subnets: SubnetFact[];
  /** Where targets stand, by their id; missing where AWS does not know. */
  places: Record<string, PlaceView>;
};

export type PlaceView = { zone: string; subnet: string; securityGroups: string[]; addresses: string[] };

export type LoadBalancerView = {
  arn: string;
  name: string;
  type: string; // application, network
  scheme: string;
  state: string;
  dnsName: string;
  securityGroups: string[];
  zones: { zone: string; subnet: string }[];
  attributes: Record<string, string>;
  listeners: ListenerView[];
};

export type ListenerView = {
  arn: string;
  port: number;
  protocol: string;
  defaultActions: ActionView[];
  rules: RuleView[];
};

export type RuleView = { priority: number; conditions: ConditionView[]; actions: ActionView[] };
export type ConditionView = RuleCondition | { field: 'unknown'; text: string };
export type ActionView =
  | { type: 'forward'; targets: { group: string; weight: number }[]; stickinessSeconds?: number }
  | { type: 'redirect'; protocol: string; host: string; port: string; path: string; query: string; statusCode: string }
  | { type: 'fixed-response'; statusCode: string; messageBody?: string }
  | { type: 'unknown'; text: string };

export type TargetGroupView = {
  arn: string;
  name: string;
  protocol: string;
  targetType: string;
  healthCheck: HealthCheck;
  loadBalancers: string[];
  attributes: Record<string, string>;
  targets: TargetView[];
};

export type TargetView = { id: string; port: number; state: string; reason: string; description: string };

export type SecurityGroupView = { id: string; name: string; ingress: PermissionView[]; egress: PermissionView[] };

/** Ports from and to; every port of every protocol as 0 to 65535. A prefix list is not looked into. */
export type PermissionView = {
  protocol: string;
  from: number;
  to: number;
  cidrs: string[];
  groups: string[];
  prefixLists: string[];
};
