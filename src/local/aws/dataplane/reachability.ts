import { isInCidr } from '../addresses.ts';
import type { AwsState, LoadBalancer, NetworkInterface, SecurityGroupRule } from '../state.ts';

/** Where packets come from: an address, and the security groups of the interface that sends them. */
export type Source = { addresses: string[]; securityGroups: string[] };

/** Whether the security groups at `address` let TCP packets from `source` through to `port`; they do where no interface has the address. */
export function reaches(state: AwsState, source: Source, to: { address: string; port: number }): boolean {
  const network = interfaceOf(state, to.address);
  return network === undefined || allows(state, network.securityGroups, { source, port: to.port });
}

/** Whether a client may open a connection to a listener's port. */
export function admits(
  state: AwsState,
  loadBalancer: LoadBalancer,
  client: { address: string; port: number },
): boolean {
  const source = {
    addresses: [client.address],
    securityGroups: interfaceOf(state, client.address)?.securityGroups ?? [],
  };
  return allows(state, loadBalancer.securityGroups, { source, port: client.port });
}

/** Whether one of these addresses and CIDRs is, or has, the address. */
export const isBlackholed = (blackholes: readonly string[], address: string): boolean =>
  blackholes.some((entry) => entry === address || (entry.includes('/') && isInCidr(entry, address)));

export function sourceOf(loadBalancer: LoadBalancer): Source {
  const addresses = loadBalancer.nodes.map((node) => node.privateAddress);
  return { addresses, securityGroups: loadBalancer.securityGroups };
}

function interfaceOf(state: AwsState, address: string): NetworkInterface | undefined {
  const networks = [...state.networkInterfaces.values()];
  return (
    networks.find((network) => [...network.privateAddresses, ...network.ipv6Addresses].includes(address)) ??
    networks.find((network) => network.ipv4Prefixes.some((prefix) => isInCidr(prefix, address)))
  );
}

function allows(state: AwsState, groups: readonly string[], packet: { source: Source; port: number }): boolean {
  const rules = groups.flatMap((id) => state.securityGroups.get(id)?.rules ?? []);
  return rules.some((rule) => !rule.egress && coversPort(rule, packet.port) && coversSource(rule, packet.source));
}

const ALL_PROTOCOLS = '-1';
const TCP = new Set(['tcp', '6']);

function coversPort(rule: SecurityGroupRule, port: number): boolean {
  if (rule.protocol === ALL_PROTOCOLS) return true;
  return TCP.has(rule.protocol) && (rule.fromPort ?? 0) <= port && port <= (rule.toPort ?? 65_535);
}

function coversSource(rule: SecurityGroupRule, source: Source): boolean {
  if (rule.groupId !== undefined) return source.securityGroups.includes(rule.groupId);
  const cidr = rule.cidr ?? rule.ipv6Cidr;
  return cidr !== undefined && source.addresses.some((address) => isInCidr(cidr, address));
}
