import { isInCidr } from '../addresses.ts';
import type { AwsState, LoadBalancer, NetworkInterface, SecurityGroupRule } from '../state.ts';

/** One end of a connection: its addresses, and the security groups of its interface. */
export type Source = { addresses: string[]; securityGroups: string[] };

/** Whether the security groups of `source` let TCP packets out to `address` and `port`, and those at the address let them in; they do where no interface has it. */
export function reaches(state: AwsState, source: Source, to: { address: string; port: number }): boolean {
  const network = interfaceOf(state, to.address);
  const place = { addresses: [to.address], securityGroups: network?.securityGroups ?? [] };
  const guarded = source.securityGroups.length > 0; // network load balancers may have none
  if (guarded && !allows(state, source.securityGroups, { peer: place, port: to.port, egress: true })) return false;
  return network === undefined || allows(state, network.securityGroups, { peer: source, port: to.port, egress: false });
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
  return allows(state, loadBalancer.securityGroups, { peer: source, port: client.port, egress: false });
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

/** `peer` is whom the packet comes from, or, with `egress`, goes to. */
type Packet = { peer: Source; port: number; egress: boolean };

function allows(state: AwsState, groups: readonly string[], { peer, port, egress }: Packet): boolean {
  const rules = groups.flatMap((id) => state.securityGroups.get(id)?.rules ?? []);
  return rules.some((rule) => rule.egress === egress && coversPort(rule, port) && coversPeer(rule, peer));
}

const ALL_PROTOCOLS = '-1';
const TCP = new Set(['tcp', '6']);

function coversPort(rule: SecurityGroupRule, port: number): boolean {
  if (rule.protocol === ALL_PROTOCOLS) return true;
  return TCP.has(rule.protocol) && (rule.fromPort ?? 0) <= port && port <= (rule.toPort ?? 65_535);
}

function coversPeer(rule: SecurityGroupRule, peer: Source): boolean {
  if (rule.groupId !== undefined) return peer.securityGroups.includes(rule.groupId);
  const cidr = rule.cidr ?? rule.ipv6Cidr;
  return cidr !== undefined && peer.addresses.some((address) => isInCidr(cidr, address));
}
