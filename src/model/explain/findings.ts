/** Places on the way from a client, in its order. */
export const LINKS = [
  'Ingress',
  'load balancer',
  'listener',
  'host',
  'rule',
  'target group',
  'target',
  'security group',
  'zone',
  'health check',
  'Service',
  'pod',
] as const;

type Link = (typeof LINKS)[number];

type Row = { link: Link; severity: 'broken' | 'notice'; next: string };

/** What can be wrong on the way, each with what to do about it. Reasons are stable: scripts may look for them. */
export const FINDINGS = {
  ClassNotFound: {
    link: 'Ingress',
    severity: 'broken',
    next: 'correct spec.ingressClassName, or create the IngressClass with controller podwire.dev/alb',
  },
  ClassNotOurs: {
    link: 'Ingress',
    severity: 'broken',
    next: 'name an IngressClass with controller podwire.dev/alb, or ask the controller that has this one',
  },
  SecretNotFound: { link: 'Ingress', severity: 'broken', next: 'create the Secret, or correct the annotation' },
  NoNodePort: {
    link: 'Ingress',
    severity: 'broken',
    next: 'set spec.type of the Service to NodePort, or target-type to ip',
  },
  IngressRefused: {
    link: 'Ingress',
    severity: 'broken',
    next: 'correct the field that is named; the LoadBalancer object and the Events of the Ingress say the same',
  },
  NotExposed: { link: 'Ingress', severity: 'broken', next: 'name the Service in a rule of an Ingress' },
  NotTakenUp: {
    link: 'Ingress',
    severity: 'broken',
    next: 'see whether the operator runs and holds its lease, and read its log',
  },
  NoSubnet: {
    link: 'load balancer',
    severity: 'broken',
    next: 'tag subnets with kubernetes.io/role/elb or internal-elb in two zones, or name them in the annotation subnets',
  },
  QuotaReached: {
    link: 'load balancer',
    severity: 'broken',
    next: 'have the quota raised in Service Quotas, or delete what is not used any more',
  },
  AccessDenied: {
    link: 'load balancer',
    severity: 'broken',
    next: 'allow the action in the policy of the role that the operator has',
  },
  Throttled: {
    link: 'load balancer',
    severity: 'broken',
    next: 'wait: it is tried again by itself; look for who else calls AWS in this account',
  },
  NotApplied: { link: 'load balancer', severity: 'broken', next: 'read the message; it is tried again by itself' },
  LoadBalancerGone: {
    link: 'load balancer',
    severity: 'broken',
    next: 'wait for the next sweep, which makes it anew; see who deleted it',
  },
  LoadBalancerNotActive: { link: 'load balancer', severity: 'broken', next: 'wait until AWS says that it is active' },
  ListenerGone: {
    link: 'listener',
    severity: 'broken',
    next: 'wait for the next sweep, which makes it anew; see in CloudTrail who deleted it',
  },
  PortNotListened: { link: 'listener', severity: 'broken', next: 'ask on another port, or add it to listen-ports' },
  HostNotServed: { link: 'host', severity: 'broken', next: 'correct the host in the rules of the Ingress, or the URL' },
  PathNotServed: { link: 'rule', severity: 'broken', next: 'add a rule for the path, or a default backend' },
  ServiceNotFound: { link: 'rule', severity: 'broken', next: 'create the Service, or correct its name in the Ingress' },
  PortNotFound: { link: 'rule', severity: 'broken', next: 'name a port that the Service has' },
  RuleGone: {
    link: 'rule',
    severity: 'broken',
    next: 'wait for the next sweep, which makes it anew; see in CloudTrail who deleted it',
  },
  RuleShadowed: {
    link: 'rule',
    severity: 'broken',
    next: 'order the Ingresses of the group by group.order, the narrower one first',
  },
  RedirectLoop: {
    link: 'rule',
    severity: 'broken',
    next: 'redirect to another port, host or path than the one the rule serves',
  },
  WeightZero: { link: 'rule', severity: 'broken', next: 'give the Service a weight in the annotation actions.*' },
  TargetGroupGone: {
    link: 'target group',
    severity: 'broken',
    next: 'wait for the next sweep, which makes it anew; see in CloudTrail who deleted it',
  },
  PodIPNotRoutable: {
    link: 'target',
    severity: 'broken',
    next: 'allow the fallback to node ports, give the pods addresses of the VPC, or declare their CIDR routable',
  },
  NoLocalEndpoint: {
    link: 'target',
    severity: 'broken',
    next: 'let pods run on the nodes that may be targets, or set externalTrafficPolicy to Cluster',
  },
  TargetDraining: {
    link: 'target',
    severity: 'broken',
    next: 'wait: the operator registers it again; see in CloudTrail who deregistered it',
  },
  NotRegistered: {
    link: 'target',
    severity: 'broken',
    next: 'read the conditions of the TargetGroup object; it is tried again by itself',
  },
  StaleTarget: {
    link: 'target',
    severity: 'broken',
    next: 'deregister it, or wait for the operator; see in CloudTrail who registered it',
  },
  SecurityGroupEgress: {
    link: 'security group',
    severity: 'broken',
    next: 'add an egress rule to the security group of the load balancer',
  },
  SecurityGroupIngress: {
    link: 'security group',
    severity: 'broken',
    next: 'add the rule, or have it kept open with manage-backend-security-group-rules',
  },
  ZoneNotEnabled: {
    link: 'zone',
    severity: 'broken',
    next: 'give the load balancer a subnet in that zone, or keep the pods out of it',
  },
  TargetTimeout: {
    link: 'health check',
    severity: 'broken',
    next: 'make the path answer faster, give healthcheck-timeout-seconds more, and look at network ACLs',
  },
  MatcherMismatch: {
    link: 'health check',
    severity: 'broken',
    next: 'correct healthcheck-path or success-codes, or what the pod answers',
  },
  TlsToHttp: { link: 'health check', severity: 'broken', next: 'set backend-protocol to HTTP' },
  HttpToTls: { link: 'health check', severity: 'broken', next: 'set backend-protocol to HTTPS' },
  HealthChecksFail: {
    link: 'health check',
    severity: 'broken',
    next: 'see whether the pod listens on that port, on all of its addresses',
  },
  TargetUnused: { link: 'target', severity: 'broken', next: 'see why no listener of the load balancer uses the group' },
  Hairpin: {
    link: 'health check',
    severity: 'broken',
    next: 'set preserve_client_ip.enabled to false, or call the Service and not the load balancer',
  },
  SlowStart: { link: 'health check', severity: 'notice', next: 'wait, or set slow_start.duration_seconds lower' },
  TargetStarting: { link: 'health check', severity: 'notice', next: 'wait for the first health checks' },
  NoPodSelected: { link: 'Service', severity: 'broken', next: 'make selector and labels of the pods the same' },
  PodQuotaExceeded: { link: 'Service', severity: 'broken', next: 'raise the ResourceQuota of the namespace' },
  PodsNotCreated: { link: 'Service', severity: 'broken', next: 'read the condition ReplicaFailure' },
  ScaledToZero: { link: 'Service', severity: 'broken', next: 'scale it up' },
  PodUnscheduled: { link: 'pod', severity: 'broken', next: 'read what the scheduler says' },
  ContainerWaits: { link: 'pod', severity: 'broken', next: 'kubectl describe and kubectl logs --previous tell more' },
  ProbeFails: {
    link: 'pod',
    severity: 'broken',
    next: 'correct path or port of the probe, or what the container answers',
  },
  GateClosed: {
    link: 'pod',
    severity: 'broken',
    next: 'see who is to open the gate; one that nobody opens goes with the next rollout without it',
  },
  PodNotReady: { link: 'pod', severity: 'broken', next: 'read the conditions of the pod' },
} as const satisfies Record<string, Row>;

export type Reason = keyof typeof FINDINGS;

/** One thing that is wrong, or that a reader should know of. JSON. */
export type Finding = {
  reason: Reason;
  link: Link;
  /** `broken`: requests are lost, or a part of them. */
  severity: 'broken' | 'notice';
  message: string;
  next: string;
  /** More of the message, where it is long. */
  more?: string;
};

/** A finding by its row; `severity` where it weighs less than usual. */
export const found = (
  reason: Reason,
  message: string,
  given: { more?: string; severity?: Finding['severity'] } = {},
): Finding => ({ reason, ...FINDINGS[reason], message, ...given });

/** What is broken before what is not, each in the order in which a request meets it; each sentence once. */
export function inOrder(findings: readonly Finding[]): Finding[] {
  const rank = ({ link, severity }: Finding): number =>
    LINKS.indexOf(link) + (severity === 'broken' ? 0 : LINKS.length);
  const distinct = [...new Map(findings.map((one) => [`${one.reason} ${one.message}`, one])).values()];
  return distinct.toSorted((a, b) => rank(a) - rank(b));
}

export const lineOf = ({ reason, message }: Finding): string => `${reason}: ${message}`;
