import type { Setting } from './table.ts';

const seconds = (name: string, fallback: string, text: string): Setting & { kind: 'seconds' } => ({
  env: [name],
  kind: 'seconds',
  fallback,
  text,
});

const bool = { kind: { oneOf: ['true', 'false'] } } as const;

/** Where the drain budget of every group starts from; IngressClasses, Ingresses and Services may say otherwise. */
export const DRAIN_SETTINGS = {
  'drain-mode': {
    env: ['PODWIRE_DRAIN_MODE'],
    kind: { oneOf: ['Managed', 'Audit'] },
    fallback: 'Managed',
    text: 'Managed has sleep and readiness gate injected into pods behind a load balancer; Audit only says what they lack.',
  },
  'drain-propagation-alb-seconds': seconds(
    'PODWIRE_DRAIN_PROPAGATION_ALB_SECONDS',
    '20',
    'From an answered call until every node of an Application Load Balancer acts on it. Fractions are allowed, here and below.',
  ),
  'drain-propagation-nlb-seconds': seconds(
    'PODWIRE_DRAIN_PROPAGATION_NLB_SECONDS',
    '120',
    'The same for a Network Load Balancer.',
  ),
  'drain-controller-gap-seconds': seconds(
    'PODWIRE_DRAIN_CONTROLLER_GAP_SECONDS',
    '20',
    'For how long the operator may be away without a lost request.',
  ),
  'drain-margin-alb-seconds': seconds(
    'PODWIRE_DRAIN_MARGIN_ALB_SECONDS',
    '3',
    'What is added behind an Application Load Balancer.',
  ),
  'drain-margin-nlb-seconds': seconds(
    'PODWIRE_DRAIN_MARGIN_NLB_SECONDS',
    '8',
    'What is added behind a Network Load Balancer.',
  ),
  'drain-detect-seconds': seconds(
    'PODWIRE_DRAIN_DETECT_SECONDS',
    '2',
    'From the deletion of a pod until the operator has seen it.',
  ),
  'drain-hold-seconds': {
    env: ['PODWIRE_DRAIN_HOLD_SECONDS'],
    kind: { secondsOr: 'auto' },
    fallback: '0',
    text: 'How long the replacement of a pod is waited for; auto is as long as its pods take to become healthy.',
  },
  'drain-max-request-seconds': seconds(
    'PODWIRE_DRAIN_MAX_REQUEST_SECONDS',
    '30',
    'The longest request; decides the deregistration delay where nobody set one.',
  ),
  'drain-liveness-grace': {
    env: ['PODWIRE_DRAIN_LIVENESS_GRACE'],
    kind: { oneOf: ['Preserve', 'Off'] },
    fallback: 'Preserve',
    text: 'Preserve lets a container that fails its liveness probe be killed as fast as before injection.',
  },
  'drain-max-total-grace-seconds': seconds(
    'PODWIRE_DRAIN_MAX_TOTAL_GRACE_SECONDS',
    '300',
    'A pod that may take longer than this to end is warned of.',
  ),
  'drain-gate': {
    env: ['PODWIRE_DRAIN_GATE'],
    ...bool,
    fallback: 'true',
    text: 'Whether pods carry a readiness gate that opens when the load balancer has seen them healthy.',
  },
  'drain-gate-timeout-seconds': seconds(
    'PODWIRE_DRAIN_GATE_TIMEOUT_SECONDS',
    '600',
    'After that a gate may open for a group that has nothing to protect.',
  ),
  'drain-pre-drain-on-node-disruption': {
    env: ['PODWIRE_DRAIN_PRE_DRAIN_ON_NODE_DISRUPTION'],
    ...bool,
    fallback: 'false',
    text: 'Whether pods are deregistered as soon as their node announces that it goes (taints of Karpenter, cluster-autoscaler and aws-node-termination-handler), as long as another target is healthy.',
  },
} as const satisfies Record<string, Setting>;

/** Their values, by the names that code uses. */
export type DrainValues = {
  drainMode: 'Managed' | 'Audit';
  drainPropagationAlbSeconds: number;
  drainPropagationNlbSeconds: number;
  drainControllerGapSeconds: number;
  drainMarginAlbSeconds: number;
  drainMarginNlbSeconds: number;
  drainDetectSeconds: number;
  drainHoldSeconds: number | 'auto';
  drainMaxRequestSeconds: number;
  drainLivenessGrace: 'Preserve' | 'Off';
  drainMaxTotalGraceSeconds: number;
  drainGate: 'true' | 'false';
  drainGateTimeoutSeconds: number;
  drainPreDrainOnNodeDisruption: 'true' | 'false';
};

/** The values as the model takes them. */
export const drainSettingsOf = (values: DrainValues) => ({
  mode: values.drainMode,
  detect: values.drainDetectSeconds,
  hold: values.drainHoldSeconds,
  controllerGap: values.drainControllerGapSeconds,
  propagation: { application: values.drainPropagationAlbSeconds, network: values.drainPropagationNlbSeconds },
  margin: { application: values.drainMarginAlbSeconds, network: values.drainMarginNlbSeconds },
  gate: values.drainGate === 'true',
  gateTimeout: values.drainGateTimeoutSeconds,
  livenessGrace: values.drainLivenessGrace,
  maxRequest: values.drainMaxRequestSeconds,
  ...(values.drainPreDrainOnNodeDisruption === 'true' && { preDrain: true }),
});
