import type { Ec2Api, ElbApi } from './api.ts';

/** Who goes first when calls wait for the budget: the first of the list. */
export const LANES = ['deregister', 'register', 'rules', 'attributes', 'health', 'sweep'] as const;
export type Lane = (typeof LANES)[number];

/**
 * Calls that AWS counts together, with the rate we start from and never need to be told: published and field figures
 * (AWS elb-api-throttling, ec2-api-throttling), `perSecond` refill and `burst`. Throttles teach the rest.
 */
export const FAMILIES = {
  'elb-describe': { perSecond: 10, burst: 40 },
  'elb-register': { perSecond: 4, burst: 20 },
  'elb-modify': { perSecond: 3, burst: 20 },
  'elb-create': { perSecond: 10, burst: 40 },
  'ec2-describe': { perSecond: 20, burst: 100 },
  'ec2-mutate': { perSecond: 5, burst: 50 },
} as const satisfies Record<string, { perSecond: number; burst: number }>;
export type Family = keyof typeof FAMILIES;

type Entry = { lane: Lane; family: Family };
const entry = (lane: Lane, family: Family): Entry => ({ lane, family });

const read = entry('rules', 'elb-describe');
const create = entry('rules', 'elb-create');
const modify = entry('rules', 'elb-modify');
const attributes = entry('attributes', 'elb-modify');
const tags = entry('attributes', 'elb-create');

export const ELB_ACTIONS: Record<keyof ElbApi, Entry> = {
  deregisterTargets: entry('deregister', 'elb-register'),
  registerTargets: entry('register', 'elb-register'),
  describeTargetHealth: entry('health', 'elb-describe'),
  createLoadBalancer: create,
  createTargetGroup: create,
  createListener: create,
  createRule: create,
  addListenerCertificates: create,
  removeListenerCertificates: create,
  deleteLoadBalancer: create,
  deleteTargetGroup: create,
  deleteListener: create,
  deleteRule: create,
  setSecurityGroups: create,
  setSubnets: create,
  setIpAddressType: create,
  setRulePriorities: create,
  modifyTargetGroup: modify,
  modifyListener: modify,
  modifyRule: modify,
  modifyLoadBalancerAttributes: attributes,
  modifyTargetGroupAttributes: attributes,
  addTags: tags,
  removeTags: tags,
  describeLoadBalancers: read,
  describeLoadBalancerAttributes: read,
  describeTargetGroups: read,
  describeTargetGroupAttributes: read,
  describeListeners: read,
  describeListenerCertificates: read,
  describeRules: read,
  describeTags: read,
  describeAccountLimits: read,
};

const ec2Read = entry('rules', 'ec2-describe');
const ec2Write = entry('rules', 'ec2-mutate');
/** Rules toward nodes decide whether a registered target can answer: they go with the registrations. */
const ec2Rule = entry('register', 'ec2-mutate');

export const EC2_ACTIONS: Record<keyof Ec2Api, Entry> = {
  describeVpcs: ec2Read,
  describeSubnets: ec2Read,
  describeSecurityGroups: ec2Read,
  describeInstances: ec2Read,
  describeNetworkInterfaces: ec2Read,
  createSecurityGroup: ec2Write,
  deleteSecurityGroup: ec2Write,
  authorizeSecurityGroupIngress: ec2Rule,
  revokeSecurityGroupIngress: ec2Rule,
  createTags: ec2Write,
  deleteTags: ec2Write,
};
