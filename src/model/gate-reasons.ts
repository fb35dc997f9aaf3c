/** What the condition of the readiness gate can say, one line a reason. Reasons are stable: people alert on them. */
export const GATE_REASONS = {
  TargetHealthy: {
    status: 'True',
    text: 'Every target group that can send to the pod saw it healthy after it was registered.',
  },
  NotATarget: { status: 'True', text: 'No target group sends to the pod by its address.' },
  NotInUse: { status: 'True', text: 'The load balancer does not use the target, so its health is never checked.' },
  HealthChecksDisabled: { status: 'True', text: 'The target group checks no health.' },
  TimedOutNothingToProtect: {
    status: 'True',
    text: 'Its target did not become healthy in time, and neither a healthy target nor a ready pod was left to protect.',
  },
  AwsUnavailable: { status: 'True', text: 'AWS did not answer for a minute, and no pod of the Service was ready.' },
  SwitchedOff: { status: 'True', text: 'The gate is switched off, to prove that it is needed.' },
  OpenedByHand: { status: 'True', text: 'Somebody else opened the gate.' },
  NoAddress: { status: 'False', text: 'The pod has no address yet.' },
  TargetGroupPending: {
    status: 'False',
    text: 'An Ingress or a TargetGroupBinding refers to its Service, and the target group is still being made.',
  },
  TargetNotRegistered: { status: 'False', text: 'Its target is still to be registered.' },
  TargetRefused: { status: 'False', text: 'AWS does not take its target.' },
  TargetUnconfirmed: {
    status: 'False',
    text: 'What AWS says of the target may be about an earlier pod at its address.',
  },
  TargetInitial: { status: 'False', text: 'AWS has not checked the target yet.' },
  TargetUnhealthy: { status: 'False', text: 'The health checks of the target fail.' },
  TargetDraining: { status: 'False', text: 'The target is still draining from an earlier pod at its address.' },
  TargetUnused: { status: 'False', text: 'AWS does not use the target.' },
  AwsError: { status: 'False', text: 'AWS does not answer.' },
  TimedOutProtecting: {
    status: 'False',
    text: 'Its target did not become healthy in time; the gate stays closed, so that the pods that serve are not replaced.',
  },
} as const satisfies Record<string, { status: 'True' | 'False'; text: string }>;

export type GateReason = keyof typeof GATE_REASONS;

type WithStatus<S extends 'True' | 'False'> = {
  [R in GateReason]: (typeof GATE_REASONS)[R]['status'] extends S ? R : never;
}[GateReason];

export type OpenReason = WithStatus<'True'>;
export type ClosedReason = WithStatus<'False'>;
