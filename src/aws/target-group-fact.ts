import type { TargetGroup } from '@aws-sdk/client-elastic-load-balancing-v2';
import { Gone } from '../errors.ts';
import type { TargetGroupFact } from '../model/binding/facts.ts';
import type { ElbApi } from './api.ts';

/** A target group by its ARN, else by its name; undefined where AWS knows none. */
export async function describeTargetGroup(
  elb: Pick<ElbApi, 'describeTargetGroups'>,
  { arn, groupName = '' }: { arn?: string; groupName?: string },
): Promise<TargetGroupFact | undefined> {
  try {
    const found = await elb.describeTargetGroups(
      arn === undefined ? { Names: [groupName] } : { TargetGroupArns: [arn] },
    );
    return found.TargetGroups?.map(factOf)[0];
  } catch (error) {
    if (error instanceof Gone) return undefined;
    throw error;
  }
}

/** Absent numbers are those of a group without health checks (type lambda). */
function factOf(group: TargetGroup): TargetGroupFact {
  const port = Number(group.HealthCheckPort);
  return {
    arn: group.TargetGroupArn ?? '',
    name: group.TargetGroupName ?? '',
    vpcId: group.VpcId ?? '',
    targetType: group.TargetType ?? '',
    protocol: group.Protocol ?? '',
    ipAddressType: group.IpAddressType ?? 'ipv4',
    healthCheck: {
      ...(Number.isInteger(port) && port > 0 && { port }),
      intervalSeconds: group.HealthCheckIntervalSeconds ?? 30,
      timeoutSeconds: group.HealthCheckTimeoutSeconds ?? 5,
      unhealthyThreshold: group.UnhealthyThresholdCount ?? 2,
    },
  };
}
