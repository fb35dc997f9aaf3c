import type { Filter, SecurityGroup } from '@aws-sdk/client-ec2';
import type { Ec2Api } from './api.ts';
import { readPages } from './pages.ts';

/** Every security group that the filters let through. */
export function readSecurityGroups(
  ec2: Pick<Ec2Api, 'describeSecurityGroups'>,
  filters: Filter[],
): Promise<SecurityGroup[]> {
  return readPages(
    (next: { NextToken?: string }) => ec2.describeSecurityGroups({ Filters: filters, ...next }),
    (answer) => answer.SecurityGroups,
  );
}
