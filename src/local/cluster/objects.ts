import type { KubeObject, ObjectMeta, Resource } from '../../kube/api.ts';
import { RESOURCES, resourceOf } from '../../kube/resources.ts';

/** The kinds that the workload controllers and the kubelet read or write. */
export const KINDS = {
  pod: resourceOf('v1', 'Pod', 'pods'),
  node: RESOURCES.node,
  service: RESOURCES.service,
  endpointSlice: RESOURCES.endpointSlice,
  deployment: resourceOf('apps/v1', 'Deployment', 'deployments'),
  replicaSet: resourceOf('apps/v1', 'ReplicaSet', 'replicasets'),
  podDisruptionBudget: resourceOf('policy/v1', 'PodDisruptionBudget', 'poddisruptionbudgets'),
} as const satisfies Record<string, Resource>;

/** What is created to put a pod on a node: a subresource, as the scheduler uses it (only then the pod inherits the node's zone). */
export const bindingOf = (pod: string): Resource => resourceOf('v1', 'Binding', `pods/${pod}/binding`);

/** What is created to evict a pod, where its disruption budget allows that. */
export const evictionOf = (pod: string): Resource => resourceOf('policy/v1', 'Eviction', `pods/${pod}/eviction`);

export type Labels = Record<string, string>;
export type OwnerReference = NonNullable<ObjectMeta['ownerReferences']>[number] & { controller?: boolean };
export type Condition = {
  type: string;
  status: 'True' | 'False' | 'Unknown';
  reason?: string;
  message?: string;
  lastTransitionTime?: string;
  lastUpdateTime?: string;
  observedGeneration?: number;
};

type Of<Spec, Status> = KubeObject & { spec: Spec; status?: Status };

type ContainerPort = { name?: string; containerPort: number; hostPort?: number; protocol?: string };
export type Probe = {
  httpGet?: { path?: string; port: number | string; httpHeaders?: { name: string; value: string }[] };
  tcpSocket?: { port: number | string };
  grpc?: { port: number };
  exec?: { command?: string[] };
  initialDelaySeconds?: number;
  periodSeconds?: number;
  timeoutSeconds?: number;
  successThreshold?: number;
  failureThreshold?: number;
  terminationGracePeriodSeconds?: number;
};
export type PreStop = {
  sleep?: { seconds: number };
  httpGet?: { path?: string; port: number | string };
  tcpSocket?: { port: number | string };
  exec?: { command?: string[] };
};
type KeyRef = { name: string; key: string; optional?: boolean };
type NameRef = { name: string; optional?: boolean };
export type EnvironmentVariable = {
  name: string;
  value?: string;
  valueFrom?: { fieldRef?: { fieldPath: string }; configMapKeyRef?: KeyRef; secretKeyRef?: KeyRef };
};
export type EnvironmentSource = { prefix?: string; configMapRef?: NameRef; secretRef?: NameRef };
export type KeyToPath = { key: string; path: string };
export type FieldFile = { path: string; fieldRef: { fieldPath: string } };
type KeysOf = NameRef & { items?: KeyToPath[] };
export type TokenProjection = { path: string; audience?: string; expirationSeconds?: number };
export type VolumeSource = {
  configMap?: KeysOf;
  secret?: KeysOf;
  downwardAPI?: { items?: FieldFile[] };
  serviceAccountToken?: TokenProjection;
};
export type Volume = Omit<VolumeSource, 'secret' | 'serviceAccountToken'> & {
  name: string;
  secret?: Omit<KeysOf, 'name'> & { secretName: string };
  projected?: { sources: VolumeSource[] };
  emptyDir?: object;
};
export type Container = {
  name: string;
  image: string;
  command?: string[];
  args?: string[];
  env?: EnvironmentVariable[];
  envFrom?: EnvironmentSource[];
  volumeMounts?: { name: string; mountPath: string; subPath?: string }[];
  ports?: ContainerPort[];
  startupProbe?: Probe;
  livenessProbe?: Probe;
  readinessProbe?: Probe;
  lifecycle?: { preStop?: PreStop };
  restartPolicy?: string;
};
export type Toleration = { key?: string; operator?: string; value?: string; effect?: string };
type NodeRequirement = { key: string; operator: string; values?: string[] };
/** What the pod asks of labels and fields of its node; of several terms one is enough. */
export type NodeTerm = { matchExpressions?: NodeRequirement[]; matchFields?: NodeRequirement[] };
export type PodSpec = {
  containers: Container[];
  initContainers?: Container[];
  volumes?: Volume[];
  serviceAccountName?: string;
  nodeName?: string;
  nodeSelector?: Labels;
  affinity?: { nodeAffinity?: { requiredDuringSchedulingIgnoredDuringExecution?: { nodeSelectorTerms: NodeTerm[] } } };
  tolerations?: Toleration[];
  schedulingGates?: { name: string }[];
  readinessGates?: { conditionType: string }[];
  restartPolicy?: string;
  terminationGracePeriodSeconds?: number;
  hostNetwork?: boolean;
  hostname?: string;
  subdomain?: string;
};
export type ContainerStatus = {
  name: string;
  image: string;
  imageID: string;
  containerID?: string;
  ready: boolean;
  started: boolean;
  restartCount: number;
  state: object;
  lastState?: object;
};
export type PodStatus = {
  phase?: string;
  podIP?: string;
  podIPs?: { ip: string }[];
  hostIP?: string;
  hostIPs?: { ip: string }[];
  startTime?: string;
  conditions?: Condition[];
  reason?: string;
  message?: string;
  initContainerStatuses?: ContainerStatus[];
  containerStatuses?: ContainerStatus[];
  qosClass?: string;
};
export type Pod = Of<PodSpec, PodStatus> & {
  metadata: ObjectMeta & { deletionGracePeriodSeconds?: number };
};

