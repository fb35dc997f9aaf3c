import type { Ec2Api, ElbApi } from '../../aws/api.ts';
import { wouldBeDone } from '../../aws/errors.ts';
import type { Identity } from '../../aws/identity.ts';
import type { Sid } from '../../aws/rights/statements.ts';
import { partitionOf } from '../../aws/simulation.ts';
import { Denied, Gone, Invalid, toError } from '../../errors.ts';
import type { ActionFact, SettingsFacts } from '../../model/doctor/facts.ts';
import type { SecurityGroupFact } from '../../model/facts.ts';
import { TAG } from '../../model/tags.ts';

/** A call that shows whether an action is allowed, and changes nothing. */
export type Trial = { action: string; statement: Sid; how: string; ask: () => Promise<unknown> };

/** What the calls are about. */
export type Around = { settings: SettingsFacts; identity: Identity; groups: readonly SecurityGroupFact[] };

type Read = { [Method in keyof ElbApi as Method extends `describe${string}` ? Method : never]: ElbApi[Method] };

/** Every reading action of ELBv2 on something that is not there: AWS looks at the policy first. */
export function readTrials(elb: Read, { identity, settings }: Around): Trial[] {
  const start = `arn:${partitionOf(identity)}:elasticloadbalancing:${settings.region}:${identity.account}`;
  const nobody = 'podwire-doctor/0000000000000000';
  const LoadBalancerArn = `${start}:loadbalancer/app/${nobody}`;
  const ListenerArn = `${start}:listener/app/${nobody}/0000000000000000`;
  const TargetGroupArn = `${start}:targetgroup/${nobody}`;
  const asks: Record<string, () => Promise<unknown>> = {
    DescribeLoadBalancers: () => elb.describeLoadBalancers({ PageSize: 1 }),
    DescribeTargetGroups: () => elb.describeTargetGroups({ PageSize: 1 }),
    DescribeTags: () => elb.describeTags({ ResourceArns: [LoadBalancerArn] }),
    DescribeTargetHealth: () => elb.describeTargetHealth({ TargetGroupArn }),
    DescribeLoadBalancerAttributes: () => elb.describeLoadBalancerAttributes({ LoadBalancerArn }),
    DescribeTargetGroupAttributes: () => elb.describeTargetGroupAttributes({ TargetGroupArn }),
    DescribeListeners: () => elb.describeListeners({ LoadBalancerArn }),
    DescribeRules: () => elb.describeRules({ ListenerArn }),
    DescribeListenerCertificates: () => elb.describeListenerCertificates({ ListenerArn }),
  };
  return Object.entries(asks).map(([name, ask]) => ({
    action: `elasticloadbalancing:${name}`,
    statement: 'Read',
    how: 'a call about nothing',
    ask,
  }));
}

type DryRun = { statement: Sid; method: keyof Ec2Api; input: object };

/** EC2 takes `DryRun` with every action; what needs a security group of ours waits until there is one. */
export function dryRunTrials(ec2: Ec2Api, around: Around): Trial[] {
  return [...readDryRuns(), ...creationDryRuns(around), ...groupDryRuns(around)].map(
    ({ statement, method, input }) => ({
      action: `ec2:${method.charAt(0).toUpperCase()}${method.slice(1)}`,
      statement,
      how: 'a dry run',
      ask: () => (ec2[method] as (input: object) => Promise<unknown>)({ ...input, DryRun: true }),
    }),
  );
}

const readDryRuns = (): DryRun[] =>
  (['describeSubnets', 'describeSecurityGroups', 'describeInstances', 'describeVpcs'] as const).map((method) => ({
    statement: 'Read',
    method,
    input: {},
  }));

/** What the policy asks for of everything that is ours. */
const ownTags = ({ clusterName, controllerId }: Around['settings']): { Key: string; Value: string }[] => [
  { Key: TAG.cluster, Value: clusterName },
  ...(controllerId === '' ? [] : [{ Key: TAG.controller, Value: controllerId }]),
];

/** A security group is created with its tags: both are asked for at once. */
function creationDryRuns({ settings }: Around): DryRun[] {
  const Tags = ownTags(settings);
  const input = {
    GroupName: 'podwire-doctor',
    Description: 'dry run',
    VpcId: settings.vpcId,
    TagSpecifications: [{ ResourceType: 'security-group', Tags }],
  };
  return (['Create', 'CreateInVpc'] as const).map((statement) => ({ statement, method: 'createSecurityGroup', input }));
}

const RULE = { IpProtocol: 'tcp', FromPort: 65_535, ToPort: 65_535, IpRanges: [{ CidrIp: '192.0.2.1/32' }] };

function groupDryRuns({ settings, groups }: Around): DryRun[] {
  const own = groups.find(({ tags }) => ownTags(settings).every(({ Key, Value }) => tags[Key] === Value));
  const foreign = groups.filter(({ tags }) => tags[TAG.cluster] === undefined);
  const clusterTag = `kubernetes.io/cluster/${settings.clusterName}`;
  const ofNodes = foreign.find(({ tags }) => tags[clusterTag] !== undefined) ?? foreign[0];
  const rules = (statement: Sid, GroupId: string): DryRun[] =>
    (['authorizeSecurityGroupIngress', 'revokeSecurityGroupIngress'] as const).map((method) => ({
      statement,
      method,
      input: { GroupId, IpPermissions: [RULE] },
    }));
  const onOwn = (GroupId: string): DryRun[] => [
    ...rules('ChangeOwn', GroupId),
    { statement: 'ChangeOwn', method: 'deleteSecurityGroup', input: { GroupId } },
    {
      statement: 'ChangeOwn',
      method: 'createTags',
      input: { Resources: [GroupId], Tags: ownTags(settings) },
    },
  ];
  return [...(own ? onOwn(own.id) : []), ...(ofNodes ? rules('NodeRules', ofNodes.id) : [])];
}

/** Makes the call, and says what its answer means. */
export async function tryOut({ ask, how }: Trial): Promise<ActionFact['verdict']> {
  try {
    await ask();
    return { allowed: true, how, told: 'answered' };
  } catch (error) {
    const told = toError(error).message;
    if (error instanceof Denied) return { allowed: false, how, told };
    // Only who is let in learns that there is no such thing.
    const isLetIn = wouldBeDone(error) || error instanceof Gone || error instanceof Invalid;
    return isLetIn ? { allowed: true, how, told } : { unknown: told };
  }
}
