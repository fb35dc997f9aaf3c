/** What an Event can say, one line a reason. Reasons are stable: people alert on them. */
export const EVENT_REASONS = {
  Applied: { type: 'Normal', text: 'What the Ingress asks for stands in AWS.' },
  Deleted: { type: 'Normal', text: 'Nothing of the Ingress is left in AWS.' },
  Held: { type: 'Warning', text: 'A step was held back because it could cost requests or remove what is not ours.' },
  DrainDeadlineMissed: {
    type: 'Warning',
    text: 'A leaving pod was deregistered later than its drain budget allows; requests may have been lost.',
  },
  ServedFromLastGood: { type: 'Warning', text: 'The newest version is refused; the last accepted one stays served.' },
  NotActedOn: { type: 'Warning', text: 'A known annotation that Podwire does not act on.' },
  DefinitionMissing: {
    type: 'Warning',
    text: 'A CustomResourceDefinition of ours is missing or of another version; nothing is made in AWS without it.',
  },
  UnknownAnnotation: { type: 'Warning', text: 'An annotation under a prefix of ours that nobody knows.' },
  Unreadable: { type: 'Warning', text: 'The object has a field of a type that cannot be read.' },
  PodIPNotRoutable: { type: 'Warning', text: 'Pod addresses cannot be reached from the VPC; nodes are the targets.' },
  PodIPRoutable: { type: 'Normal', text: 'Pod addresses can be reached again; pods are the targets.' },
  PartlyRoutable: { type: 'Warning', text: 'Some pod addresses cannot be reached from the VPC and are left out.' },
  FallbackOff: { type: 'Warning', text: 'Pods cannot be reached, and target-fallback forbids nodes in their place.' },
  NoInstance: { type: 'Warning', text: 'Pods cannot be reached, and no EC2 instance could take their place.' },
  NoNodePort: { type: 'Warning', text: 'Pods cannot be reached and the Service has no node port to fall back to.' },
  DelayOutlivesAddress: {
    type: 'Warning',
    text: 'A draining target may still get requests when another pod has its address.',
  },
  TooManyDrainLines: {
    type: 'Warning',
    text: 'A namespace has so many Services behind load balancers that pods are created slowly.',
  },
  DrainExceedsTotalGrace: { type: 'Warning', text: 'Pods may take longer to end than drain-max-total-grace-seconds.' },
  DrainExceedsSpotNotice: {
    type: 'Warning',
    text: 'Pods on spot nodes may take longer to end than the notice of a spot interruption.',
  },
  ZoneNotEnabled: { type: 'Warning', text: 'The load balancer is not in the zone of a target, and never sends to it.' },
  TimedOutNothingToProtect: {
    type: 'Warning',
    text: 'A readiness gate was opened after its time-out: nothing else serves.',
  },
  AwsUnavailable: {
    type: 'Warning',
    text: 'A readiness gate was opened without an answer of AWS: nothing else serves.',
  },
  HeldByPeer: {
    type: 'Warning',
    text: 'A claimed TargetGroupBinding is held by the AWS Load Balancer Controller too.',
  },
  TargetGroupInUse: { type: 'Warning', text: 'Two TargetGroupBindings, or one and an Ingress, name one target group.' },
  TargetGroupMismatch: { type: 'Warning', text: 'A TargetGroupBinding says something else of its group than AWS.' },
  TargetGroupNotFound: { type: 'Warning', text: 'AWS knows no such target group.' },
  NotServed: { type: 'Warning', text: 'A TargetGroupBinding asks for what Podwire does not serve.' },
  CredentialsRefused: {
    type: 'Warning',
    text: 'AWS does not know who asks: credentials are wrong or expired, or a clock is minutes off.',
  },
  AccessDenied: { type: 'Warning', text: 'A right is missing in AWS or in the cluster.' },
  RefusedByAWS: { type: 'Warning', text: 'AWS says no; the message is what it says.' },
  QuotaReached: { type: 'Warning', text: 'AWS lets the account have no more of it.' },
  QuotaExceeded: {
    type: 'Warning',
    text: 'A load balancer needs more of something than AWS lets it have unless raised.',
  },
  ApplyFailed: { type: 'Warning', text: 'A call did not succeed; it is tried again.' },
  NotHeld: { type: 'Warning', text: 'The finalizer cannot be put on an Ingress, so that nothing is made for it.' },
  BackendNotFound: {
    type: 'Warning',
    text: 'A Service or a port that is named is not there; it is answered for with 503.',
  },
  SecretNotRead: { type: 'Warning', text: 'A TLS Secret is named; certificates come from ACM or IAM.' },
  WrongPlace: { type: 'Warning', text: 'An annotation has no effect on this kind of object.' },
  UnknownField: { type: 'Warning', text: 'A field that nobody knows.' },
  Throttled: { type: 'Warning', text: 'AWS asked us to slow down; nothing is lost, it takes longer.' },
} as const satisfies Record<string, { type: 'Normal' | 'Warning'; text: string }>;

type Reason = keyof typeof EVENT_REASONS;

/** The type of an Event of that reason; what is not in the table is a Warning. */
export function typeOfReason(reason: string): 'Normal' | 'Warning' {
  return Object.hasOwn(EVENT_REASONS, reason) ? EVENT_REASONS[reason as Reason].type : 'Warning';
}
