import type { LocalAws } from './aws.ts';
import { freeAddress, subnetOf } from './addresses.ts';
import type { ZoneSetting } from '../vpc.ts';
import type { NetworkInterface, SecurityGroupRule, Subnet, Tags } from './state.ts';

/** Name of the security group that the nodes of the local cluster carry. */
const NODE_SECURITY_GROUP = 'nodes';

const IPV6_VPC = '2001:db8:1234:1a00::/56';

/** Makes the default VPC: per zone a public and a private subnet with their role tags, routes, and the node security group. */
export function createNetwork(aws: LocalAws): void {
  const { vpcId, vpcCidr, ipv6, zones, clusterName } = aws.settings;
  const clusterTag = { [`kubernetes.io/cluster/${clusterName}`]: 'owned' };
  aws.state.vpcs.set(vpcId, {
    id: vpcId,
    cidrs: [vpcCidr],
    ipv6Cidrs: ipv6 ? [IPV6_VPC] : [],
    isDefault: true,
    tags: { Name: 'local' },
  });
  createSecurityGroup(aws, { name: 'default', description: 'default VPC security group', vpcId, tags: {} });
  createSecurityGroup(aws, {
    name: NODE_SECURITY_GROUP,
    description: 'Nodes of the local cluster',
    vpcId,
    tags: clusterTag,
  });
  zones.forEach((zone, index) => createZone(aws, zone, index));
  createRoutes(aws, vpcId);
}

function createZone(aws: LocalAws, zone: ZoneSetting, index: number): void {
  const publicTags = { Name: `public-${zone.name}`, 'kubernetes.io/role/elb': '1' };
  const privateTags = { Name: `private-${zone.name}`, 'kubernetes.io/role/internal-elb': '1' };
  const ipv6 = (half: number) => (aws.settings.ipv6 ? [`2001:db8:1234:1a${half}${index}::/64`] : []);
  const common = { vpcId: aws.settings.vpcId, zone: zone.name };
  createSubnet(aws, {
    ...common,
    cidr: zone.publicCidr,
    ipv6Cidrs: ipv6(1),
    mapPublicIpOnLaunch: true,
    tags: publicTags,
  });
  createSubnet(aws, {
    ...common,
    cidr: zone.privateCidr,
    ipv6Cidrs: ipv6(0),
    mapPublicIpOnLaunch: false,
    tags: privateTags,
  });
}

export function createSubnet(aws: LocalAws, subnet: Omit<Subnet, 'id'>): Subnet {
  const created = { id: aws.ec2Id('subnet'), ...subnet };
  aws.state.subnets.set(created.id, created);
  return created;
}

export function createSecurityGroup(
  aws: LocalAws,
  group: { name: string; description: string; vpcId: string; tags: Tags },
) {
  const out = (to: Pick<SecurityGroupRule, 'cidr' | 'ipv6Cidr'>): SecurityGroupRule => {
    return { id: aws.ec2Id('sgr'), egress: true, protocol: '-1', tags: {}, ...to };
  };
  const ipv6 = (aws.state.vpcs.get(group.vpcId)?.ipv6Cidrs ?? []).length > 0;
  const rules = [out({ cidr: '0.0.0.0/0' }), ...(ipv6 ? [out({ ipv6Cidr: '::/0' })] : [])];
  const created = { id: aws.ec2Id('sg'), ...group, rules };
  aws.state.securityGroups.set(created.id, created);
  return created;
}

function createRoutes(aws: LocalAws, vpcId: string): void {
  const gateway = { id: aws.ec2Id('igw'), vpcId, tags: { Name: 'local' } };
  aws.state.internetGateways.set(gateway.id, gateway);
  const local = { destination: aws.settings.vpcCidr, gatewayId: 'local' };
  const internet = { destination: '0.0.0.0/0', gatewayId: gateway.id };
  for (const open of [true, false]) {
    const subnets = [...aws.state.subnets.values()].filter((subnet) => subnet.mapPublicIpOnLaunch === open);
    const id = aws.ec2Id('rtb');
    const routes = open ? [local, internet] : [local];
    const tags = { Name: open ? 'public' : 'private' };
    aws.state.routeTables.set(id, { id, vpcId, subnetIds: subnets.map((subnet) => subnet.id), routes, tags });
  }
}

