/** `Reconciling`: it goes on by itself. `Stalled`: somebody has to do something. Neither: it says what is so. */
type Progress = 'Reconciling' | 'Stalled';

/** One line of the table: what is so, and what to do about it where something can be done. */
export type ReasonRow = { progress?: Progress; text: string; next?: string };

/** Every type of condition, the objects it stands on, and what it says. */
export const CONDITION_TYPES = {
  Ready: {
    on: 'all',
    text: 'LoadBalancer: everything in AWS is as its Ingresses want it. TargetGroup: a target is healthy. TargetGroupBinding: as its TargetGroup.',
  },
  Reconciling: { on: 'all', text: 'True while something goes on that ends by itself; else absent.' },
  Stalled: { on: 'all', text: 'True while somebody has to do something; else absent.' },
  MembersAccepted: { on: 'LoadBalancer', text: 'What every Ingress says is what is served.' },
  BackendsFound: { on: 'LoadBalancer', text: 'Every Service and port that is named is there.' },
  PodIPsRoutable: { on: 'LoadBalancer, TargetGroup', text: 'Pods can be reached by their own addresses.' },
  MembersMoved: { on: 'LoadBalancer', text: 'False while an Ingress that moved away is still served here too.' },
  TargetsRegistered: { on: 'TargetGroup', text: 'Everything that is to be a target is registered.' },
  NodesReachable: { on: 'TargetGroup', text: 'The security groups of the nodes admit the load balancer.' },
  DeregistrationHeld: { on: 'TargetGroup', text: 'True while the brake keeps targets that are not wanted.' },
  DrainBudget: { on: 'TargetGroup', text: 'Every pod serves long enough after its deletion.' },
  DrainLine: { on: 'TargetGroup', text: 'False where what pods need cannot be written for them.' },
  'podwire.dev/Served': { on: 'TargetGroupBinding', text: 'Whether Podwire serves it.' },
} as const satisfies Record<string, { on: string; text: string }>;

/** What a condition of a TargetGroup, of a LoadBalancer or of a claimed TargetGroupBinding can say. Reasons are stable: people alert on them. */
export const CONDITION_REASONS = {
  Pending: { text: 'Podwire has not looked at the object yet.', next: 'see that an operator runs and leads' },
  TargetsHealthy: { text: 'At least one registered target is healthy.' },
  NoEndpoints: { text: 'The Service has no endpoint that can be a target.', next: 'look at its pods and its selector' },
  NoHealthyTarget: {
    text: 'Targets are registered and none of them is healthy.',
    next: 'run `podwire explain service/NAME`',
  },
  NotInUse: { text: 'Nothing forwards to the target group, so AWS checks no health.' },
  HealthChecksPending: { progress: 'Reconciling', text: 'AWS has not told yet whether every target is healthy.' },
  AllRegistered: { text: 'Everything that is to be a target is registered.' },
  Registering: { progress: 'Reconciling', text: 'Some targets are still to be registered.' },
  RegisterTargetsFailed: { progress: 'Reconciling', text: 'AWS did not take a registration; it is tried again.' },
  DeregisterTargetsFailed: { progress: 'Reconciling', text: 'AWS did not take a deregistration; it is tried again.' },
  DescribeTargetHealthFailed: { progress: 'Reconciling', text: 'AWS did not tell the health of the targets.' },
  SubnetsNotRead: {
    progress: 'Reconciling',
    text: 'AWS did not tell the subnets; no address that is new is registered.',
  },
  TargetRefused: { progress: 'Stalled', text: 'AWS refuses a target.', next: 'the message is what AWS says of it' },
  TargetQuotaReached: {
    progress: 'Stalled',
    text: 'The target group holds as many targets as AWS lets it.',
    next: 'have the quota raised, or run fewer pods',
  },
  TargetGroupNotFound: {
    progress: 'Reconciling',
    text: 'AWS knows no such target group; one of an Ingress is made anew.',
    next: 'on a TargetGroupBinding: name one that is there',
  },
  ServiceNotFound: { progress: 'Stalled', text: 'There is no such Service.', next: 'create it or correct the name' },
  ServicePortNotFound: { progress: 'Stalled', text: 'The Service has no such port.', next: 'correct the port' },
  NoNodePort: { progress: 'Stalled', text: 'Nodes are to be the targets, and the Service has no node port.' },
  RulesOpen: { text: 'The security groups of the nodes admit the load balancer.' },
  NoNodeYet: { text: 'No node carries an endpoint yet.' },
  AwsError: { progress: 'Reconciling', text: 'AWS did not answer; it is asked again.' },
  NotAnInstance: { progress: 'Stalled', text: 'A node is no EC2 instance, and no rule can be opened toward it.' },
  NoSecurityGroup: { progress: 'Stalled', text: 'The network interface of a node has no security group.' },
  AmbiguousSecurityGroup: {
    progress: 'Stalled',
    text: 'A node has several security groups, and none or more than one carries the tag of the cluster.',
    next: 'tag the one in which rules are to be opened',
  },
  PodIPRoutable: { text: 'Pod addresses can be reached from the VPC.' },
  PartlyRoutable: { text: 'Some pod addresses cannot be reached from the VPC and are left out.' },
  PodIPNotRoutable: { text: 'Pod addresses cannot be reached from the VPC; nodes are the targets.' },
  FallbackOff: { text: 'Pods cannot be reached, and nodes in their place are forbidden.' },
  NoInstance: { text: 'Pods cannot be reached, and no EC2 instance could take their place.' },
  NoAddressYet: { text: 'No endpoint has an address yet.' },
  Brake: {
    progress: 'Reconciling',
    text: 'So many targets stopped being ready at once that some are kept registered.',
    next: 'see docs/drain.md; `podwire.dev/release-brake` on the Service lets go',
  },
  NothingHeld: { text: 'No target is kept against the wish of the cluster.' },
  Sufficient: { text: 'Every pod serves long enough after its deletion.' },
  Insufficient: {
    text: 'Some pods end before the load balancer has stopped sending to them.',
    next: 'see docs/drain.md',
  },
  NoSelector: { text: 'The Service selects no pods, so that nothing can be written into them.' },
  SelectorNotWritable: { text: 'The selector of the Service has characters that a drain line cannot have.' },
  Applied: { text: 'Everything in AWS is as its Ingresses want it.' },
  Held: {
    progress: 'Reconciling',
    text: 'A step waits, since done now it would cost requests; Stalled where only a person can let it go on.',
  },
  MemberRefused: {
    progress: 'Stalled',
    text: 'An Ingress is refused; what was accepted last of it, and all others, are served.',
    next: 'read status.members, correct the field that is named',
  },
  BackendsFound: { text: 'Every Service that an Ingress names is there, with the port it names.' },
  BackendNotFound: {
    progress: 'Reconciling',
    text: 'A Service or a port that an Ingress names is not there; requests to it are answered with 503.',
    next: 'create it or correct the name',
  },
  NoMemberAccepted: { progress: 'Stalled', text: 'No Ingress of the load balancer can be served.' },
  AccessDenied: {
    progress: 'Stalled',
    text: 'A right is missing in AWS.',
    next: 'compare the policy with that of `podwire iam`',
  },
  CredentialsRefused: {
    progress: 'Stalled',
    text: 'AWS does not know who asks, or no longer: credentials are wrong or expired, or a clock is minutes off.',
    next: 'run `podwire doctor`; it is tried again within a minute',
  },
  QuotaReached: {
    progress: 'Stalled',
    text: 'AWS lets the account have no more of it.',
    next: 'have the quota raised',
  },
  RefusedByAWS: { progress: 'Stalled', text: 'AWS says no.', next: 'the message is what AWS says' },
  Throttled: { progress: 'Reconciling', text: 'AWS asked us to slow down; nothing is lost, it takes longer.' },
  ApplyFailed: { progress: 'Reconciling', text: 'A call did not succeed; it is tried again.' },
  Accepted: { text: 'Everything the Ingress says is served.' },
  Moved: { text: 'The Ingress has moved to another load balancer, and is served here until clients have followed it.' },
  ServedByBoth: { text: 'An Ingress that has moved is still served by the load balancer that it left.' },
  Followed: { text: 'Nobody who has moved is served here any more.' },
  Served: { text: 'A TargetGroup object stands for the TargetGroupBinding, and tells of its targets.' },
  NotClaimed: { text: 'The TargetGroupBinding is not ours any more; its targets stay as they are.' },
} as const satisfies Record<string, ReasonRow>;