type PodTemplate = { metadata?: { labels?: Labels; annotations?: Labels }; spec: PodSpec };
type LabelSelector = {
  matchLabels?: Labels;
  matchExpressions?: { key: string; operator: string; values?: string[] }[];
};

export type ReplicaSet = Of<
  { replicas?: number; minReadySeconds?: number; selector: LabelSelector; template: PodTemplate },
  {
    replicas?: number;
    fullyLabeledReplicas?: number;
    readyReplicas?: number;
    availableReplicas?: number;
    terminatingReplicas?: number;
    observedGeneration?: number;
    conditions?: Condition[];
  }
>;

export type PodDisruptionBudget = Of<
  { minAvailable?: number | string; maxUnavailable?: number | string; selector?: LabelSelector },
  {
    observedGeneration?: number;
    expectedPods: number;
    currentHealthy: number;
    desiredHealthy: number;
    disruptionsAllowed: number;
    /** Names of the pods that were evicted, with when. */
    disruptedPods?: Record<string, string>;
  }
>;

type DeploymentStrategy = {
  type?: 'RollingUpdate' | 'Recreate';
  rollingUpdate?: { maxSurge?: number | string; maxUnavailable?: number | string };
};
export type DeploymentStatus = {
  observedGeneration?: number;
  replicas?: number;
  updatedReplicas?: number;
  readyReplicas?: number;
  availableReplicas?: number;
  unavailableReplicas?: number;
  terminatingReplicas?: number;
  conditions?: Condition[];
};
export type Deployment = Of<
  {
    replicas?: number;
    selector: LabelSelector;
    template: PodTemplate;
    strategy?: DeploymentStrategy;
    minReadySeconds?: number;
    revisionHistoryLimit?: number;
    progressDeadlineSeconds?: number;
    paused?: boolean;
  },
  DeploymentStatus
>;

export type ServicePort = {
  name?: string;
  port: number;
  protocol?: string;
  targetPort?: number | string;
  nodePort?: number;
  appProtocol?: string;
};
export type Service = Of<
  {
    type?: string;
    selector?: Labels;
    ports?: ServicePort[];
    clusterIP?: string;
    ipFamilies?: ('IPv4' | 'IPv6')[];
    publishNotReadyAddresses?: boolean;
    externalTrafficPolicy?: 'Cluster' | 'Local';
    healthCheckNodePort?: number;
  },
  object
>;

export type Endpoint = {
  addresses: string[];
  conditions: { ready?: boolean; serving?: boolean; terminating?: boolean };
  hostname?: string;
  nodeName?: string;
  zone?: string;
  targetRef?: { kind: string; namespace: string; name: string; uid: string };
};
export type EndpointPort = { name: string; port?: number; protocol: string; appProtocol?: string };
export type EndpointSlice = KubeObject & {
  addressType: 'IPv4' | 'IPv6' | 'FQDN';
  endpoints?: Endpoint[] | null;
  ports?: EndpointPort[] | null;
};

export type Taint = { key: string; value?: string; effect: string };
export type Node = Of<
  { providerID?: string; taints?: Taint[]; unschedulable?: boolean },
  { conditions?: Condition[]; addresses?: { type: string; address: string }[] }
>;

export const keyOf = ({ metadata }: KubeObject): string => `${metadata.namespace ?? ''}/${metadata.name}`;

/** The other direction of `keyOf`. */
export function fromKey(key: string): { namespace: string; name: string } {
  const [namespace = '', name = ''] = key.split('/');
  return { namespace, name };
}

export const conditionOf = (object: { status?: { conditions?: Condition[] } }, type: string): Condition | undefined =>
  object.status?.conditions?.find((condition) => condition.type === type);

export const isReady = (pod: Pod): boolean => conditionOf(pod, 'Ready')?.status === 'True';

/** Ended for good: only the object is left. */
export const isFinal = ({ status }: Pod): boolean => status?.phase === 'Failed' || status?.phase === 'Succeeded';

/** Neither ended nor being deleted: what a ReplicaSet counts. */
export const isActive = (pod: Pod): boolean => pod.metadata.deletionTimestamp === undefined && !isFinal(pod);

/** The owner that manages the object, where it has one. */
export const controllerOf = ({ metadata }: KubeObject): OwnerReference | undefined =>
  (metadata.ownerReferences as OwnerReference[] | undefined)?.find((owner) => owner.controller === true);
