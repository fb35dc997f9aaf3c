import { TAG } from '../model/tags.ts';
import { type Right, RIGHTS } from './rights.ts';
import { type Feature, USUAL_FEATURES } from './rights/features.ts';
import { type Ask, type ResourceKind, type Sid, STATEMENTS } from './rights/statements.ts';

export const PARTITIONS = ['aws', 'aws-cn', 'aws-us-gov'] as const;
export type Partition = (typeof PARTITIONS)[number];

export type PolicyRequest = {
  clusterName: string;
  /** Of an operator that has one: what another one of the cluster made is not its own. */
  controllerId?: string;
  partition?: Partition;
  /** Without them every region, account and VPC. */
  region?: string;
  account?: string;
  vpcId?: string;
  /** Without them the usual ones; `core` is always among them. */
  features?: readonly Feature[];
};

export type Conditions = Record<string, Record<string, string | string[]>>;
export type PolicyStatement = {
  Sid: Sid;
  Effect: 'Allow';
  Action: string[];
  Resource: string | string[];
  Condition?: Conditions;
};
export type Policy = { Version: '2012-10-17'; Statement: PolicyStatement[] };

/** IAM and STS quotas: a managed policy has at most so many characters, white space not counted. */
export const LONGEST_POLICY = 6_144;

/** The least that the operator needs for these features, with everything that can be pinned to this cluster pinned to its name. The same for the same request. */
export function policyOf(request: PolicyRequest): Policy {
  const features = new Set<Feature>(['core', ...(request.features ?? USUAL_FEATURES)]);
  const allowed = RIGHTS.filter(({ feature }) => features.has(feature));
  const sids = Object.keys(STATEMENTS) as Sid[];
  return { Version: '2012-10-17', Statement: sids.flatMap((sid) => statementOf(sid, allowed, request)) };
}

function statementOf(sid: Sid, allowed: readonly Right[], request: PolicyRequest): PolicyStatement[] {
  const rights = allowed.filter(({ statement }) => statement === sid);
  if (rights.length === 0) return [];
  const asks: readonly Ask[] = STATEMENTS[sid].asks;
  const kinds = KINDS.filter((kind) => rights.some(({ on }) => on.includes(kind)));
  return [
    {
      Sid: sid,
      Effect: 'Allow',
      Action: [...new Set(rights.map(({ action }) => action))].toSorted(),
      Resource: kinds.length === 0 ? '*' : kinds.map((kind) => RESOURCES[kind](request)),
      ...(asks.length > 0 && { Condition: conditionOf(asks, request) }),
    },
  ];
}

function arn(
  service: string,
  resource: string,
  { partition = 'aws', region = '*', account = '*' }: PolicyRequest,
): string {
  return `arn:${partition}:${service}:${service === 'iam' ? '' : region}:${account}:${resource}`;
}

const elb = (resource: string) => (request: PolicyRequest) => arn('elasticloadbalancing', resource, request);
const vpc = (request: PolicyRequest) => arn('ec2', `vpc/${request.vpcId ?? '*'}`, request);

const SERVICE = 'elasticloadbalancing.amazonaws.com';

/** Each kind of resource as a pattern of ARNs. */
export const RESOURCES: Record<ResourceKind, (request: PolicyRequest) => string> = {
  'load-balancer': elb('loadbalancer/app/*'),
  'target-group': elb('targetgroup/*'),
  listener: elb('listener/app/*'),
  rule: elb('listener-rule/app/*'),
  'security-group': (request) => arn('ec2', 'security-group/*', request),
  vpc,
  // Which service it is for the condition says.
  'load-balancing-role': (request) => arn('iam', 'role/aws-service-role/*', request),
};

const KINDS = Object.keys(RESOURCES) as ResourceKind[];

const RESOURCE_TAG = `aws:ResourceTag/${TAG.cluster}`;
const tagged = (key: 'aws:ResourceTag' | 'aws:RequestTag', { clusterName, controllerId }: PolicyRequest) => ({
  [`${key}/${TAG.cluster}`]: clusterName,
  ...(controllerId && { [`${key}/${TAG.controller}`]: controllerId }),
});

const CREATIONS = ['CreateListener', 'CreateLoadBalancer', 'CreateRule', 'CreateTargetGroup'];

const CONDITIONS: Record<Ask, (request: PolicyRequest) => Conditions> = {
  ours: (request) => ({ StringEquals: tagged('aws:ResourceTag', request) }),
  'no-cluster': () => ({ Null: { [RESOURCE_TAG]: 'true' } }),
  'tagged-ours': (request) => ({ StringEquals: tagged('aws:RequestTag', request) }),
  'stays-ours': (request) => ({ StringEqualsIfExists: tagged('aws:RequestTag', request) }),
  'elb-creation': () => ({ StringEquals: { 'elasticloadbalancing:CreateAction': CREATIONS } }),
  'group-creation': () => ({ StringEquals: { 'ec2:CreateAction': 'CreateSecurityGroup' } }),
  'in-vpc': (request) =>
    request.vpcId === undefined
      ? { StringEquals: { [`aws:ResourceTag/kubernetes.io/cluster/${request.clusterName}`]: ['owned', 'shared'] } }
      : { ArnLike: { 'ec2:Vpc': vpc(request) } },
  'elb-role': () => ({ StringEquals: { 'iam:AWSServiceName': SERVICE } }),
};

/** The conditions that a statement with these asks has. */
export function conditionOf(asks: readonly Ask[], request: PolicyRequest): Conditions {
  const all: Conditions = {};
  for (const ask of asks) {
    for (const [operator, keys] of Object.entries(CONDITIONS[ask](request)))
      all[operator] = { ...all[operator], ...keys };
  }
  return all;
}
