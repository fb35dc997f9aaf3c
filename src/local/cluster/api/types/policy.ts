/** Disruption budgets, leases and events, in the notation of `schema/notation.ts`. Facts: the Kubernetes v1 API reference. */

export const POLICY_TYPES = `
Eviction
  deleteOptions: DeleteOptions, metadata: ObjectMeta
PodDisruptionBudget
  metadata: ObjectMeta, spec: PodDisruptionBudgetSpec = {}, status: PodDisruptionBudgetStatus = {}
PodDisruptionBudgetSpec
  maxUnavailable: intOrString, minAvailable: intOrString, selector: LabelSelector,
  unhealthyPodEvictionPolicy: string
PodDisruptionBudgetStatus
  conditions: [Condition] by type, currentHealthy: int = 0, desiredHealthy: int = 0, disruptedPods: {time},
  disruptionsAllowed: int = 0, expectedPods: int = 0, observedGeneration: int64
`;

export const COORDINATION_TYPES = `
Lease
  metadata: ObjectMeta, spec: LeaseSpec = {}
LeaseSpec
  acquireTime: microTime, holderIdentity: string, leaseDurationSeconds: int, leaseTransitions: int,
  preferredHolder: string, renewTime: microTime, strategy: string
`;

export const EVENTS_TYPES = `
Event
  action: string, deprecatedCount: int, deprecatedFirstTimestamp: time, deprecatedLastTimestamp: time,
  deprecatedSource: EventSource, eventTime: microTime!, metadata: ObjectMeta, note: string, reason: string,
  regarding: ObjectReference, related: ObjectReference, reportingController: string, reportingInstance: string,
  series: EventSeries, type: string
EventSeries
  count: int = 0, lastObservedTime: microTime!
`;
