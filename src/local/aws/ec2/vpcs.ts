import type {
  CreateVpcRequest,
  DescribeInternetGatewaysRequest,
  DescribeRouteTablesRequest,
  DescribeVpcsRequest,
  InternetGateway as InternetGatewayShape,
  RouteTable as RouteTableShape,
  Vpc as VpcShape,
} from '@aws-sdk/client-ec2';
import { isCidr } from '../addresses.ts';
import type { LocalAws } from '../aws.ts';
import { AwsError } from '../error.ts';
import { createSecurityGroup } from '../network.ts';
import type { InternetGateway, RouteTable, Vpc } from '../state.ts';
import { byIds, ec2Page, filtered } from './filters.ts';
import { specifiedTags } from './tags.ts';
import { toPairs } from '../pairs.ts';

export function describeVpcs(aws: LocalAws, input: DescribeVpcsRequest) {
  const asked = byIds(aws.state.vpcs, input.VpcIds, { code: 'InvalidVpcID.NotFound', kind: 'vpc' });
  const found = filtered(asked, input.Filters, {
    'vpc-id': (vpc) => [vpc.id],
    cidr: (vpc) => [vpc.cidrs[0]],
    'cidr-block-association.cidr-block': (vpc) => vpc.cidrs,
    'is-default': (vpc) => [String(vpc.isDefault)],
    isDefault: (vpc) => [String(vpc.isDefault)],
    state: () => ['available'],
  });
  const { items, ...next } = ec2Page(found, input);
  return { Vpcs: items.map((vpc) => vpcShape(aws, vpc)), ...next };
}

function vpcShape(aws: LocalAws, vpc: Vpc): VpcShape {
  return {
    VpcId: vpc.id,
    OwnerId: aws.settings.accountId,
    State: 'available',
    CidrBlock: vpc.cidrs[0],
    DhcpOptionsId: 'default',
    InstanceTenancy: 'default',
    IsDefault: vpc.isDefault,
    CidrBlockAssociationSet: vpc.cidrs.map((CidrBlock, index) => ({
      AssociationId: `vpc-cidr-assoc-${index}${vpc.id.slice(4)}`,
      CidrBlock,
      CidrBlockState: { State: 'associated' },
    })),
    Ipv6CidrBlockAssociationSet: vpc.ipv6Cidrs.map((Ipv6CidrBlock, index) => ({
      AssociationId: `vpc-cidr-assoc-6${index}${vpc.id.slice(4)}`,
      Ipv6CidrBlock,
      Ipv6CidrBlockState: { State: 'associated' },
    })),
    Tags: toPairs(vpc.tags),
  };
}

/** Makes a VPC with its default security group. */
export function createVpc(aws: LocalAws, input: CreateVpcRequest) {
  const cidr = input.CidrBlock ?? '';
  if (!isCidr(cidr)) throw new AwsError('InvalidParameterValue', `Value (${cidr}) for parameter cidrBlock is invalid.`);
  const tags = specifiedTags(input.TagSpecifications, 'vpc');
  const vpc: Vpc = { id: aws.ec2Id('vpc'), cidrs: [cidr], ipv6Cidrs: [], isDefault: false, tags };
  aws.state.vpcs.set(vpc.id, vpc);
  createSecurityGroup(aws, { name: 'default', description: 'default VPC security group', vpcId: vpc.id, tags: {} });
  aws.changed('network', vpc.id);
  return { Vpc: vpcShape(aws, vpc) };
}

export function describeRouteTables(aws: LocalAws, input: DescribeRouteTablesRequest) {
  const asked = byIds(aws.state.routeTables, input.RouteTableIds, {
    code: 'InvalidRouteTableID.NotFound',
    kind: 'routeTable',
  });
  const found = filtered(asked, input.Filters, {
    'route-table-id': (table) => [table.id],
    'vpc-id': (table) => [table.vpcId],
    'association.subnet-id': (table) => table.subnetIds,
    'association.main': () => ['false'],
    'route.gateway-id': (table) => table.routes.map((route) => route.gatewayId),
  });
  const { items, ...next } = ec2Page(found, input);
  return { RouteTables: items.map((table) => routeTableShape(aws, table)), ...next };
}

function routeTableShape(aws: LocalAws, table: RouteTable): RouteTableShape {
  return {
    RouteTableId: table.id,
    VpcId: table.vpcId,
    OwnerId: aws.settings.accountId,
    Associations: table.subnetIds.map((SubnetId) => ({
      RouteTableAssociationId: `rtbassoc-${SubnetId.slice(7)}`,
      RouteTableId: table.id,
      SubnetId,
      Main: false,
      AssociationState: { State: 'associated' },
    })),
    Routes: table.routes.map(({ destination, gatewayId }) => ({
      DestinationCidrBlock: destination,
      GatewayId: gatewayId,
      Origin: gatewayId === 'local' ? 'CreateRouteTable' : 'CreateRoute',
      State: 'active',
    })),
    Tags: toPairs(table.tags),
  };
}

export function describeInternetGateways(aws: LocalAws, input: DescribeInternetGatewaysRequest) {
  const missing = { code: 'InvalidInternetGatewayID.NotFound', kind: 'internetGateway' };
  const found = filtered(byIds(aws.state.internetGateways, input.InternetGatewayIds, missing), input.Filters, {
    'internet-gateway-id': (gateway) => [gateway.id],
    'attachment.vpc-id': (gateway) => [gateway.vpcId],
    'attachment.state': () => ['available'],
  });
  const { items, ...next } = ec2Page(found, input);
  return { InternetGateways: items.map((gateway) => gatewayShape(aws, gateway)), ...next };
}

function gatewayShape(aws: LocalAws, gateway: InternetGateway): InternetGatewayShape {
  return {
    InternetGatewayId: gateway.id,
    OwnerId: aws.settings.accountId,
    Attachments: [{ State: 'attached', VpcId: gateway.vpcId }],
    Tags: toPairs(gateway.tags),
  };
}
