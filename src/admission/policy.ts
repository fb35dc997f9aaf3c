import { nameFor } from '../api/controller.ts';
import { GATE, INJECT, INJECTED } from '../api/pod.ts';
import { LINE_PATTERN } from '../model/drain/line.ts';
import { MATCH_CONDITIONS } from './conditions.ts';
import {
  ADMISSION_API,
  excludedNamespaces,
  type Installation,
  type Manifest,
  namesOf,
  POD_CREATION,
} from './installation.ts';

/** CEL: whether the line with key `n` is one and selects the pod. A label that is not there has no value, not the empty one. */
const SELECTS = `params.data[n].matches('${LINE_PATTERN}') &&
(params.data[n].split(';')[4] == '' || params.data[n].split(';')[4].split(',').all(kv,
  kv.split('=')[0] in object.metadata.?labels.orValue({}) && object.metadata.labels[kv.split('=')[0]] == kv.split('=')[1]))`;

const LINES = 'params.?data.orValue({})';

// The order is that of use: a variable sees those before it. src/model/injection.ts says the same in TypeScript.
const VARIABLES: Record<string, string> = {
  ann: 'object.metadata.?annotations.orValue({})',
  // [version, seconds, gate, liveness, selector] of the lines that select the pod.
  rules: `${LINES}.filter(n, ${SELECTS}).map(n, params.data[n].split(';'))`,
  // Seconds of an earlier evaluation: by another binding, on reinvocation, or of the pod this one was copied from.
  old: `variables.ann[?'${INJECTED.preStopSeconds}'].orValue('').matches('^[0-9]{1,4}$') ? int(variables.ann['${INJECTED.preStopSeconds}']) : 0`,
  grace: 'int(object.spec.?terminationGracePeriodSeconds.orValue(30))',
  // The author's: what an earlier evaluation noted down, as long as the grace is still the sum that it made.
  appGrace: `variables.ann[?'${INJECTED.appGraceSeconds}'].orValue('').matches('^[1-9][0-9]{0,5}$') &&
variables.grace == int(variables.ann['${INJECTED.appGraceSeconds}']) + variables.old
? int(variables.ann['${INJECTED.appGraceSeconds}']) : variables.grace`,
  want: '([variables.old] + variables.rules.map(r, int(r[1]))).max()',
  ours: `variables.old > 0 ? variables.ann[?'${INJECTED.containers}'].orValue('').split(',') : []`,
  // Containers without a preStop, and those whose preStop is ours.
  targets: `object.spec.containers.filter(c, !c.?lifecycle.preStop.hasValue() ||
(c.name in variables.ours && c.lifecycle.preStop.?sleep.seconds.orValue(-1) == variables.old)).map(c, c.name)`,
  injects: 'variables.want > 0 && variables.targets.size() > 0',
  preserves: "variables.rules.exists(r, int(r[1]) > 0 && r[3] == 'preserve')",
};

const readinessGate = (gate: string): string => `!variables.rules.exists(r, r[2] == 'true') ||
object.spec.?readinessGates.orValue([]).exists(g, g.conditionType == '${gate}')
? []
: (has(object.spec.readinessGates)
  ? [JSONPatch{op: 'add', path: '/spec/readinessGates/-', value: {'conditionType': '${gate}'}}]
  : [JSONPatch{op: 'add', path: '/spec/readinessGates', value: [{'conditionType': '${gate}'}]}])`;

const probe = (list: string, name: string): string => `?${name}: variables.preserves && c.?${name}.hasValue() &&
!c.${name}.?terminationGracePeriodSeconds.hasValue()
? optional.of(Object.spec.${list}.${name}{terminationGracePeriodSeconds: variables.appGrace}) : optional.none()`;

const probes = (list: string): string => [probe(list, 'livenessProbe'), probe(list, 'startupProbe')].join(',\n');

const SLEEP_AND_GRACE = `!variables.injects
? Object{}
: Object{
  metadata: Object.metadata{annotations: {
    '${INJECTED.appGraceSeconds}': string(variables.appGrace),
    '${INJECTED.preStopSeconds}': string(variables.want),
    '${INJECTED.containers}': variables.targets.join(',')}},
  spec: Object.spec{
    terminationGracePeriodSeconds: variables.appGrace + variables.want,
    containers: object.spec.containers.map(c, Object.spec.containers{
      name: c.name,
      ?lifecycle: c.name in variables.targets
        ? optional.of(Object.spec.containers.lifecycle{
          preStop: Object.spec.containers.lifecycle.preStop{
            sleep: Object.spec.containers.lifecycle.preStop.sleep{seconds: variables.want}}})
        : optional.none(),
      ${probes('containers')}}),
    initContainers: object.spec.?initContainers.orValue([]).map(c, Object.spec.initContainers{
      name: c.name,
      ${probes('initContainers')}})}}`;

/** The policy that writes gate, sleep and grace into pods, and what binds it: to each namespace's lines, and for labelled namespaces to one fixed ConfigMap. */
export function injectionPolicy(installation: Installation): Manifest[] {
  return [policy(installation), ...bindings(installation)];
}

const policy = (installation: Installation): Manifest => ({
  apiVersion: ADMISSION_API,
  kind: 'MutatingAdmissionPolicy',
  metadata: { name: namesOf(installation.controllerId).policy },
  spec: {
    // A custom resource as parameter leaves gaps after an API server's restart; a ConfigMap does not.
    paramKind: { apiVersion: 'v1', kind: 'ConfigMap' },
    failurePolicy: 'Ignore',
    reinvocationPolicy: 'IfNeeded',
    matchConstraints: {
      namespaceSelector: { matchExpressions: [excludedNamespaces(installation)] },
      resourceRules: [POD_CREATION],
    },
    matchConditions: [...MATCH_CONDITIONS, { name: 'selected', expression: `${LINES}.exists(n, ${SELECTS})` }],
    variables: Object.entries(VARIABLES).map(([name, expression]) => ({ name, expression })),
    mutations: [
      // A list of Object{} as value panics the API server (kubernetes #142181): map literals only.
      { patchType: 'JSONPatch', jsonPatch: { expression: readinessGate(nameFor(GATE, installation.controllerId)) } },
      { patchType: 'ApplyConfiguration', applyConfiguration: { expression: SLEEP_AND_GRACE } },
    ],
  },
});

function bindings({ namespace, controllerId }: Installation): Manifest[] {
  const { policy: policyName, first, lines, defaults } = namesOf(controllerId);
  const binding = (name: string, spec: object): Manifest => ({
    apiVersion: ADMISSION_API,
    kind: 'MutatingAdmissionPolicyBinding',
    metadata: { name },
    spec: { policyName, ...spec },
  });
  return [
    binding(policyName, { paramRef: { name: lines, parameterNotFoundAction: 'Allow' } }),
    binding(first, {
      paramRef: { name: defaults, namespace, parameterNotFoundAction: 'Allow' },
      matchResources: { namespaceSelector: { matchLabels: { [INJECT]: 'enabled' } } },
    }),
  ];
}
