import type {
  DescribeNetworkInterfacesRequest,
  InstanceNetworkInterface,
  ModifyNetworkInterfaceAttributeRequest,
  NetworkInterface as NetworkInterfaceShape,
} from '@aws-sdk/client-ec2';
import type { LocalAws } from '../aws.ts';
import { AwsError } from '../error.ts';
import type { NetworkInterface } from '../state.ts';
import { byIds, ec2Page, filtered } from './filters.ts';
import { toPairs } from '../pairs.ts';

const MISSING = { code: 'InvalidNetworkInterfaceID.NotFound', kind: 'networkInterface' };

/** The network interfaces of an instance, the primary one first. */
export function interfacesOf(aws: LocalAws, instanceId: string): NetworkInterface[] {
  const attached = [...aws.state.networkInterfaces.values()].filter((network) => network.instanceId === instanceId);
  return attached.toSorted((a, b) => a.deviceIndex - b.deviceIndex);
}

export function describeNetworkInterfaces(aws: LocalAws, input: DescribeNetworkInterfacesRequest) {
  const asked = byIds(aws.state.networkInterfaces, input.NetworkInterfaceIds, MISSING);
  const found = filtered(asked, input.Filters, {
    'network-interface-id': (network) => [network.id],
    description: (network) => [network.description],
    'requester-id': (network) => [network.requesterId],
    'requester-managed': (network) => [String(network.requesterId !== undefined)],
    'interface-type': (network) => [network.interfaceType],
    'vpc-id': (network) => [network.vpcId],
    'subnet-id': (network) => [network.subnetId],
    'availability-zone': (network) => [network.zone],
    'group-id': (network) => network.securityGroups,
    'private-ip-address': (network) => [network.privateAddresses[0]],
    'addresses.private-ip-address': (network) => network.privateAddresses,
    'ipv6-addresses.ipv6-address': (network) => network.ipv6Addresses,
    'attachment.instance-id': (network) => [network.instanceId],
    'attachment.device-index': (network) => [String(network.deviceIndex)],
    'attachment.status': () => ['attached'],
    status: () => ['in-use'],
  });
  const { items, ...next } = ec2Page(found, input);
  return { NetworkInterfaces: items.map((network) => shapeOf(aws, network)), ...next };
}

function groupsOf(aws: LocalAws, network: NetworkInterface) {
  return network.securityGroups.map((id) => ({ GroupId: id, GroupName: aws.state.securityGroups.get(id)?.name ?? '' }));
}

/** What a network interface is, whoever is told: fields that both describe calls spell alike. */
const sharedShapeOf = (aws: LocalAws, network: NetworkInterface) => ({
  NetworkInterfaceId: network.id,
  Description: network.description,
  InterfaceType: network.interfaceType,
  OwnerId: aws.settings.accountId,
  Status: 'in-use' as const,
  VpcId: network.vpcId,
  SubnetId: network.subnetId,
  PrivateIpAddress: network.privateAddresses[0],
  PrivateIpAddresses: network.privateAddresses.map((PrivateIpAddress, index) => ({
    PrivateIpAddress,
    Primary: index === 0,
  })),
  Ipv6Addresses: network.ipv6Addresses.map((Ipv6Address) => ({ Ipv6Address })),
  Ipv4Prefixes: network.ipv4Prefixes.map((Ipv4Prefix) => ({ Ipv4Prefix })),
  Groups: groupsOf(aws, network),
  SourceDestCheck: true,
});

const shapeOf = (aws: LocalAws, network: NetworkInterface): NetworkInterfaceShape => ({
  ...sharedShapeOf(aws, network),
  RequesterManaged: network.requesterId !== undefined,
  ...(network.requesterId !== undefined && { RequesterId: network.requesterId }),
  AvailabilityZone: network.zone,
  Attachment: attachmentOf(aws, network),
  TagSet: toPairs(network.tags),
});

function attachmentOf(aws: LocalAws, network: NetworkInterface) {
  const owner = network.instanceId === undefined ? 'amazon-elb' : aws.settings.accountId;
  return {
    AttachmentId: `eni-attach-${network.id.slice(4)}`,
    DeviceIndex: network.deviceIndex,
    InstanceOwnerId: owner,
    Status: 'attached' as const,
    DeleteOnTermination: network.instanceId !== undefined,
    ...(network.instanceId !== undefined && { InstanceId: network.instanceId }),
  };
}

/** Network interfaces as DescribeInstances shows them. */
export function instanceNetworks(aws: LocalAws, networks: NetworkInterface[]): InstanceNetworkInterface[] {
  return networks.map((network) => {
    const { InstanceOwnerId: _owner, InstanceId: _instance, ...Attachment } = attachmentOf(aws, network);
    return {
      ...sharedShapeOf(aws, network),
      Attachment,
    };
  });
}

/** Changes the security groups or the description of a network interface. */
export function modifyNetworkInterfaceAttribute(aws: LocalAws, input: ModifyNetworkInterfaceAttributeRequest): object {
  const [network] = byIds(aws.state.networkInterfaces, [input.NetworkInterfaceId ?? ''], MISSING);
  if (!network) return {};
  const unknown = (input.Groups ?? []).find((id) => !aws.state.securityGroups.has(id));
  if (unknown !== undefined)
    throw new AwsError('InvalidGroup.NotFound', `The security group '${unknown}' does not exist`);
  if (input.Groups) network.securityGroups = [...input.Groups];
  if (input.Description?.Value !== undefined) network.description = input.Description.Value;
  aws.changed('network', network.id);
  return {};
}
