import type { LocalAws } from '../aws.ts';
import { ElbError } from '../error.ts';

/** AWS defaults by the names of DescribeAccountLimits (ALB and NLB quota pages); null where AWS gives no figure here. */
export const QUOTAS = {
  'application-load-balancers': 50,
  'listeners-per-application-load-balancer': 50,
  'rules-per-application-load-balancer': 100,
  'certificates-per-application-load-balancer': 25,
  'target-groups': 3000,
  'target-groups-per-application-load-balancer': 100,
  'target-groups-per-action-on-application-load-balancer': 5,
  'targets-per-application-load-balancer': 1000,
  'targets-per-target-group': 1000,
  'target-id-registrations-per-application-load-balancer': 1000,
  'condition-values-per-alb-rule': 5,
  'condition-wildcards-per-alb-rule': 5,
  'network-load-balancers': 50,
  'listeners-per-network-load-balancer': 50,
  'certificates-per-network-load-balancer': 25,
  'targets-per-network-load-balancer': 3000,
} as const;

export type QuotaName = keyof typeof QUOTAS;

export function quota(aws: LocalAws, name: QuotaName): number {
  return aws.settings.quotas[name] ?? QUOTAS[name];
}

/** Refuses with `code` when `count` is above the quota. */
export function checkQuota(
  aws: LocalAws,
  name: QuotaName,
  used: { count: number; code: string; message?: string },
): void {
  const most = quota(aws, name);
  if (used.count <= most) return;
  throw new ElbError(
    used.code,
    used.message ?? `The maximum number of ${name.replaceAll('-', ' ')} '${most}' has been reached`,
  );
}
