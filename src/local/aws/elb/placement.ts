import { freeAddressCount } from '../addresses.ts';
import type { LocalAws } from '../aws.ts';
import { ElbError, validationError } from '../error.ts';
import { createNetworkInterface } from '../network.ts';
import type { LoadBalancer, LoadBalancerNode, Subnet } from '../state.ts';

const LEAST_FREE_ADDRESSES = 8;
const MOST_SECURITY_GROUPS = 5;

type Kind = Pick<LoadBalancer, 'type' | 'scheme' | 'ipAddressType'>;

/** Refuses subnets a load balancer cannot be in; returns the VPC they are in. */
export function checkSubnets(aws: LocalAws, ids: string[], kind: Kind): string {
  const subnets = ids.map((id) => subnetById(aws, id));
  const zones = new Set(subnets.map((subnet) => subnet.zone));
  if (zones.size < subnets.length)
    throw new ElbError(
      'InvalidConfigurationRequest',
      'A load balancer cannot be attached to multiple subnets in the same Availability Zone',
    );
  if (kind.type === 'application' && zones.size < 2)
    throw validationError('At least two subnets in two different Availability Zones must be specified');
  const vpcId = subnets[0]?.vpcId;
  if (vpcId === undefined) throw validationError('At least one subnet must be specified');
  if (subnets.some((subnet) => subnet.vpcId !== vpcId))
    throw new ElbError('InvalidConfigurationRequest', 'All subnets must belong to the same VPC');
  for (const subnet of subnets) checkSubnet(aws, subnet, kind);
  checkGateway(aws, vpcId, kind);
  return vpcId;
}

function subnetById(aws: LocalAws, id: string): Subnet {
  const found = aws.state.subnets.get(id);
  if (!found) throw new ElbError('SubnetNotFound', `The subnet ID '${id}' does not exist`);
  return found;
}

function checkSubnet(aws: LocalAws, subnet: Subnet, kind: Kind): void {
  if (kind.ipAddressType !== 'ipv4' && subnet.ipv6Cidrs.length === 0)
    throw new ElbError(
      'InvalidConfigurationRequest',
      `You must specify subnets with an associated IPv6 CIDR block; '${subnet.id}' has none`,
    );
  if (freeAddressCount(aws.state, subnet) < LEAST_FREE_ADDRESSES)
    throw new ElbError(
      'InvalidSubnet',
      `Not enough IP space available in ${subnet.id}. ELB requires at least ${LEAST_FREE_ADDRESSES} free IP addresses in each subnet.`,
    );
}

function checkGateway(aws: LocalAws, vpcId: string, kind: Kind): void {
  if (kind.scheme !== 'internet-facing') return;
  if (![...aws.state.internetGateways.values()].some((gateway) => gateway.vpcId === vpcId))
    throw new ElbError('InvalidSubnet', `VPC ${vpcId} has no internet gateway`);
}

/** The security groups a load balancer is to have: the VPC's default one where an ALB names none. */
export function checkSecurityGroups(
  aws: LocalAws,
  ids: string[],
  of: { type: LoadBalancer['type']; vpcId: string },
): string[] {
  if (ids.length > MOST_SECURITY_GROUPS)
    throw new ElbError(
      'InvalidConfigurationRequest',
      `At most ${MOST_SECURITY_GROUPS} security groups can be associated with a load balancer`,
    );
  for (const id of ids)
    if (aws.state.securityGroups.get(id)?.vpcId !== of.vpcId)
      throw new ElbError('InvalidSecurityGroup', `One or more security groups are invalid: '${id}'`);
  if (ids.length > 0 || of.type === 'network') return [...new Set(ids)];
  const groups = [...aws.state.securityGroups.values()];
  return groups.filter((group) => group.vpcId === of.vpcId && group.name === 'default').map((group) => group.id);
}

/** Puts the nodes of a load balancer into the given subnets; a node that can stay keeps its network interface. */
export function placeNodes(aws: LocalAws, loadBalancer: LoadBalancer, subnetIds: string[]): void {
  const kept = loadBalancer.nodes.filter((node) => subnetIds.includes(node.subnetId));
  const left = loadBalancer.nodes.filter((node) => !kept.includes(node));
  const added = subnetIds.filter((id) => !kept.some((node) => node.subnetId === id));
  const nodes = [...kept, ...added.map((id) => placeNode(aws, loadBalancer, id))];
  loadBalancer.nodes = nodes.toSorted((a, b) => (a.zone < b.zone ? -1 : 1));
  releaseNodes(aws, left);
}

function placeNode(aws: LocalAws, loadBalancer: LoadBalancer, subnetId: string): LoadBalancerNode {
  const network = createNetworkInterface(aws, {
    description: `ELB ${loadBalancer.path}`,
    requesterId: 'amazon-elb',
    subnetId,
    securityGroups: loadBalancer.securityGroups,
    ...(loadBalancer.type === 'network' && { interfaceType: 'network_load_balancer' as const }),
  });
  const [privateAddress = ''] = network.privateAddresses;
  return { zone: network.zone, subnetId, networkInterfaceId: network.id, privateAddress };
}

/** Gives up nodes: their network interfaces hold their security groups until the settable time is over. */
export function releaseNodes(aws: LocalAws, nodes: LoadBalancerNode[]): void {
  const { state } = aws; // not the one a reset may have put in its place
  const remove = () => {
    for (const node of nodes) state.networkInterfaces.delete(node.networkInterfaceId);
    aws.changed('network', nodes.map((node) => node.networkInterfaceId).join(','));
  };
  if (nodes.length === 0) return;
  if (aws.settings.networkInterfaceLingerMs > 0) aws.clock.after(aws.settings.networkInterfaceLingerMs, remove);
  else remove();
}

export function setNodeSecurityGroups(aws: LocalAws, loadBalancer: LoadBalancer): void {
  for (const node of loadBalancer.nodes) {
    const network = aws.state.networkInterfaces.get(node.networkInterfaceId);
    if (network) network.securityGroups = [...loadBalancer.securityGroups];
  }
}
