import { createNamed } from './names.ts';
import { healthCheckRequest } from './request.ts';
import type { CarryOut, Operations } from './run.ts';
import { toPairs } from '../pairs.ts';

type Names = 'createTargetGroup' | 'modifyTargetGroup' | 'modifyTargetGroupAttributes' | 'deleteTargetGroup';

const create: CarryOut<'createTargetGroup'> = async ({ vpcId, settings, tags }, { account }) => {
  const { name, targetType, protocol, protocolVersion, port, ipAddressType, healthCheck } = settings;
  return createNamed(account, { kind: 'target-group', name, tags }, async () => {
    const { TargetGroups } = await account.elb.createTargetGroup({
      Name: name,
      VpcId: vpcId,
      TargetType: targetType,
      Protocol: protocol,
      ProtocolVersion: protocolVersion,
      Port: port,
      IpAddressType: ipAddressType,
      ...healthCheckRequest(healthCheck),
      Tags: toPairs(tags),
    });
    const [made] = TargetGroups ?? [];
    // A new one cannot be in use yet.
    return { arn: made?.TargetGroupArn ?? '', old: (made?.LoadBalancerArns?.length ?? 0) > 0 };
  });
};

export const TARGET_GROUP_OPERATIONS: Operations<Names> = {
  createTargetGroup: create,
  modifyTargetGroup: async ({ targetGroup, healthCheck }, { account, resolve }) => {
    await account.elb.modifyTargetGroup({ TargetGroupArn: resolve(targetGroup), ...healthCheckRequest(healthCheck) });
    return undefined;
  },
  modifyTargetGroupAttributes: async ({ targetGroup, attributes }, { account, resolve }) => {
    await account.elb.modifyTargetGroupAttributes({
      TargetGroupArn: resolve(targetGroup),
      Attributes: toPairs(attributes),
    });
    return undefined;
  },
  deleteTargetGroup: async ({ arn }, { account }) => {
    await account.elb.deleteTargetGroup({ TargetGroupArn: arn });
    account.inventory.deleted(arn);
    return undefined;
  },
};
