import type {
  CreateSubnetRequest,
  DescribeAvailabilityZonesRequest,
  DescribeSubnetsRequest,
  Subnet as SubnetShape,
} from '@aws-sdk/client-ec2';
import { freeAddressCount, isCidr, isInCidr } from '../addresses.ts';
import type { LocalAws } from '../aws.ts';
import { AwsError } from '../error.ts';
import { createSubnet as addSubnet } from '../network.ts';
import type { Subnet } from '../state.ts';
import { byIds, ec2Page, filtered } from './filters.ts';
import { specifiedTags } from './tags.ts';
import { toPairs } from '../pairs.ts';

export function describeSubnets(aws: LocalAws, input: DescribeSubnetsRequest) {
  const asked = byIds(aws.state.subnets, input.SubnetIds, { code: 'InvalidSubnetID.NotFound', kind: 'subnet' });
  const found = filtered(asked, input.Filters, {
    'subnet-id': (subnet) => [subnet.id],
    'vpc-id': (subnet) => [subnet.vpcId],
    'availability-zone': (subnet) => [subnet.zone],
    'availability-zone-id': (subnet) => [zoneId(aws, subnet.zone)],
    'cidr-block': (subnet) => [subnet.cidr],
    'default-for-az': () => ['false'],
    'map-public-ip-on-launch': (subnet) => [String(subnet.mapPublicIpOnLaunch)],
    'owner-id': () => [aws.settings.accountId],
    state: () => ['available'],
  });
  const { items, ...next } = ec2Page(found, input);
  return { Subnets: items.map((subnet) => shapeOf(aws, subnet)), ...next };
}

/** An id of the form `euc1-az2`: letters of the region, number of the zone. */
function zoneId(aws: LocalAws, zone: string): string {
  const [area = '', side = '', number = ''] = aws.settings.region.split('-');
  return `${area}${side.charAt(0)}${number}-az${zone.charCodeAt(zone.length - 1) - 96}`;
}

function shapeOf(aws: LocalAws, subnet: Subnet): SubnetShape {
  return {
    SubnetId: subnet.id,
    SubnetArn: aws.arn('ec2', `subnet/${subnet.id}`),
    VpcId: subnet.vpcId,
    OwnerId: aws.settings.accountId,
    State: 'available',
    CidrBlock: subnet.cidr,
    AvailabilityZone: subnet.zone,
    AvailabilityZoneId: zoneId(aws, subnet.zone),
    AvailableIpAddressCount: freeAddressCount(aws.state, subnet),
    DefaultForAz: false,
    MapPublicIpOnLaunch: subnet.mapPublicIpOnLaunch,
    AssignIpv6AddressOnCreation: false,
    Ipv6CidrBlockAssociationSet: subnet.ipv6Cidrs.map((Ipv6CidrBlock) => ({
      AssociationId: `subnet-cidr-assoc-${subnet.id.slice(7)}`,
      Ipv6CidrBlock,
      Ipv6CidrBlockState: { State: 'associated' },
    })),
    Ipv6Native: false,
    Tags: toPairs(subnet.tags),
  };
}

export function createSubnet(aws: LocalAws, input: CreateSubnetRequest) {
  const vpc = aws.state.vpcs.get(input.VpcId ?? '');
  if (!vpc) throw new AwsError('InvalidVpcID.NotFound', `The vpc ID '${input.VpcId ?? ''}' does not exist`);
  const cidr = input.CidrBlock ?? '';
  const address = cidr.split('/')[0] ?? '';
  if (!isCidr(cidr) || !vpc.cidrs.some((block) => isInCidr(block, address)))
    throw new AwsError('InvalidSubnet.Range', `The CIDR '${cidr}' is invalid.`);
  const siblings = [...aws.state.subnets.values()].filter((subnet) => subnet.vpcId === vpc.id);
  if (siblings.some((subnet) => isInCidr(subnet.cidr, address) || isInCidr(cidr, subnet.cidr.split('/')[0] ?? '')))
    throw new AwsError('InvalidSubnet.Conflict', `The CIDR '${cidr}' conflicts with another subnet`);
  const zone = checkedZone(aws, input.AvailabilityZone);
  const tags = specifiedTags(input.TagSpecifications, 'subnet');
  const subnet = addSubnet(aws, { vpcId: vpc.id, zone, cidr, ipv6Cidrs: [], mapPublicIpOnLaunch: false, tags });
  aws.changed('network', subnet.id);
  return { Subnet: shapeOf(aws, subnet) };
}

function checkedZone(aws: LocalAws, zone: string | undefined): string {
  const names = aws.settings.zones.map(({ name }) => name);
  const wanted = zone ?? names[0] ?? '';
  if (names.includes(wanted)) return wanted;
  throw new AwsError(
    'InvalidParameterValue',
    `Value (${wanted}) for parameter availabilityZone is invalid. Subnets can currently only be created in the following availability zones: ${names.join(', ')}.`,
  );
}

export function describeAvailabilityZones(aws: LocalAws, input: DescribeAvailabilityZonesRequest) {
  const zones = aws.settings.zones.map(({ name }) => ({ name, tags: {} }));
  const named = input.ZoneNames?.length ? zones.filter(({ name }) => input.ZoneNames?.includes(name)) : zones;
  const found = filtered(named, input.Filters, {
    'zone-name': ({ name }) => [name],
    'zone-id': ({ name }) => [zoneId(aws, name)],
    'zone-type': () => ['availability-zone'],
    'region-name': () => [aws.settings.region],
    state: () => ['available'],
    'opt-in-status': () => ['opt-in-not-required'],
  });
  const AvailabilityZones = found.map(({ name }) => ({
    ZoneName: name,
    ZoneId: zoneId(aws, name),
    ZoneType: 'availability-zone',
    RegionName: aws.settings.region,
    GroupName: aws.settings.region,
    NetworkBorderGroup: aws.settings.region,
    OptInStatus: 'opt-in-not-required' as const,
    State: 'available' as const,
    Messages: [],
  }));
  return { AvailabilityZones };
}
