/** What a Pod is made of, in the notation of `schema/notation.ts`. Facts: the Kubernetes v1 API reference. */

export const POD_TYPES = `
Affinity
  nodeAffinity: NodeAffinity, podAffinity: PodAffinity, podAntiAffinity: PodAntiAffinity
AppArmorProfile
  localhostProfile: string, type: string!
Capabilities
  add: [string], drop: [string]
ConfigMapEnvSource
  name: string, optional: bool
ConfigMapKeySelector atomic
  key: string!, name: string, optional: bool
Container
  args: [string], command: [string], env: [EnvVar] by name, envFrom: [EnvFromSource], image: string,
  imagePullPolicy: string in Always|IfNotPresent|Never, lifecycle: Lifecycle, livenessProbe: Probe, name: string!,
  ports: [ContainerPort] by containerPort+protocol, readinessProbe: Probe, resizePolicy: [ContainerResizePolicy],
  resources: ResourceRequirements = {}, restartPolicy: string, restartPolicyRules: [ContainerRestartRule],
  securityContext: SecurityContext, startupProbe: Probe, stdin: bool, stdinOnce: bool,
  terminationMessagePath: string = "/dev/termination-log",
  terminationMessagePolicy: string in File|FallbackToLogsOnError = "File", tty: bool,
  volumeDevices: [VolumeDevice] by devicePath, volumeMounts: [VolumeMount] by mountPath, workingDir: string
ContainerPort
  containerPort: int! 1..65535, hostIP: string, hostPort: int 0..65535, name: string,
  protocol: string in SCTP|TCP|UDP = "TCP"
ContainerResizePolicy
  resourceName: string!, restartPolicy: string!
ContainerRestartRule
  action: string!, exitCodes: ContainerRestartRuleOnExitCodes
ContainerRestartRuleOnExitCodes
  operator: string!, values: [int] set
ContainerState
  running: ContainerStateRunning, terminated: ContainerStateTerminated, waiting: ContainerStateWaiting
ContainerStateRunning
  startedAt: time
ContainerStateTerminated
  containerID: string, exitCode: int = 0, finishedAt: time, message: string, reason: string, signal: int,
  startedAt: time
ContainerStateWaiting
  message: string, reason: string
ContainerStatus
  allocatedResources: {quantity}, allocatedResourcesStatus: [any] by name, containerID: string, image: string!,
  imageID: string!, lastState: ContainerState, name: string!, ready: bool! = false, resources: ResourceRequirements,
  restartCount: int = 0, started: bool, state: ContainerState, stopSignal: string, user: ContainerUser,
  volumeMounts: [VolumeMountStatus] by mountPath
ContainerUser
  linux: LinuxContainerUser
EnvFromSource
  configMapRef: ConfigMapEnvSource, prefix: string, secretRef: SecretEnvSource
EnvVar
  name: string!, value: string, valueFrom: EnvVarSource
EnvVarSource
  configMapKeyRef: ConfigMapKeySelector, fieldRef: ObjectFieldSelector, fileKeyRef: FileKeySelector,
  resourceFieldRef: ResourceFieldSelector, secretKeyRef: SecretKeySelector
EphemeralContainer
  args: [string], command: [string], env: [EnvVar] by name, envFrom: [EnvFromSource], image: string,
  imagePullPolicy: string, lifecycle: Lifecycle, livenessProbe: Probe, name: string!,
  ports: [ContainerPort] by containerPort+protocol, readinessProbe: Probe, resizePolicy: [ContainerResizePolicy],
  resources: ResourceRequirements = {}, restartPolicy: string, restartPolicyRules: [ContainerRestartRule],
  securityContext: SecurityContext, startupProbe: Probe, stdin: bool, stdinOnce: bool, targetContainerName: string,
  terminationMessagePath: string = "/dev/termination-log", terminationMessagePolicy: string = "File", tty: bool,
  volumeDevices: [VolumeDevice] by devicePath, volumeMounts: [VolumeMount] by mountPath, workingDir: string
ExecAction
  command: [string]
FileKeySelector atomic
  key: string!, optional: bool = false, path: string!, volumeName: string!
GRPCAction
  port: int! 1..65535, service: string = ""
HTTPGetAction
  host: string, httpHeaders: [HTTPHeader], path: string = "/", port: intOrString!,
  scheme: string in HTTP|HTTPS = "HTTP"
HTTPHeader
  name: string!, value: string
HostAlias
  hostnames: [string], ip: string!
HostIP
  ip: string!
Lifecycle
  postStart: LifecycleHandler, preStop: LifecycleHandler, stopSignal: string
LifecycleHandler
  exec: ExecAction, httpGet: HTTPGetAction, sleep: SleepAction, tcpSocket: TCPSocketAction
LinuxContainerUser
  gid: int64! = 0, supplementalGroups: [int64], uid: int64! = 0
NodeAffinity
  preferredDuringSchedulingIgnoredDuringExecution: [PreferredSchedulingTerm],
  requiredDuringSchedulingIgnoredDuringExecution: NodeSelector
NodeSelector atomic
  nodeSelectorTerms: [NodeSelectorTerm]!
NodeSelectorRequirement
  key: string!, operator: string!, values: [string]
NodeSelectorTerm atomic
  matchExpressions: [NodeSelectorRequirement], matchFields: [NodeSelectorRequirement]
ObjectFieldSelector atomic
  apiVersion: string = "v1", fieldPath: string!
Pod
  metadata: ObjectMeta, spec: PodSpec, status: PodStatus = {}
PodAffinity
  preferredDuringSchedulingIgnoredDuringExecution: [WeightedPodAffinityTerm],
  requiredDuringSchedulingIgnoredDuringExecution: [PodAffinityTerm]
PodAffinityTerm
  labelSelector: LabelSelector, matchLabelKeys: [string], mismatchLabelKeys: [string],
  namespaceSelector: LabelSelector, namespaces: [string], topologyKey: string!
PodAntiAffinity
  preferredDuringSchedulingIgnoredDuringExecution: [WeightedPodAffinityTerm],
  requiredDuringSchedulingIgnoredDuringExecution: [PodAffinityTerm]
PodCondition
  lastProbeTime: time, lastTransitionTime: time, message: string, observedGeneration: int64, reason: string,
  status: string!, type: string!
PodDNSConfig
  nameservers: [string], options: [PodDNSConfigOption], searches: [string]
PodDNSConfigOption
  name: string, value: string
PodIP
  ip: string!
PodOS
  name: string!
PodReadinessGate
  conditionType: string!
PodResourceClaim
  name: string!, resourceClaimName: string, resourceClaimTemplateName: string
PodResourceClaimStatus
  name: string!, resourceClaimName: string
PodSchedulingGate
  name: string!
PodSecurityContext
  appArmorProfile: AppArmorProfile, fsGroup: int64, fsGroupChangePolicy: string, runAsGroup: int64,
  runAsNonRoot: bool, runAsUser: int64, seLinuxChangePolicy: string, seLinuxOptions: SELinuxOptions,
  seccompProfile: SeccompProfile, supplementalGroups: [int64], supplementalGroupsPolicy: string, sysctls: [Sysctl],
  windowsOptions: WindowsSecurityContextOptions
PodSpec
  activeDeadlineSeconds: int64, affinity: Affinity, automountServiceAccountToken: bool,
  containers: [Container]! by name, dnsConfig: PodDNSConfig,
  dnsPolicy: string in ClusterFirst|ClusterFirstWithHostNet|Default|None = "ClusterFirst", enableServiceLinks: bool,
  ephemeralContainers: [EphemeralContainer] by name, hostAliases: [HostAlias] by ip, hostIPC: bool,
  hostNetwork: bool, hostPID: bool, hostUsers: bool, hostname: string, hostnameOverride: string,
  imagePullSecrets: [LocalObjectReference] by name, initContainers: [Container] by name, nodeName: string,
  nodeSelector: {string} atomic, os: PodOS, overhead: {quantity}, preemptionPolicy: string, priority: int,
  priorityClassName: string, readinessGates: [PodReadinessGate],
  resourceClaims: [PodResourceClaim] by name retainKeys, resources: ResourceRequirements,
  restartPolicy: string in Always|OnFailure|Never = "Always", runtimeClassName: string,
  schedulerName: string = "default-scheduler", schedulingGates: [PodSchedulingGate] by name, schedulingGroup: any,
  securityContext: PodSecurityContext = {}, serviceAccount: string, serviceAccountName: string,
  setHostnameAsFQDN: bool, shareProcessNamespace: bool, subdomain: string,
  terminationGracePeriodSeconds: int64 0.. = 30, tolerations: [Toleration],
  topologySpreadConstraints: [TopologySpreadConstraint] by topologyKey+whenUnsatisfiable,
  volumes: [Volume] by name retainKeys
PodStatus
  allocatedResources: {quantity}, conditions: [PodCondition] by type, containerStatuses: [ContainerStatus],
  ephemeralContainerStatuses: [ContainerStatus], extendedResourceClaimStatus: any, hostIP: string,
  hostIPs: [HostIP] merge ip, initContainerStatuses: [ContainerStatus], message: string,
  nodeAllocatableResourceClaimStatuses: [any], nominatedNodeName: string, observedGeneration: int64, phase: string,
  podIP: string, podIPs: [PodIP] by ip, qosClass: string, reason: string, resize: string,
  resourceClaimStatuses: [PodResourceClaimStatus] by name retainKeys, resources: ResourceRequirements,
  startTime: time
PodTemplateSpec
  metadata: ObjectMeta = {}, spec: PodSpec
PreferredSchedulingTerm
  preference: NodeSelectorTerm!, weight: int = 0
Probe
  exec: ExecAction, failureThreshold: int 1.. = 3, grpc: GRPCAction, httpGet: HTTPGetAction,
  initialDelaySeconds: int 0.., periodSeconds: int 1.. = 10, successThreshold: int 1.. = 1,
  tcpSocket: TCPSocketAction, terminationGracePeriodSeconds: int64, timeoutSeconds: int 1.. = 1
ResourceClaim
  name: string!, request: string
ResourceFieldSelector atomic
  containerName: string, divisor: quantity, resource: string!
ResourceRequirements
  claims: [ResourceClaim] by name merge -, limits: {quantity}, requests: {quantity}
SELinuxOptions
  level: string, role: string, type: string, user: string
SeccompProfile
  localhostProfile: string, type: string!
SecretEnvSource
  name: string, optional: bool
SecretKeySelector atomic
  key: string!, name: string, optional: bool
SecurityContext
  allowPrivilegeEscalation: bool, appArmorProfile: AppArmorProfile, capabilities: Capabilities, privileged: bool,
  procMount: string, readOnlyRootFilesystem: bool, runAsGroup: int64, runAsNonRoot: bool, runAsUser: int64,
  seLinuxOptions: SELinuxOptions, seccompProfile: SeccompProfile, windowsOptions: WindowsSecurityContextOptions
SleepAction
  seconds: int64! = 0
Sysctl
  name: string!, value: string!
TCPSocketAction
  host: string, port: intOrString!
Toleration
  effect: string, key: string, operator: string, tolerationSeconds: int64, value: string
TopologySpreadConstraint
  labelSelector: LabelSelector, matchLabelKeys: [string], maxSkew: int = 0, minDomains: int,
  nodeAffinityPolicy: string, nodeTaintsPolicy: string, topologyKey: string!,
  whenUnsatisfiable: string! in DoNotSchedule|ScheduleAnyway
WeightedPodAffinityTerm
  podAffinityTerm: PodAffinityTerm!, weight: int = 0
WindowsSecurityContextOptions
  gmsaCredentialSpec: string, gmsaCredentialSpecName: string, hostProcess: bool, runAsUserName: string
`;
