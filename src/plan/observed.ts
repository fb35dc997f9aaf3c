import type { HealthCheck, LoadBalancer, Rule, RuleCondition, Tags, TargetGroup } from '../model/stack.ts';
import type { ActionOn } from './step.ts';

/** What AWS has of one stack, with the echo of the API already normalised. All of it carries our tags. */
export type ObservedStack = {
  key: string;
  /** One, or none; two while one replaces the other. */
  loadBalancers: ObservedLoadBalancer[];
  /** Frontend security groups; one, or none. */
  securityGroups: ObservedSecurityGroup[];
  targetGroups: ObservedTargetGroup[];
  /** Id of the backend security group that all stacks of the cluster share, where there is one. */
  backendSecurityGroup?: string;
};

export type ObservedLoadBalancer = {
  arn: string;
  name: string;
  dnsName: string;
  vpcId: string;
  type: string;
  state: string; // active, provisioning, active_impaired, failed
  scheme: LoadBalancer['scheme'];
  ipAddressType: LoadBalancer['ipAddressType'];
  subnets: string[];
  securityGroups: string[];
  /** Absent when they were not read. */
  attributes?: Record<string, string>;
  tags: Tags;
  listeners: ObservedListener[];
};

export type ObservedSecurityGroup = {
  id: string;
  name: string;
  vpcId: string;
  ingress: ObservedIngress[];
  tags: Tags;
};

/** One permission for one CIDR. `fromPort` and `toPort` are -1 where the protocol is not TCP. */
export type ObservedIngress = {
  fromPort: number;
  toPort: number;
  cidr: string;
  description: string;
};

export type ObservedTargetGroup = {
  arn: string;
  name: string;
  vpcId: string;
  /** Resource id from its tag, for example `target-group/shop/web:80`. */
  resource: string;
  targetType: string;
  protocol: string;
  protocolVersion: TargetGroup['protocolVersion'];
  port: number;
  ipAddressType: TargetGroup['ipAddressType'];
  healthCheck: HealthCheck;
  /** ARNs of the load balancers that use it. */
  loadBalancers: string[];
  /** Absent when they were not read. */
  attributes?: Record<string, string>;
  tags: Tags;
};

export type ObservedListener = {
  arn: string;
  port: number;
  protocol: string;
  sslPolicy?: string;
  certificates: string[]; // the first is the default one
  defaultActions: ObservedAction[];
  rules: ObservedRule[];
};

export type ObservedRule = Pick<Rule, 'priority'> & {
  arn: string;
  conditions: ObservedCondition[];
  actions: ObservedAction[];
};

/** `unknown` is something we never write: it equals nothing. */
export type ObservedAction = ActionOn<string> | { type: 'unknown'; text: string };
export type ObservedCondition = RuleCondition | { field: 'unknown'; text: string };
