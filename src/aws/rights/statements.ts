import { TAG } from '../../model/tags.ts';

/** Resources that a statement may name; every one is a pattern of ARNs. */
export type ResourceKind =
  | 'load-balancer'
  | 'target-group'
  | 'listener'
  | 'rule'
  | 'security-group'
  | 'vpc'
  | 'load-balancing-role';

/**
 * Conditions by what they ask for. `ours` and `tagged-ours` are about the tag with the cluster's name, of the resource and of the
 * request; `stays-ours`: the request does not change that tag.
 */
export type Ask =
  | 'ours'
  | 'no-cluster'
  | 'tagged-ours'
  | 'stays-ours'
  | 'elb-creation'
  | 'group-creation'
  | 'in-vpc'
  | 'elb-role';

export type Statement = { asks: readonly Ask[]; mutating: boolean; about: string };

const reading = (about: string) => ({ asks: [], mutating: false, about }) as const;
const changing = <A extends Ask>(asks: readonly A[], about: string) => ({ asks, mutating: true, about }) as const;

/** The statements of the policy by their `Sid`, in the order in which they stand there. */
export const STATEMENTS = {
  Read: reading('Describing accepts neither resources nor tags as a condition.'),
  ChangeOwn: changing(
    ['ours', 'stays-ours'],
    'Targets, changes and deletion of what carries the name of this cluster; that tag itself can be given no other value.',
  ),
  OfNoCluster: changing(
    ['no-cluster'],
    `What was made by hand, without the tag ${TAG.cluster}: no other cluster has it.`,
  ),
  Create: changing(['tagged-ours'], 'What is created carries the name of this cluster from the beginning.'),
  CreateBelow: changing(
    ['ours', 'tagged-ours'],
    'Listeners below load balancers of this cluster, and rules below its listeners.',
  ),
  CreateInVpc: changing(
    [],
    'AWS asks for the VPC of a new security group too. It is not tagged by the call, and its own tags are not ours to ask for.',
  ),
  TagNew: changing(
    ['elb-creation', 'tagged-ours'],
    'AWS asks for AddTags too where something is created with tags; this tags nothing that exists.',
  ),
  TagNewGroup: changing(['group-creation', 'tagged-ours'], 'The same for security groups.'),
  OrderRules: changing(
    [],
    'It accepts no tag as a condition: that it is about rules of application load balancers is all that can be asked for.',
  ),
  CreateRole: changing(['elb-role'], 'The role that load balancers work with; AWS makes it once an account.'),
  NodeRules: changing(
    ['in-vpc'],
    'Security groups of nodes and pods, which somebody else made: those in the VPC, or where it is not told those tagged kubernetes.io/cluster/<name>.',
  ),
} satisfies Record<string, Statement>;

export type Sid = keyof typeof STATEMENTS;
