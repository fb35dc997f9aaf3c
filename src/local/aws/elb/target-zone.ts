import { isIP } from 'node:net';
import type { TargetDescription } from '@aws-sdk/client-elastic-load-balancing-v2';
import { isPrivateAddress, subnetOf } from '../addresses.ts';
import type { LocalAws } from '../aws.ts';
import { ElbError, validationError } from '../error.ts';
import type { TargetGroup } from '../state.ts';
import { groupAttributes } from './target-groups.ts';

/** The zone a target is in, or the error with which AWS refuses the target. `all` is every enabled zone. */
export function zoneOfTarget(aws: LocalAws, group: TargetGroup, target: TargetDescription): string {
  if (group.targetType === 'instance') return zoneOfInstance(aws, group, target.Id ?? '');
  if (group.targetType === 'alb') return zoneOfLoadBalancer(aws, target.Id ?? '');
  return zoneOfAddress(aws, group, target);
}

function zoneOfInstance(aws: LocalAws, group: TargetGroup, id: string): string {
  const instance = aws.state.instances.get(id);
  if (!instance) throw new ElbError('InvalidTarget', `The following targets are not valid instances: '${id}'`);
  if (instance.vpcId !== group.vpcId)
    throw new ElbError(
      'InvalidTarget',
      `The following targets are not in the target group VPC '${group.vpcId}': '${id}'`,
    );
  if (instance.state !== 'running')
    throw new ElbError(
      'InvalidTarget',
      `The following targets are not in a running state and cannot be registered: '${id}'`,
    );
  return instance.zone;
}

function zoneOfLoadBalancer(aws: LocalAws, arn: string): string {
  if (aws.state.loadBalancers.get(arn)?.type === 'application') return 'all';
  throw new ElbError('InvalidTarget', `The target '${arn}' is not an application load balancer`);
}

function zoneOfAddress(aws: LocalAws, group: TargetGroup, target: TargetDescription): string {
  const address = target.Id ?? '';
  checkFamily(group, address);
  const subnet = subnetOf(
    [...aws.state.subnets.values()].filter(({ vpcId }) => vpcId === group.vpcId),
    address,
  );
  if (!subnet) return zoneOutside(aws, group, { address, zone: target.AvailabilityZone });
  if (isLoadBalancerAddress(aws, address))
    throw new ElbError(
      'InvalidTarget',
      'The IP address cannot be used as a target, as it is in use by a load balancer',
    );
  if (target.AvailabilityZone === undefined || target.AvailabilityZone === subnet.zone) return subnet.zone;
  throw validationError(
    `The IP address '${address}' is within the VPC, and cannot have its Availability Zone overridden to '${target.AvailabilityZone}' from '${subnet.zone}'`,
  );
}

function checkFamily(group: TargetGroup, address: string): void {
  const family = isIP(address);
  if (family === 0) throw validationError(`The IP address '${address}' is not a valid IPv4 or IPv6 address`);
  if (family !== (group.ipAddressType === 'ipv6' ? 6 : 4))
    throw validationError(
      `The IP address '${address}' is not of the IP address type '${group.ipAddressType}' of the target group`,
    );
}

function zoneOutside(aws: LocalAws, group: TargetGroup, target: { address: string; zone: string | undefined }): string {
  const { address, zone } = target;
  if (isIP(address) === 6 || !isPrivateAddress(address))
    throw validationError(`The IP address '${address}' is not within a valid range for the VPC '${group.vpcId}'`);
  const crossZoneOff = groupAttributes(group)['load_balancing.cross_zone.enabled'] === 'false';
  const isZone = [...aws.state.subnets.values()].some((subnet) => subnet.zone === zone);
  if (isZone || (zone === 'all' && !crossZoneOff)) return zone ?? 'all';
  if (crossZoneOff)
    throw validationError(
      `You must specify an Availability Zone for the IP address '${address}', since it is outside the VPC and cross-zone load balancing is off`,
    );
  throw validationError(
    `You must specify a valid Availability Zone or select 'all' for all enabled Availability zones, since the IP address '${address}' is outside the VPC`,
  );
}

function isLoadBalancerAddress(aws: LocalAws, address: string): boolean {
  const networks = [...aws.state.networkInterfaces.values()];
  return networks.some((network) => network.requesterId === 'amazon-elb' && network.privateAddresses.includes(address));
}
