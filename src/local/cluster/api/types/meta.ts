/** What every object carries, in the notation of `schema/notation.ts`. Facts: the Kubernetes v1 API reference. */

export const META_TYPES = `
Condition
  lastTransitionTime: time!, message: string!, observedGeneration: int64, reason: string!, status: string!,
  type: string!
DeleteOptions
  dryRun: [string], gracePeriodSeconds: int64, ignoreStoreReadErrorWithClusterBreakingPotential: bool,
  orphanDependents: bool, preconditions: Preconditions, propagationPolicy: string
LabelSelector atomic
  matchExpressions: [LabelSelectorRequirement], matchLabels: {string}
LabelSelectorRequirement
  key: string!, operator: string!, values: [string]
ManagedFieldsEntry
  apiVersion: string, fieldsType: string, fieldsV1: any, manager: string, operation: string, subresource: string,
  time: time
ObjectMeta
  annotations: {string}, creationTimestamp: time, deletionGracePeriodSeconds: int64, deletionTimestamp: time,
  finalizers: [string] set merge, generateName: string, generation: int64, labels: {string},
  managedFields: [ManagedFieldsEntry], name: string, namespace: string, ownerReferences: [OwnerReference] by uid,
  resourceVersion: string, selfLink: string, uid: string
OwnerReference atomic
  apiVersion: string!, blockOwnerDeletion: bool, controller: bool, kind: string!, name: string!, uid: string!
Preconditions
  resourceVersion: string, uid: string
`;
