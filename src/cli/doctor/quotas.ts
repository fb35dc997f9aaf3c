import type { ElbApi } from '../../aws/api.ts';
import { readPages } from '../../aws/pages.ts';
import type { TargetGroupObject } from '../../cluster/objects.ts';
import type { QuotaFact } from '../../model/doctor/facts.ts';

/** The quotas of the account beside what is in use, of load balancers and target groups that the account has and of targets of our groups. */
export async function readQuotas(elb: ElbApi, targetGroups: readonly TargetGroupObject[]): Promise<QuotaFact[]> {
  const [limits, balancers, groups] = await Promise.all([
    readPages(
      (next: { Marker?: string }) => elb.describeAccountLimits(next),
      (answer) => answer.Limits,
    ),
    readPages(
      (next: { Marker?: string }) => elb.describeLoadBalancers(next),
      (answer) => answer.LoadBalancers,
    ),
    readPages(
      (next: { Marker?: string }) => elb.describeTargetGroups(next),
      (answer) => answer.TargetGroups,
    ),
  ]);
  const applications = balancers.filter(({ Type }) => Type === 'application');
  const behind = (arn: string | undefined) =>
    groups.filter(({ LoadBalancerArns = [] }) => LoadBalancerArns.includes(arn ?? '')).length;
  const used: Omit<QuotaFact, 'most'>[] = [
    { quota: 'application-load-balancers', of: 'the account', used: applications.length },
    { quota: 'target-groups', of: 'the account', used: groups.length },
    ...applications.map(({ LoadBalancerArn, LoadBalancerName = '' }) => ({
      quota: 'target-groups-per-application-load-balancer',
      of: `load balancer ${LoadBalancerName}`,
      used: behind(LoadBalancerArn),
    })),
    ...targetGroups.map(({ namespace, name, status }) => ({
      quota: 'targets-per-target-group',
      of: `TargetGroup ${namespace}/${name}`,
      used: status.registered ?? 0,
    })),
  ];
  const most = new Map(limits.map(({ Name = '', Max = '' }) => [Name, Number(Max)]));
  return used.flatMap((one) => {
    const max = most.get(one.quota);
    return max === undefined || Number.isNaN(max) ? [] : [{ ...one, most: max }];
  });
}
