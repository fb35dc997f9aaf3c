import type { DrainBudget, PortRef } from '../cluster/objects.ts';

/**
 * All AWS resources of one Ingress group or one Service, as they should be: plain JSON in a stable order.
 * Resources refer to each other by resource id (`targetGroups[].id`, `listeners[].port`); ARNs appear only where a user wrote one.
 */
export type Stack = {
  /** `group/<name>` for an explicit Ingress group, `ingress/<namespace>/<name>` for an Ingress of its own. */
  key: string;
  vpcId: string;
  loadBalancer: LoadBalancer;
  /** The frontend security group; absent when the user names the security groups. */
  securityGroup?: SecurityGroup;
  listeners: Listener[];
  targetGroups: TargetGroup[];
};

export type Tags = Record<string, string>;

export type LoadBalancer = {
  name: string; // at most 32 characters
  scheme: 'internal' | 'internet-facing';
  ipAddressType: 'ipv4' | 'dualstack' | 'dualstack-without-public-ipv4';
  subnets: string[]; // ids, one per zone, sorted
  /** Ids the user named; empty when `Stack.securityGroup` is to be used. */
  securityGroups: string[];
  /** Whether the shared backend security group is attached as well. */
  attachBackendSecurityGroup: boolean;
  attributes: Record<string, string>;
  tags: Tags;
};

export type SecurityGroup = {
  name: string;
  description: string;
  ingress: { port: number; cidr: string }[]; // TCP
  tags: Tags;
};

export type TargetGroup = {
  id: string; // `<namespace>/<service>:<port>`, followed by `:instance` when it is the fallback
  name: string;
  targetType: 'ip' | 'instance';
  protocol: 'HTTP' | 'HTTPS';
  protocolVersion: 'HTTP1' | 'HTTP2' | 'GRPC';
  port: number;
  ipAddressType: 'ipv4' | 'ipv6';
  healthCheck: HealthCheck;
  attributes: Record<string, string>;
  tags: Tags;
  backend: { namespace: string; service: string; port: PortRef };
  /** How long its pods must go on serving; no property in AWS. */
  drain: DrainBudget;
  nodeSelector?: Record<string, string>;
};

export type HealthCheck = {
  protocol: 'HTTP' | 'HTTPS';
  path: string;
  port: 'traffic-port' | number;
  intervalSeconds: number;
  timeoutSeconds: number;
  healthyThreshold: number;
  unhealthyThreshold: number;
  matcher: { httpCode: string } | { grpcCode: string };
};

export type Listener = {
  port: number;
  protocol: 'HTTP' | 'HTTPS';
  sslPolicy?: string; // HTTPS only
  certificates: string[]; // ARNs, the first is the default one
  defaultActions: Action[];
  rules: Rule[]; // by priority
  tags: Tags;
};

export type Rule = {
  priority: number; // 1–50000, unique in its listener
  conditions: RuleCondition[];
  actions: Action[];
  tags: Tags;
  /** `<namespace>/<name>` of the Ingress it comes from. */
  owner: string;
};

export type Action =
  | { type: 'forward'; targets: ForwardTarget[]; stickinessSeconds?: number }
  | {
      type: 'redirect';
      protocol: string;
      host: string;
      port: string;
      path: string;
      query: string;
      statusCode: 'HTTP_301' | 'HTTP_302';
    }
  | { type: 'fixed-response'; statusCode: string; contentType?: string; messageBody?: string };

export type ForwardTarget = ({ targetGroup: string } | { arn: string }) & { weight: number };

export type RuleCondition =
  | { field: 'host-header' | 'path-pattern' | 'http-request-method' | 'source-ip'; values: string[] }
  | { field: 'host-header' | 'path-pattern'; regexValues: string[] }
  | { field: 'http-header'; name: string; values: string[] }
  | { field: 'query-string'; values: { key?: string; value: string }[] };

/** Something a user should know, told on the object it is about. */
export type Problem = {
  severity: 'refused' | 'warning';
  reason: string; // CamelCase, stable: an Event reason
  field: string; // for example `metadata.annotations[alb.ingress.kubernetes.io/scheme]`
  message: string; // what was wanted and what was given
};
