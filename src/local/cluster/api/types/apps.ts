/** Workloads, in the notation of `schema/notation.ts`. Facts: the Kubernetes v1 API reference. */

export const APPS_TYPES = `
Deployment
  metadata: ObjectMeta, spec: DeploymentSpec, status: DeploymentStatus = {}
DeploymentCondition
  lastTransitionTime: time, lastUpdateTime: time, message: string, reason: string, status: string!, type: string!
DeploymentSpec
  minReadySeconds: int 0.., paused: bool, progressDeadlineSeconds: int 0.. = 600, replicas: int 0.. = 1,
  revisionHistoryLimit: int 0.. = 10, selector: LabelSelector!, strategy: DeploymentStrategy retainKeys = {},
  template: PodTemplateSpec!
DeploymentStatus
  availableReplicas: int, collisionCount: int, conditions: [DeploymentCondition] by type, observedGeneration: int64,
  readyReplicas: int, replicas: int, terminatingReplicas: int, unavailableReplicas: int, updatedReplicas: int
DeploymentStrategy
  rollingUpdate: RollingUpdateDeployment, type: string in Recreate|RollingUpdate = "RollingUpdate"
ReplicaSet
  metadata: ObjectMeta, spec: ReplicaSetSpec, status: ReplicaSetStatus = {}
ReplicaSetCondition
  lastTransitionTime: time, message: string, reason: string, status: string!, type: string!
ReplicaSetSpec
  minReadySeconds: int 0.., replicas: int 0.. = 1, selector: LabelSelector!, template: PodTemplateSpec
ReplicaSetStatus
  availableReplicas: int, conditions: [ReplicaSetCondition] by type, fullyLabeledReplicas: int,
  observedGeneration: int64, readyReplicas: int, replicas: int = 0, terminatingReplicas: int
RollingUpdateDeployment
  maxSurge: intOrString, maxUnavailable: intOrString
`;

export const AUTOSCALING_TYPES = `
Scale
  metadata: ObjectMeta, spec: ScaleSpec, status: ScaleStatus
ScaleSpec
  replicas: int = 0
ScaleStatus
  replicas: int = 0, selector: string
`;
