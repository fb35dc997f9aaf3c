import { ADMISSION_API, type Installation, type Manifest, namesOf } from './installation.ts';

/** Every field of a pod's status but the conditions (Kubernetes v1.36, core/v1 PodStatus). A misspelt one would guard nothing, without a word. */
export const GUARDED_STATUS = [
  'allocatedResources',
  'containerStatuses',
  'ephemeralContainerStatuses',
  'extendedResourceClaimStatus',
  'hostIP',
  'hostIPs',
  'initContainerStatuses',
  'message',
  'nodeAllocatableResourceClaimStatuses',
  'nominatedNodeName',
  'observedGeneration',
  'phase',
  'podIP',
  'podIPs',
  'qosClass',
  'reason',
  'resize',
  'resourceClaimStatuses',
  'resources',
  'startTime',
] as const;

/** What the status subresource lets a writer change beside the status. */
export const GUARDED_METADATA = ['labels', 'annotations', 'finalizers'] as const;

const PREFIX = 'podwire.dev/';

const foreign = (object: string): string =>
  `${object}.status.?conditions.orValue([]).filter(c, !c.type.startsWith('${PREFIX}'))`;

const unchanged = (part: 'metadata' | 'status', fields: readonly string[]): string =>
  fields.map((field) => `object.${part}.?${field} == oldObject.${part}.?${field}`).join(' &&\n');

/** Limits our own right to write `pods/status` to conditions of our prefix, which roles cannot. */
export const guardPolicy = ({ namespace, serviceAccount, controllerId }: Installation): Manifest[] => [
  {
    apiVersion: ADMISSION_API,
    kind: 'ValidatingAdmissionPolicy',
    metadata: { name: namesOf(controllerId).guard },
    spec: {
      failurePolicy: 'Fail',
      matchConstraints: {
        resourceRules: [{ apiGroups: [''], apiVersions: ['v1'], operations: ['UPDATE'], resources: ['pods/status'] }],
      },
      matchConditions: [
        {
          name: 'our-service-account',
          expression: `request.userInfo.username == 'system:serviceaccount:${namespace}:${serviceAccount}'`,
        },
      ],
      validations: [
        {
          message: `only conditions with the prefix ${PREFIX} may be changed`,
          expression: `${foreign('object')} ==\n${foreign('oldObject')}`,
        },
        {
          message: `${GUARDED_METADATA.join(', ')} may not be changed`,
          expression: unchanged('metadata', GUARDED_METADATA),
        },
        {
          message: 'no status field other than conditions may be changed',
          expression: unchanged('status', GUARDED_STATUS),
        },
      ],
    },
  },
  {
    apiVersion: ADMISSION_API,
    kind: 'ValidatingAdmissionPolicyBinding',
    metadata: { name: namesOf(controllerId).guard },
    spec: { policyName: namesOf(controllerId).guard, validationActions: ['Deny'] },
  },
];