/** Makes a network interface; without `privateAddresses` it takes a free address of the subnet. */
export function createNetworkInterface(
  aws: LocalAws,
  wanted: Pick<NetworkInterface, 'description' | 'subnetId' | 'securityGroups'> & Partial<NetworkInterface>,
): NetworkInterface {
  const subnet = aws.state.subnets.get(wanted.subnetId) as Subnet;
  const created: NetworkInterface = {
    id: aws.ec2Id('eni'),
    interfaceType: 'interface',
    vpcId: subnet.vpcId,
    zone: subnet.zone,
    privateAddresses: wanted.privateAddresses?.length ? wanted.privateAddresses : [freeAddress(aws.state, subnet)],
    ipv6Addresses: [],
    ipv4Prefixes: [],
    deviceIndex: 0,
    tags: {},
    ...withoutEmptyAddresses(wanted),
  };
  aws.state.networkInterfaces.set(created.id, created);
  return created;
}

function withoutEmptyAddresses<T extends { privateAddresses?: string[] }>(wanted: T): T {
  const { privateAddresses, ...rest } = wanted;
  return (privateAddresses?.length ? wanted : rest) as T;
}

export type InstanceRequest = {
  id?: string;
  /** Subnet by id, or the private subnet of a zone. */
  subnetId?: string;
  zone?: string;
  /** The first is the primary address; without any a free one is taken. */
  privateAddresses?: string[];
  ipv4Prefixes?: string[];
  /** By default the node security group. */
  securityGroups?: string[];
  instanceType?: string;
  imageId?: string;
  tags?: Tags;
};

/** Starts an instance with one network interface and returns its id. It is running at once. */
export function addInstance(aws: LocalAws, request: InstanceRequest): string {
  const subnet = subnetFor(aws, request);
  const id = request.id ?? aws.ec2Id('i');
  const nodes = [...aws.state.securityGroups.values()].filter((group) => group.name === NODE_SECURITY_GROUP);
  const network = createNetworkInterface(aws, {
    description: '',
    subnetId: subnet.id,
    securityGroups: request.securityGroups ?? nodes.map((group) => group.id),
    instanceId: id,
    privateAddresses: request.privateAddresses ?? [],
    ipv4Prefixes: request.ipv4Prefixes ?? [],
  });
  const dashed = network.privateAddresses[0]?.replaceAll('.', '-');
  aws.state.instances.set(id, {
    id,
    state: 'running',
    vpcId: subnet.vpcId,
    subnetId: subnet.id,
    zone: subnet.zone,
    instanceType: request.instanceType ?? 'm7i.large',
    imageId: request.imageId ?? 'ami-00000000000000000',
    privateDnsName: `ip-${dashed}.${aws.settings.region}.compute.internal`,
    launchTime: aws.clock.now(),
    tags: request.tags ?? {},
  });
  aws.changed('network', id);
  return id;
}

function subnetFor(aws: LocalAws, request: InstanceRequest): Subnet {
  const subnets = [...aws.state.subnets.values()];
  const { subnetId, zone, privateAddresses } = request;
  const found = subnetId
    ? aws.state.subnets.get(subnetId)
    : privateAddresses?.[0]
      ? subnetOf(subnets, privateAddresses[0])
      : subnets.find((subnet) => !subnet.mapPublicIpOnLaunch && (zone === undefined || subnet.zone === zone));
  if (!found) throw new Error(`instance ${request.id ?? ''}: no subnet for ${JSON.stringify(request)}`);
  return found;
}