/** Why an Ingress, or a TargetGroupBinding, is refused: as a reason of its acceptance, and of its Event. What is refused is Stalled. */
export const REFUSAL_REASONS = {
  InvalidValue: { text: 'A value has a form that cannot be read.' },
  InvalidClassParams: { text: 'The IngressClassParams have a field that cannot be read.' },
  InvalidAddressType: { text: 'The address type does not go together with the scheme.' },
  InvalidHost: { text: 'A host is none that a load balancer can match.' },
  InvalidPath: { text: 'A path is none that a load balancer can match.' },
  InvalidAction: { text: 'An action is none that a load balancer can take.' },
  InvalidCondition: { text: 'A condition is none that a load balancer can check.' },
  TooManyConditions: { text: 'A rule has more conditions than AWS lets it.' },
  TooLong: { text: 'The Ingress, or all of its group, are longer than the record of what was last good can keep.' },
  Conflict: { text: 'Another Ingress of the group says otherwise, and was there first.' },
  ClassParamsNotFound: { text: 'The IngressClass names parameters that are not there.' },
  IngressClassGone: { text: 'The IngressClass was deleted before its Ingress.' },
  NamespaceNotAllowed: { text: 'The class parameters do not admit the namespace.' },
  ProtectionNotSupported: { text: 'What was to protect the backend cannot be honoured yet: it is not served without.' },
  BackendNotSupported: { text: 'A backend is none that can be served.' },
  ServiceNotSupported: { text: 'A Service is of a type that has no targets.' },
  CertificateMissing: { text: 'HTTPS is asked for without a certificate.' },
  NeedsHttps: { text: 'What is asked for needs a listener with HTTPS.' },
  NeedsDualstack: { text: 'What is asked for needs a load balancer with IPv6.' },
  SubnetsNotFound: { text: 'There are not subnets in enough zones that fit.' },
  SecurityGroupNotFound: { text: 'A security group that is named is not there.' },
  TargetGroupInUse: { text: 'Something else serves that target group.' },
  TargetGroupMismatch: { text: 'A TargetGroupBinding says something else of its group than AWS.' },
  NotServed: { text: 'What is asked for is not served.' },
} as const satisfies Record<string, ReasonRow>;

export type ConditionReason = keyof typeof CONDITION_REASONS;

/** What a condition of that reason makes of the object; undefined where it is neither on its way nor stuck. */
export function progressOf(reason: string): Progress | undefined {
  if (Object.hasOwn(REFUSAL_REASONS, reason)) return 'Stalled';
  const row: ReasonRow | undefined = Object.hasOwn(CONDITION_REASONS, reason)
    ? CONDITION_REASONS[reason as ConditionReason]
    : undefined;
  return row?.progress;
}
