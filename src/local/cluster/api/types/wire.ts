/**
 * Field numbers of the protobuf form that kubectl's own `create` commands send. A type's fields in the order of their numbers, from 1 or from the last `=n`;
 * `*` marks one whose zero value says something (a pointer in the API's Go types), `<T>` the fields of T as fields of this type.
 * Types of statuses and of volumes no process kubelet can mount are left out. Facts: the Kubernetes API types.
 */
export const WIRE = {
  core: `
Affinity: *nodeAffinity *podAffinity *podAntiAffinity
AppArmorProfile: type *localhostProfile
Binding: metadata target
CSIVolumeSource: driver *readOnly *fsType volumeAttributes *nodePublishSecretRef
Capabilities: add drop
ClientIPConfig: *timeoutSeconds
ConfigMap: metadata data binaryData *immutable
ConfigMapEnvSource: <LocalObjectReference> *optional
ConfigMapKeySelector: <LocalObjectReference> key *optional
ConfigMapProjection: <LocalObjectReference> items =4 *optional
ConfigMapVolumeSource: <LocalObjectReference> items *defaultMode *optional
Container: name image command args workingDir ports env resources volumeMounts *livenessProbe *readinessProbe
  *lifecycle terminationMessagePath imagePullPolicy *securityContext stdin stdinOnce tty envFrom
  terminationMessagePolicy volumeDevices *startupProbe resizePolicy *restartPolicy restartPolicyRules
ContainerPort: name hostPort containerPort protocol hostIP
ContainerResizePolicy: resourceName restartPolicy
ContainerRestartRule: action *exitCodes
ContainerRestartRuleOnExitCodes: operator values
DownwardAPIProjection: items
DownwardAPIVolumeFile: path *fieldRef *resourceFieldRef *mode
DownwardAPIVolumeSource: items *defaultMode
EmptyDirVolumeSource: medium *sizeLimit
EndpointAddress: ip *targetRef hostname *nodeName
EndpointPort: name port protocol *appProtocol
EndpointSubset: addresses notReadyAddresses ports
Endpoints: metadata subsets
EnvFromSource: prefix *configMapRef *secretRef
EnvVar: name value *valueFrom
EnvVarSource: *fieldRef *resourceFieldRef *configMapKeyRef *secretKeyRef *fileKeyRef
EphemeralContainer: <EphemeralContainerCommon> targetContainerName
EphemeralContainerCommon: name image command args workingDir ports env resources volumeMounts *livenessProbe
  *readinessProbe *lifecycle terminationMessagePath imagePullPolicy *securityContext stdin stdinOnce tty envFrom
  terminationMessagePolicy volumeDevices *startupProbe resizePolicy *restartPolicy restartPolicyRules
EphemeralVolumeSource: *volumeClaimTemplate readOnly
Event: metadata involvedObject reason message source firstTimestamp lastTimestamp count type eventTime *series action
  *related reportingComponent reportingInstance
EventSeries: count lastObservedTime
EventSource: component host
ExecAction: command
FileKeySelector: volumeName path key *optional
GRPCAction: port *service
HTTPGetAction: path port host scheme httpHeaders
HTTPHeader: name value
HostAlias: ip hostnames
HostPathVolumeSource: path *type
ImageVolumeSource: reference pullPolicy
KeyToPath: key path *mode
Lifecycle: *postStart *preStop *stopSignal
LifecycleHandler: *exec *httpGet *tcpSocket *sleep
LocalObjectReference: name
NFSVolumeSource: server path readOnly
Namespace: metadata spec
NamespaceSpec: finalizers
Node: metadata spec
NodeAffinity: *requiredDuringSchedulingIgnoredDuringExecution preferredDuringSchedulingIgnoredDuringExecution
NodeSelector: nodeSelectorTerms
NodeSelectorRequirement: key operator values
NodeSelectorTerm: matchExpressions matchFields
NodeSpec: podCIDR externalID providerID unschedulable taints =7 podCIDRs
ObjectFieldSelector: apiVersion fieldPath
ObjectReference: kind namespace name uid apiVersion resourceVersion fieldPath
PersistentVolumeClaimSpec: accessModes resources volumeName *selector *storageClassName *volumeMode *dataSource
  *dataSourceRef *volumeAttributesClassName
PersistentVolumeClaimTemplate: metadata spec
PersistentVolumeClaimVolumeSource: claimName readOnly
Pod: metadata spec
PodAffinity: requiredDuringSchedulingIgnoredDuringExecution preferredDuringSchedulingIgnoredDuringExecution
PodAffinityTerm: *labelSelector namespaces topologyKey *namespaceSelector matchLabelKeys mismatchLabelKeys
PodAntiAffinity: requiredDuringSchedulingIgnoredDuringExecution preferredDuringSchedulingIgnoredDuringExecution
PodDNSConfig: nameservers searches options
PodDNSConfigOption: name *value
PodOS: name
PodReadinessGate: conditionType
PodResourceClaim: name source *resourceClaimName *resourceClaimTemplateName
PodSchedulingGate: name
PodSecurityContext: *seLinuxOptions *runAsUser *runAsNonRoot supplementalGroups *fsGroup *runAsGroup sysctls
  *windowsOptions *fsGroupChangePolicy *seccompProfile *appArmorProfile *supplementalGroupsPolicy
  *seLinuxChangePolicy
PodSpec: volumes containers restartPolicy *terminationGracePeriodSeconds *activeDeadlineSeconds dnsPolicy
  nodeSelector serviceAccountName serviceAccount nodeName hostNetwork hostPID hostIPC *securityContext
  imagePullSecrets hostname subdomain *affinity schedulerName initContainers *automountServiceAccountToken
  tolerations hostAliases priorityClassName *priority *dnsConfig *shareProcessNamespace readinessGates
  *runtimeClassName *enableServiceLinks *preemptionPolicy overhead topologySpreadConstraints ephemeralContainers
  *setHostnameAsFQDN *os *hostUsers schedulingGates resourceClaims *resources *hostnameOverride *workloadRef
PodTemplateSpec: metadata spec
PreferredSchedulingTerm: weight preference
Probe: <ProbeHandler> initialDelaySeconds timeoutSeconds periodSeconds successThreshold failureThreshold
  *terminationGracePeriodSeconds
ProbeHandler: *exec *httpGet *tcpSocket *grpc
ProjectedVolumeSource: sources *defaultMode
ResourceClaim: name request
ResourceFieldSelector: containerName resource divisor
ResourceRequirements: limits requests claims
SELinuxOptions: user role type level
SeccompProfile: type *localhostProfile
Secret: metadata data type stringData *immutable
SecretEnvSource: <LocalObjectReference> *optional
SecretKeySelector: <LocalObjectReference> key *optional
SecretProjection: <LocalObjectReference> items =4 *optional
SecretVolumeSource: secretName items *defaultMode *optional
SecurityContext: *capabilities *privileged *seLinuxOptions *runAsUser *runAsNonRoot *readOnlyRootFilesystem
  *allowPrivilegeEscalation *runAsGroup *procMount *windowsOptions *seccompProfile *appArmorProfile
Service: metadata spec
ServiceAccount: metadata secrets imagePullSecrets *automountServiceAccountToken
ServiceAccountTokenProjection: audience *expirationSeconds path
ServicePort: name protocol port targetPort nodePort *appProtocol
ServiceSpec: ports selector clusterIP type externalIPs =7 sessionAffinity loadBalancerIP loadBalancerSourceRanges
  externalName externalTrafficPolicy healthCheckNodePort publishNotReadyAddresses *sessionAffinityConfig *ipFamily
  topologyKeys *ipFamilyPolicy clusterIPs ipFamilies *allocateLoadBalancerNodePorts *loadBalancerClass
  *internalTrafficPolicy *trafficDistribution
SessionAffinityConfig: *clientIP
SleepAction: seconds
Sysctl: name value
TCPSocketAction: port host
Taint: key value effect *timeAdded
Toleration: key operator value effect *tolerationSeconds
TopologySpreadConstraint: maxSkew topologyKey whenUnsatisfiable *labelSelector *minDomains *nodeAffinityPolicy
  *nodeTaintsPolicy matchLabelKeys
TypedLocalObjectReference: *apiGroup kind name
TypedObjectReference: *apiGroup kind name *namespace
Volume: name <VolumeSource>
VolumeDevice: name devicePath
VolumeMount: name readOnly mountPath subPath *mountPropagation subPathExpr *recursiveReadOnly
VolumeProjection: *secret *downwardAPI *configMap *serviceAccountToken
VolumeResourceRequirements: limits requests claims
VolumeSource: *hostPath *emptyDir =6 *secret *nfs =10 *persistentVolumeClaim =16 *downwardAPI =19 *configMap =26
  *projected =28 *csi *ephemeral *image
WeightedPodAffinityTerm: weight podAffinityTerm
WindowsSecurityContextOptions: *gmsaCredentialSpecName *gmsaCredentialSpec *runAsUserName *hostProcess
`,
  apps: `
Deployment: metadata spec
DeploymentSpec: *replicas *selector template strategy minReadySeconds *revisionHistoryLimit paused =9
  *progressDeadlineSeconds
DeploymentStrategy: type *rollingUpdate
ReplicaSet: metadata spec
ReplicaSetSpec: *replicas *selector template minReadySeconds
RollingUpdateDeployment: *maxUnavailable *maxSurge
`,
  networking: `
HTTPIngressPath: path backend *pathType
HTTPIngressRuleValue: paths
Ingress: metadata spec
IngressBackend: =3 *resource *service
IngressClass: metadata spec
IngressClassParametersReference: *apiGroup kind name *scope *namespace
IngressClassSpec: controller *parameters
IngressRule: host <IngressRuleValue>
IngressRuleValue: *http
IngressServiceBackend: name port
IngressSpec: *defaultBackend tls rules *ingressClassName
IngressTLS: hosts secretName
ServiceBackendPort: name number
`,
  discovery: `
Endpoint: addresses conditions *hostname *targetRef deprecatedTopology *nodeName *zone *hints
EndpointConditions: *ready *serving *terminating
EndpointHints: forZones forNodes
EndpointPort: *name *protocol *port *appProtocol
EndpointSlice: metadata endpoints ports addressType
ForNode: name
ForZone: name
`,
  coordination: `
Lease: metadata spec
LeaseSpec: *holderIdentity *leaseDurationSeconds *acquireTime *renewTime *leaseTransitions *strategy *preferredHolder
`,
  policy: `
Eviction: metadata *deleteOptions
PodDisruptionBudget: metadata spec
PodDisruptionBudgetSpec: *minAvailable *selector *maxUnavailable *unhealthyPodEvictionPolicy
`,
  events: `
Event: metadata eventTime *series reportingController reportingInstance action reason regarding *related note type
  deprecatedSource deprecatedFirstTimestamp deprecatedLastTimestamp deprecatedCount
EventSeries: count lastObservedTime
`,
  autoscaling: `
Scale: metadata spec
ScaleSpec: replicas
`,
  admission: `
MutatingWebhook: name clientConfig rules *failurePolicy *namespaceSelector *sideEffects *timeoutSeconds
  admissionReviewVersions *matchPolicy *reinvocationPolicy *objectSelector
MutatingWebhookConfiguration: metadata webhooks
Rule: apiGroups apiVersions resources *scope
RuleWithOperations: operations <Rule>
ServiceReference: namespace name *path *port
ValidatingWebhook: name clientConfig rules *failurePolicy *namespaceSelector *sideEffects *timeoutSeconds
  admissionReviewVersions *matchPolicy *objectSelector
ValidatingWebhookConfiguration: metadata webhooks
WebhookClientConfig: *service caBundle *url
`,
  meta: `
DeleteOptions: *gracePeriodSeconds *preconditions *orphanDependents *propagationPolicy dryRun
  *ignoreStoreReadErrorWithClusterBreakingPotential
LabelSelector: matchLabels matchExpressions
LabelSelectorRequirement: key operator values
ObjectMeta: name generateName namespace selfLink uid resourceVersion generation creationTimestamp *deletionTimestamp
  *deletionGracePeriodSeconds labels annotations ownerReferences finalizers clusterName
OwnerReference: kind =3 name uid apiVersion *controller *blockOwnerDeletion
Preconditions: *uid *resourceVersion
`,
};
