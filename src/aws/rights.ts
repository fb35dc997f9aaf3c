import type { Ec2Api, ElbApi } from './api.ts';
import { actionName } from './methods.ts';
import type { Feature } from './rights/features.ts';
import type { ResourceKind, Sid } from './rights/statements.ts';

/** One action that the policy allows: in which statement, on what, for which feature, and why. */
export type Right = {
  /** As in IAM, for example `ec2:DescribeSubnets`. */
  action: string;
  feature: Feature;
  statement: Sid;
  /** Nothing where the action accepts no resource. */
  on: readonly ResourceKind[];
  why: string;
  /** Actions of ours for which AWS asks for this one too. Without it we call it ourselves. */
  neededBy?: readonly string[];
};

type Row = Omit<Right, 'action'>;
type Place = readonly [Sid, ...ResourceKind[]];

const row = (feature: Feature, [statement, ...on]: Place, why: string): Row => ({ feature, statement, on, why });
const read = (feature: Feature, why: string): Row => row(feature, ['Read'], why);

const TARGETS = ['ChangeOwn', 'target-group'] as const;
const BY_HAND = ['OfNoCluster', 'target-group'] as const;
const HAND_MADE_RULE = ['OfNoCluster', 'rule'] as const;
const HAND_MADE_LISTENER = ['OfNoCluster', 'listener'] as const;
const LISTENER = ['ChangeOwn', 'listener'] as const;
const RULE = ['ChangeOwn', 'rule'] as const;
const BALANCER = ['ChangeOwn', 'load-balancer'] as const;
const GROUP = ['ChangeOwn', 'security-group'] as const;
const NODES = ['NodeRules', 'security-group'] as const;

type Rows<Method extends string> = Partial<Record<Method, readonly Row[]>>;

// What each action accepts as a condition: AWS Service Authorization Reference, Elastic Load Balancing V2 and EC2.
const ELB: Rows<keyof ElbApi> = {
  describeLoadBalancers: [read('core', 'Who has which name, what is ours, and state and security groups of each.')],
  describeTargetGroups: [read('core', 'The same for target groups.')],
  describeTags: [read('core', 'Whose a resource is; read once more before anything is deleted.')],
  describeTargetHealth: [read('targets', 'Which targets there are and which are healthy; gates open by it.')],
  registerTargets: [
    row('targets', TARGETS, 'A pod is ready to be a target.'),
    row('bindings', BY_HAND, 'The same in a group made by hand.'),
  ],
  deregisterTargets: [
    row('targets', TARGETS, 'A pod leaves.'),
    row('bindings', BY_HAND, 'The same in a group made by hand.'),
  ],
  describeLoadBalancerAttributes: [read('load-balancers', 'Whether an attribute differs, and deletion protection.')],
  describeTargetGroupAttributes: [read('load-balancers', 'Whether an attribute differs.')],
  describeListeners: [read('load-balancers', 'What a load balancer listens to.')],
  describeRules: [read('load-balancers', 'Whether a rule differs.')],
  createLoadBalancer: [row('load-balancers', ['Create', 'load-balancer'], 'An Ingress, or the first of a group.')],
  createTargetGroup: [row('load-balancers', ['Create', 'target-group'], 'A backend of an Ingress.')],
  createListener: [
    row(
      'load-balancers',
      ['CreateBelow', 'load-balancer'],
      'A port of an Ingress. The tag is that of its load balancer.',
    ),
  ],
  createRule: [
    row('load-balancers', ['CreateBelow', 'listener'], 'A path of an Ingress. The tag is that of its listener.'),
  ],
  addTags: [
    row('load-balancers', ['TagNew', 'load-balancer', 'target-group', 'listener', 'rule'], 'All is created with tags.'),
    row(
      'load-balancers',
      ['ChangeOwn', 'load-balancer', 'target-group', 'listener', 'rule'],
      'Tags of an Ingress changed.',
    ),
  ],
  setSecurityGroups: [row('load-balancers', BALANCER, 'Security groups of an Ingress changed.')],
  setSubnets: [row('load-balancers', BALANCER, 'Subnets of an Ingress changed.')],
  setIpAddressType: [row('load-balancers', BALANCER, 'The kind of addresses of an Ingress changed.')],
  modifyLoadBalancerAttributes: [row('load-balancers', BALANCER, 'Attributes of an Ingress, also of a new one.')],
  modifyTargetGroup: [row('load-balancers', TARGETS, 'The health check of a backend changed.')],
  modifyTargetGroupAttributes: [
    row('load-balancers', TARGETS, 'Attributes of a backend, also of a new one: the deregistration delay.'),
  ],
  modifyListener: [
    row('load-balancers', LISTENER, 'Certificate or default action of a port changed.'),
    row('hand-made-rules', HAND_MADE_LISTENER, 'It was made by hand.'),
  ],
  modifyRule: [
    row('load-balancers', RULE, 'Conditions or actions of a path changed.'),
    row('hand-made-rules', HAND_MADE_RULE, 'It was made by hand.'),
  ],
  setRulePriorities: [
    row('load-balancers', ['OrderRules', 'rule'], 'Rules change places. It accepts no tag as a condition.'),
  ],
  deleteLoadBalancer: [row('load-balancers', BALANCER, 'The last Ingress of it is gone.')],
  deleteTargetGroup: [row('load-balancers', TARGETS, 'A backend is gone.')],
  deleteListener: [
    row('load-balancers', LISTENER, 'A port is gone.'),
    row('hand-made-rules', HAND_MADE_LISTENER, 'It was made by hand.'),
  ],
  deleteRule: [
    row('load-balancers', RULE, 'A path is gone.'),
    row('hand-made-rules', HAND_MADE_RULE, 'It was made by hand.'),
  ],
  describeAccountLimits: [read('doctor', 'How many load balancers, target groups and targets the account may have.')],
  describeListenerCertificates: [read('certificates', 'Which certificates an HTTPS listener has.')],
  addListenerCertificates: [row('certificates', LISTENER, 'A second certificate of a port.')],
  removeListenerCertificates: [row('certificates', LISTENER, 'A second certificate of a port is gone.')],
};

