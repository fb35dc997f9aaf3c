import type { DescribeAccountLimitsInput } from '@aws-sdk/client-elastic-load-balancing-v2';
import type { LocalAws } from '../aws.ts';
import { pageOf } from './paging.ts';
import { QUOTAS, quota } from './quotas.ts';
import type { QuotaName } from './quotas.ts';

/** Every quota that local AWS enforces, with the value in force. */
export function describeAccountLimits(aws: LocalAws, input: DescribeAccountLimitsInput) {
  const limits = (Object.keys(QUOTAS) as QuotaName[]).map((Name) => ({ Name, Max: String(quota(aws, Name)) }));
  const { items, ...next } = pageOf(limits, input);
  return { Limits: items, ...next };
}
