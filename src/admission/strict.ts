import { GATE, REQUIRE_DRAIN } from '../api/pod.ts';
import { ADMISSION_API, type Installation, type Manifest, namesOf, POD_CREATION } from './installation.ts';

// The gate of whichever operator the pod is a target of.
const VALIDATIONS = [
  {
    expression: `object.spec.?readinessGates.orValue([]).exists(g, g.conditionType == '${GATE}' || g.conditionType.startsWith('${GATE}-'))`,
    messageExpression: `"the label ${REQUIRE_DRAIN} wants the readiness gate ${GATE}, and the pod has none: injection is off or down, or no drain line selects the pod"`,
  },
  {
    expression: 'object.spec.containers.all(c, c.?lifecycle.preStop.hasValue())',
    messageExpression: `"the label ${REQUIRE_DRAIN} wants a preStop on every container, and these have none: " + object.spec.containers.filter(c, !c.?lifecycle.preStop.hasValue()).map(c, c.name).join(', ') + "; injection is off or down, or no drain line selects the pod"`,
  },
];

/** Refuses pods with the label `podwire.dev/require-drain` that were not protected; whoever makes them tries again, so that it heals with the injection. */
export const strictPolicy = ({ controllerId }: Installation): Manifest[] => [
  {
    apiVersion: ADMISSION_API,
    kind: 'ValidatingAdmissionPolicy',
    metadata: { name: namesOf(controllerId).strict },
    spec: {
      failurePolicy: 'Fail',
      matchConstraints: {
        objectSelector: { matchExpressions: [{ key: REQUIRE_DRAIN, operator: 'Exists' }] },
        resourceRules: [POD_CREATION],
      },
      validations: VALIDATIONS,
    },
  },
  {
    apiVersion: ADMISSION_API,
    kind: 'ValidatingAdmissionPolicyBinding',
    metadata: { name: namesOf(controllerId).strict },
    spec: { policyName: namesOf(controllerId).strict, validationActions: ['Deny'] },
  },
];