const EC2: Rows<keyof Ec2Api> = {
  describeSubnets: [read('core', 'Where load balancers can be; AWS asks for it too where targets are registered.')],
  describeSecurityGroups: [read('core', 'Which security groups there are, what is ours, and which rules are open.')],
  describeInstances: [
    read(
      'targets',
      'The security groups of the machine behind a node; AWS asks for it too where targets are registered.',
    ),
  ],
  describeNetworkInterfaces: [read('explain', 'Where an address of the VPC is, and its security groups.')],
  createSecurityGroup: [
    row(
      'security-groups',
      ['Create', 'security-group'],
      'An Ingress that names none, and the one all load balancers share.',
    ),
    row(
      'security-groups',
      ['CreateInVpc', 'vpc'],
      'The VPC it is made in, which accepts no tag of ours as a condition.',
    ),
  ],
  createTags: [
    row('security-groups', ['TagNewGroup', 'security-group'], 'A security group is created with its tags.'),
    row('security-groups', GROUP, 'Tags of an Ingress changed.'),
  ],
  deleteSecurityGroup: [row('security-groups', GROUP, 'Nothing uses it any more.')],
  authorizeSecurityGroupIngress: [
    row('security-groups', GROUP, 'Who may reach the load balancer.'),
    row('node-access', NODES, 'The load balancers reach nodes and pods.'),
  ],
  revokeSecurityGroupIngress: [
    row('security-groups', GROUP, 'Who may not reach the load balancer any more.'),
    row('node-access', NODES, 'A port that no target has any more.'),
  ],
};

const CREATE_BALANCER = 'elasticloadbalancing:CreateLoadBalancer';
const CREATE_GROUP = 'elasticloadbalancing:CreateTargetGroup';
const REGISTER = 'elasticloadbalancing:RegisterTargets';

/** Elastic Load Balancing user guide, API permissions: what a caller needs beside the action it calls. */
const NEEDED: readonly Right[] = [
  {
    action: 'ec2:DescribeVpcs',
    ...read('core', 'AWS looks whether the VPC is there.'),
    neededBy: [CREATE_BALANCER, CREATE_GROUP, REGISTER],
  },
  {
    action: 'ec2:DescribeInternetGateways',
    ...read('core', 'AWS looks whether the VPC has one.'),
    neededBy: [CREATE_BALANCER, CREATE_GROUP, REGISTER],
  },
  {
    action: 'ec2:DescribeAccountAttributes',
    ...read('load-balancers', 'AWS looks what the account may have.'),
    neededBy: [CREATE_BALANCER],
  },
  {
    action: 'ec2:DescribeAddresses',
    ...read('load-balancers', 'AWS looks for addresses that were asked for.'),
    neededBy: [CREATE_BALANCER],
  },
  {
    action: 'iam:CreateServiceLinkedRole',
    ...row('load-balancers', ['CreateRole', 'load-balancing-role'], 'The first load balancer of the account.'),
    neededBy: [CREATE_BALANCER, CREATE_GROUP],
  },
];

const rightsOf = (service: string, rows: Rows<string>): Right[] =>
  Object.entries(rows).flatMap(([method, each = []]) =>
    each.map((one) => ({ action: `${service}:${actionName(method)}`, ...one })),
  );

/** Every AWS action that the operator calls, or that AWS asks for where it calls one. */
export const RIGHTS: readonly Right[] = [...rightsOf('elasticloadbalancing', ELB), ...rightsOf('ec2', EC2), ...NEEDED];
