import type * as Elb from '@aws-sdk/client-elastic-load-balancing-v2';
import type { ElbApi } from '../../src/aws/api.ts';
import type { Region } from './region.ts';

/** The tag that tells clusters apart, spelled out: a test must not take it from the code it tests. */
const CLUSTER_UID = 'podwire.dev/cluster-uid';

type Named = Map<string, string>;

/** One line for each resource that carries the UID, without ids that differ from run to run. */
export async function readHoldings({ elb, ec2 }: Region, uid: string): Promise<string[]> {
  const { LoadBalancers = [] } = await elb.describeLoadBalancers({});
  const { TargetGroups = [] } = await elb.describeTargetGroups({});
  const { SecurityGroups = [] } = await ec2.describeSecurityGroups({
    Filters: [{ Name: `tag:${CLUSTER_UID}`, Values: [uid] }],
  });
  const loadBalancers = await tagged(elb, LoadBalancers, { uid, arnOf: (each) => each.LoadBalancerArn });
  const targetGroups = await tagged(elb, TargetGroups, { uid, arnOf: (each) => each.TargetGroupArn });
  const names: Named = new Map(TargetGroups.map((each) => [each.TargetGroupArn ?? '', each.TargetGroupName ?? '']));
  const lines = [
    ...(await Promise.all(loadBalancers.map((each) => loadBalancerLines(elb, each, names)))).flat(),
    ...targetGroups.map(targetGroupLine),
    ...SecurityGroups.map(({ GroupName, IpPermissions = [] }) => {
      const open = IpPermissions.flatMap(({ FromPort, IpRanges = [] }) =>
        IpRanges.map((one) => `${FromPort}=${one.CidrIp}`),
      );
      return `security-group ${GroupName} ${open.sort().join(' ')}`.trim();
    }),
  ];
  return lines.sort();
}

async function tagged<Item>(
  elb: ElbApi,
  all: Item[],
  { uid, arnOf }: { uid: string; arnOf: (item: Item) => string | undefined },
): Promise<Item[]> {
  const ours = await Promise.all(
    all.map(async (item) => {
      const { TagDescriptions = [] } = await elb.describeTags({ ResourceArns: [arnOf(item) ?? ''] });
      return TagDescriptions[0]?.Tags?.some(({ Key, Value }) => Key === CLUSTER_UID && Value === uid);
    }),
  );
  return all.filter((_, index) => ours[index]);
}

async function loadBalancerLines(elb: ElbApi, one: Elb.LoadBalancer, names: Named): Promise<string[]> {
  const { LoadBalancerArn = '', LoadBalancerName, Scheme, SecurityGroups = [] } = one;
  const { Listeners = [] } = await elb.describeListeners({ LoadBalancerArn });
  const below = await Promise.all(Listeners.map((listener) => listenerLines(elb, listener, names)));
  return [`load-balancer ${LoadBalancerName} ${Scheme} groups=${SecurityGroups.length}`, ...below.flat()];
}

async function listenerLines(elb: ElbApi, listener: Elb.Listener, names: Named): Promise<string[]> {
  const { ListenerArn = '', Port, Protocol, DefaultActions = [] } = listener;
  const { Rules = [] } = await elb.describeRules({ ListenerArn });
  const rules = Rules.filter(({ IsDefault }) => !IsDefault).map(
    ({ Priority, Conditions = [], Actions = [] }) =>
      `rule ${Port} ${Priority} ${Conditions.flatMap(valuesOf).join(' ')} -> ${actionText(Actions, names)}`,
  );
  return [`listener ${Port} ${Protocol} -> ${actionText(DefaultActions, names)}`, ...rules];
}

const valuesOf = (each: Elb.RuleCondition): string[] =>
  each.HostHeaderConfig?.Values ?? each.PathPatternConfig?.Values ?? each.Values ?? [];

function actionText(actions: readonly Elb.Action[], names: Named): string {
  const texts = actions.map(({ Type, TargetGroupArn, ForwardConfig, FixedResponseConfig, RedirectConfig }) => {
    const arn = TargetGroupArn ?? ForwardConfig?.TargetGroups?.[0]?.TargetGroupArn ?? '';
    return FixedResponseConfig?.StatusCode ?? RedirectConfig?.StatusCode ?? names.get(arn) ?? Type;
  });
  return texts.join(' ');
}

const targetGroupLine = ({ TargetGroupName, Protocol, TargetType, HealthCheckPath }: Elb.TargetGroup): string =>
  `target-group ${TargetGroupName} ${Protocol} ${TargetType} ${HealthCheckPath}`;
