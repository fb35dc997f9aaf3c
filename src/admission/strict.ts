import { GATE, REQUIRE_DRAIN } from '../api/pod.ts';
import { ADMISSION_API, type Manifest, NAMES, POD_CREATION } from './installation.ts';

const VALIDATIONS = [
  {
    expression: `object.spec.?readinessGates.orValue([]).exists(g, g.conditionType == '${GATE}')`,
    messageExpression: `"the label ${REQUIRE_DRAIN} wants the readiness gate ${GATE}, and the pod has none: injection is off or down, or no drain line selects the pod"`,
  },
  {
    expression: 'object.spec.containers.all(c, c.?lifecycle.preStop.hasValue())',
    messageExpression: `"the label ${REQUIRE_DRAIN} wants a preStop on every container, and these have none: " + object.spec.containers.filter(c, !c.?lifecycle.preStop.hasValue()).map(c, c.name).join(', ') + "; injection is off or down, or no drain line selects the pod"`,
  },
];

/** Refuses pods with the label `podwire.dev/require-drain` that were not protected; whoever makes them tries again, so that it heals with the injection. */
export const strictPolicy = (): Manifest[] => [
  {
    apiVersion: ADMISSION_API,
    kind: 'ValidatingAdmissionPolicy',
    metadata: { name: NAMES.strict },
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
    metadata: { name: NAMES.strict },
    spec: { policyName: NAMES.strict, validationActions: ['Deny'] },
  },
];
