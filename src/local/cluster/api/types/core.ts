/** The other kinds of the core group, in the notation of `schema/notation.ts`. Facts: the Kubernetes v1 API reference. */

export const CORE_TYPES = `
AttachedVolume
  devicePath: string!, name: string!
Binding
  metadata: ObjectMeta, target: ObjectReference!
ClientIPConfig
  timeoutSeconds: int
ConfigMap
  binaryData: {bytes}, data: {string}, immutable: bool, metadata: ObjectMeta
ContainerImage
  names: [string], sizeBytes: int64
DaemonEndpoint
  Port: int = 0
EndpointAddress atomic
  hostname: string, ip: string!, nodeName: string, targetRef: ObjectReference
EndpointPort atomic
  appProtocol: string, name: string, port: int = 0, protocol: string
EndpointSubset
  addresses: [EndpointAddress], notReadyAddresses: [EndpointAddress], ports: [EndpointPort]
Endpoints
  metadata: ObjectMeta, subsets: [EndpointSubset]
Event
  action: string, count: int, eventTime: microTime, firstTimestamp: time, involvedObject: ObjectReference!,
  lastTimestamp: time, message: string, metadata: ObjectMeta, reason: string, related: ObjectReference,
  reportingComponent: string, reportingInstance: string, series: EventSeries, source: EventSource, type: string
EventSeries
  count: int, lastObservedTime: microTime
EventSource
  component: string, host: string
LoadBalancerIngress
  hostname: string, ip: string, ipMode: string, ports: [PortStatus]
LoadBalancerStatus
  ingress: [LoadBalancerIngress]
LocalObjectReference atomic
  name: string
Namespace
  metadata: ObjectMeta, spec: NamespaceSpec = {}, status: NamespaceStatus = {}
NamespaceCondition
  lastTransitionTime: time, message: string, reason: string, status: string!, type: string!
NamespaceSpec
  finalizers: [string]
NamespaceStatus
  conditions: [NamespaceCondition] by type, phase: string
Node
  metadata: ObjectMeta, spec: NodeSpec = {}, status: NodeStatus = {}
NodeAddress
  address: string!, type: string!
NodeCondition
  lastHeartbeatTime: time, lastTransitionTime: time, message: string, reason: string, status: string!, type: string!
NodeDaemonEndpoints
  kubeletEndpoint: DaemonEndpoint
NodeSpec
  configSource: any, externalID: string, podCIDR: string, podCIDRs: [string] set merge, providerID: string,
  taints: [Taint], unschedulable: bool
NodeStatus
  addresses: [NodeAddress] by type, allocatable: {quantity}, capacity: {quantity},
  conditions: [NodeCondition] by type, config: any, daemonEndpoints: NodeDaemonEndpoints, declaredFeatures: [string],
  features: any, images: [ContainerImage], nodeInfo: NodeSystemInfo, phase: string, runtimeHandlers: [any],
  volumesAttached: [AttachedVolume], volumesInUse: [string]
NodeSwapStatus
  capacity: int64
NodeSystemInfo
  architecture: string!, bootID: string!, containerRuntimeVersion: string!, kernelVersion: string!,
  kubeProxyVersion: string!, kubeletVersion: string!, machineID: string!, operatingSystem: string!, osImage: string!,
  swap: NodeSwapStatus, systemUUID: string!
ObjectReference atomic
  apiVersion: string, fieldPath: string, kind: string, name: string, namespace: string, resourceVersion: string,
  uid: string
PortStatus
  error: string, port: int = 0, protocol: string!
ResourceQuota
  metadata: ObjectMeta, spec: ResourceQuotaSpec = {}, status: ResourceQuotaStatus = {}
ResourceQuotaSpec
  hard: {quantity}, scopeSelector: any, scopes: [string]
ResourceQuotaStatus
  hard: {quantity}, used: {quantity}
Secret
  data: {bytes}, immutable: bool, metadata: ObjectMeta, stringData: {string}, type: string = "Opaque"
Service
  metadata: ObjectMeta, spec: ServiceSpec = {}, status: ServiceStatus = {}
ServiceAccount
  automountServiceAccountToken: bool, imagePullSecrets: [LocalObjectReference], metadata: ObjectMeta,
  secrets: [ObjectReference] by name
ServicePort
  appProtocol: string, name: string, nodePort: int 0..65535, port: int! 1..65535,
  protocol: string in SCTP|TCP|UDP = "TCP", targetPort: intOrString
ServiceSpec
  allocateLoadBalancerNodePorts: bool, clusterIP: string, clusterIPs: [string], externalIPs: [string],
  externalName: string, externalTrafficPolicy: string in Cluster|Local, healthCheckNodePort: int,
  internalTrafficPolicy: string in Cluster|Local, ipFamilies: [string],
  ipFamilyPolicy: string in SingleStack|PreferDualStack|RequireDualStack, loadBalancerClass: string,
  loadBalancerIP: string, loadBalancerSourceRanges: [string], ports: [ServicePort] by port+protocol,
  publishNotReadyAddresses: bool, selector: {string} atomic, sessionAffinity: string in ClientIP|None = "None",
  sessionAffinityConfig: SessionAffinityConfig, trafficDistribution: string,
  type: string in ClusterIP|ExternalName|LoadBalancer|NodePort = "ClusterIP"
ServiceStatus
  conditions: [Condition] by type, loadBalancer: LoadBalancerStatus = {}
SessionAffinityConfig
  clientIP: ClientIPConfig
Taint
  effect: string! in NoSchedule|PreferNoSchedule|NoExecute, key: string!, timeAdded: time, value: string
`;
