import type { Setting } from './setting.ts';
import type { Settings } from './settings.ts';

const seconds = (fallback: string, text: string) => ({ kind: 'seconds', fallback, text }) as const;

/** Where the drain budget of every group starts from; IngressClasses, Ingresses and Services may say otherwise. */
export const DRAIN_SETTINGS = {
  drainMode: {
    kind: { oneOf: ['Managed', 'Audit'] },
    fallback: 'Managed',
    text: 'Managed has sleep and readiness gate injected into pods behind a load balancer; Audit only says what they lack.',
  },
  drainPropagationAlbSeconds: seconds(
    '20',
    'From an answered call until every node of an Application Load Balancer acts on it.',
  ),
  drainPropagationNlbSeconds: seconds(
    '120',
    'From an answered call until every node of a Network Load Balancer acts on it.',
  ),
  drainControllerGapSeconds: seconds('20', 'For how long the operator may be away without a lost request.'),
  drainMarginAlbSeconds: seconds('3', 'What is added behind an Application Load Balancer.'),
  drainMarginNlbSeconds: seconds('8', 'What is added behind a Network Load Balancer.'),
  drainDetectSeconds: seconds('2', 'From the deletion of a pod until the operator has seen it.'),
  drainHoldSeconds: {
    kind: { secondsOr: 'auto' },
    fallback: '0',
    text: 'How long the replacement of a pod is waited for; auto is as long as its pods take to become healthy.',
  },
  drainMaxRequestSeconds: seconds('30', 'The longest request; decides the deregistration delay where nobody set one.'),
  drainLivenessGrace: {
    kind: { oneOf: ['Preserve', 'Off'] },
    fallback: 'Preserve',
    text: 'Preserve lets a container that fails its liveness probe be killed as fast as before injection.',
  },
  drainMaxTotalGraceSeconds: seconds('300', 'A pod that may take longer than this to end is warned of.'),
  drainGate: {
    kind: 'flag',
    fallback: 'true',
    text: 'Whether pods carry a readiness gate that opens when the load balancer has seen them healthy.',
  },
  drainGateTimeoutSeconds: seconds('600', 'After that a gate may open for a group that has nothing to protect.'),
  drainPreDrainOnNodeDisruption: {
    kind: 'flag',
    fallback: 'false',
    text: 'Whether pods are deregistered as soon as their node announces that it goes (taints of Karpenter, cluster-autoscaler and aws-node-termination-handler), as long as another target is healthy.',
  },
} as const satisfies Record<string, Setting>;

/** The values as the model takes them. */
export const drainSettingsOf = (values: Pick<Settings, keyof typeof DRAIN_SETTINGS>) => ({
  mode: values.drainMode,
  detect: values.drainDetectSeconds,
  hold: values.drainHoldSeconds,
  controllerGap: values.drainControllerGapSeconds,
  propagation: { application: values.drainPropagationAlbSeconds, network: values.drainPropagationNlbSeconds },
  margin: { application: values.drainMarginAlbSeconds, network: values.drainMarginNlbSeconds },
  gate: values.drainGate,
  gateTimeout: values.drainGateTimeoutSeconds,
  livenessGrace: values.drainLivenessGrace,
  maxRequest: values.drainMaxRequestSeconds,
  ...(values.drainPreDrainOnNodeDisruption && { preDrain: true }),
});
