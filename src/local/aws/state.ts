import type {
  Action,
  Matcher,
  MutualAuthenticationAttributes,
  RuleCondition,
  RuleTransform,
  TargetHealthReasonEnum,
  TargetHealthStateEnum,
} from '@aws-sdk/client-elastic-load-balancing-v2';

export type Tags = Record<string, string>;

/** Everything local AWS holds, by ARN (ELBv2, ACM) or by id (EC2). Insertion order is creation order. */
export type AwsState = {
  vpcs: Map<string, Vpc>;
  subnets: Map<string, Subnet>;
  routeTables: Map<string, RouteTable>;
  internetGateways: Map<string, InternetGateway>;
  securityGroups: Map<string, SecurityGroup>;
  instances: Map<string, Instance>;
  networkInterfaces: Map<string, NetworkInterface>;
  certificates: Map<string, Certificate>;
  loadBalancers: Map<string, LoadBalancer>;
  listeners: Map<string, Listener>;
  rules: Map<string, Rule>;
  targetGroups: Map<string, TargetGroup>;
};

export type Vpc = { id: string; cidrs: string[]; ipv6Cidrs: string[]; isDefault: boolean; tags: Tags };

export type Subnet = {
  id: string;
  vpcId: string;
  zone: string;
  cidr: string;
  ipv6Cidrs: string[];
  mapPublicIpOnLaunch: boolean;
  tags: Tags;
};

export type RouteTable = {
  id: string;
  vpcId: string;
  subnetIds: string[];
  /** Destination CIDR → gateway id (`local` for the VPC itself). */
  routes: { destination: string; gatewayId: string }[];
  tags: Tags;
};

export type InternetGateway = { id: string; vpcId: string; tags: Tags };

export type SecurityGroup = {
  id: string;
  name: string;
  description: string;
  vpcId: string;
  rules: SecurityGroupRule[];
  tags: Tags;
};

/** One rule is one peer: a CIDR, another group or a prefix list. */
export type SecurityGroupRule = {
  id: string;
  egress: boolean;
  protocol: string; // tcp, udp, icmp, icmpv6, -1 or a number
  fromPort?: number;
  toPort?: number;
  cidr?: string;
  ipv6Cidr?: string;
  groupId?: string;
  prefixListId?: string;
  description?: string;
  tags: Tags;
};

export type Instance = {
  id: string;
  state: 'pending' | 'running' | 'stopping' | 'stopped' | 'shutting-down' | 'terminated';
  vpcId: string;
  subnetId: string;
  zone: string;
  instanceType: string;
  imageId: string;
  privateDnsName: string;
  launchTime: number;
  tags: Tags;
};

export type NetworkInterface = {
  id: string;
  description: string;
  /** The service that made it, `amazon-elb` for a load balancer node. */
  requesterId?: string;
  interfaceType: 'interface' | 'network_load_balancer';
  vpcId: string;
  subnetId: string;
  zone: string;
  /** The first is the primary one. */
  privateAddresses: string[];
  ipv6Addresses: string[];
  ipv4Prefixes: string[];
  publicAddress?: string;
  securityGroups: string[];
  instanceId?: string;
  deviceIndex: number;
  tags: Tags;
};

export type Certificate = {
  arn: string;
  domainName: string;
  subjectAlternativeNames: string[];
  certificatePem: string;
  privateKeyPem: string;
  chainPem?: string;
  notBefore: number;
  notAfter: number;
  importedAt: number;
  tags: Tags;
};

export type LoadBalancer = {
  arn: string;
  /** `app/<name>/<16 hex digits>`: what ARNs of listeners and descriptions of network interfaces repeat. */
  path: string;
  name: string;
  dnsName: string;
  type: 'application' | 'network';
  scheme: 'internet-facing' | 'internal';
  ipAddressType: 'ipv4' | 'dualstack' | 'dualstack-without-public-ipv4';
  state: 'provisioning' | 'active';
  vpcId: string;
  /** One per enabled zone, in the order of the zones' names. */
  nodes: LoadBalancerNode[];
  securityGroups: string[];
  /** Only what was set; the defaults come from the attribute table. */
  attributes: Record<string, string>;
  createdAt: number;
  tags: Tags;
};

/** Where a load balancer is present in one zone. */
export type LoadBalancerNode = {
  zone: string;
  subnetId: string;
  networkInterfaceId: string;
  privateAddress: string;
};

export type Protocol = 'HTTP' | 'HTTPS' | 'TCP' | 'TLS' | 'UDP' | 'TCP_UDP';

export type Listener = {
  arn: string;
  loadBalancerArn: string;
  port: number;
  protocol: Protocol;
  sslPolicy?: string;
  /** ARNs; the first is the default one, the others are chosen by SNI. */
  certificates: string[];
  alpnPolicy?: string[];
  mutualAuthentication?: MutualAuthenticationAttributes;
  attributes: Record<string, string>;
  /** Clock.monotonic() of the creation: with a consistency lag the listener is not seen by other calls before it has passed. */
  createdAt: number;
  tags: Tags;
};

/** The default rule of a listener carries its default actions and has no conditions. */
export type Rule = {
  arn: string;
  listenerArn: string;
  priority: number | 'default';
  conditions: RuleCondition[];
  actions: Action[];
  transforms: RuleTransform[];
  tags: Tags;
};

export type HealthCheck = {
  enabled: boolean;
  protocol: 'HTTP' | 'HTTPS' | 'TCP';
  port: string; // `traffic-port` or a number
  path?: string;
  intervalSeconds: number;
  timeoutSeconds: number;
  healthyThreshold: number;
  unhealthyThreshold: number;
  matcher?: Matcher;
};

export type TargetGroup = {
  arn: string;
  name: string;
  targetType: 'instance' | 'ip' | 'alb';
  protocol: Protocol;
  protocolVersion?: 'HTTP1' | 'HTTP2' | 'GRPC';
  port: number;
  vpcId: string;
  ipAddressType: 'ipv4' | 'ipv6';
  healthCheck: HealthCheck;
  /** Only what was set; the defaults come from the attribute table. */
  attributes: Record<string, string>;
  /** By `<id>:<port>`. */
  targets: Map<string, Target>;
  /** Load balancers that name the group in a listener or rule. */
  loadBalancerArns: string[];
  /** Clock.monotonic() at which the last listener or rule let go of it. */
  releasedAt?: number;
  createdAt: number;
  tags: Tags;
};

export type TargetKey = { id: string; port: number };

export type Target = TargetKey & {
  /** The zone the target is in; `all` for an address outside the VPC. */
  zone: string;
  /** Whether the zone was part of RegisterTargets. */
  zoneGiven: boolean;
  state: TargetHealthStateEnum;
  reason?: TargetHealthReasonEnum;
  description?: string;
  successes: number; // in a row
  failures: number; // in a row
  /** Clock.monotonic() of the last change of state. */
  since: number;
  /** Clock.monotonic() at which the deregistration delay is over. */
  drainsUntil?: number;
  /** What every probe of this target counts as, whatever it really answered. */
  override?: ProbeResult;
};

/** What one health check of a target came to. */
export type ProbeResult =
  | { ok: true }
  | {
      ok: false;
      reason: Extract<
        TargetHealthReasonEnum,
        'Target.ResponseCodeMismatch' | 'Target.Timeout' | 'Target.FailedHealthChecks'
      >;
      /** AWS's sentence, for example `Health checks failed with these codes: [500]`; by default the one of the reason. */
      description?: string;
    };

export function emptyState(): AwsState {
  return {
    vpcs: new Map(),
    subnets: new Map(),
    routeTables: new Map(),
    internetGateways: new Map(),
    securityGroups: new Map(),
    instances: new Map(),
    networkInterfaces: new Map(),
    certificates: new Map(),
    loadBalancers: new Map(),
    listeners: new Map(),
    rules: new Map(),
    targetGroups: new Map(),
  };
}

export function targetKey(target: TargetKey): string {
  return `${target.id}:${target.port}`;
}

/** The rules of a listener in the order a load balancer tries them: by priority, the default rule last. */
export function rulesOf(state: AwsState, listenerArn: string): Rule[] {
  const order = (rule: Rule) => (rule.priority === 'default' ? Number.POSITIVE_INFINITY : rule.priority);
  return [...state.rules.values()]
    .filter((rule) => rule.listenerArn === listenerArn)
    .toSorted((a, b) => order(a) - order(b));
}

export function listenersOf(state: AwsState, loadBalancerArn: string): Listener[] {
  return [...state.listeners.values()].filter((listener) => listener.loadBalancerArn === loadBalancerArn);
}

/** ARNs of the target groups that an action forwards to, each with its weight. */
export function forwardTargets(action: Action): { arn: string; weight: number }[] {
  const tuples = action.ForwardConfig?.TargetGroups ?? [];
  return tuples.map((tuple) => ({ arn: tuple.TargetGroupArn ?? '', weight: tuple.Weight ?? 1 }));
}
