import { BlockList, isIP } from 'node:net';
import type { EndpointSlice } from '../cluster/objects.ts';
import type { SubnetFact } from './facts.ts';

/** Which addresses a load balancer can reach: those in a subnet of its VPC, and those declared to be routable from it. */
export type Network = { subnets: string[]; routable: string[] };

export type AddressClass = 'subnet' | 'routable' | 'unroutable';

/** The network of one VPC. `routable` are CIDRs behind peering, a transit gateway or BGP, as the user declares them. */
export function networkOf(subnets: readonly SubnetFact[], routable: readonly string[] = []): Network {
  return { subnets: subnets.flatMap((subnet) => [subnet.cidr, ...subnet.ipv6Cidrs]), routable: [...routable] };
}

/**
 * Returns a function that classifies addresses. "In the VPC" means in one of its subnets, not merely in a CIDR of the VPC:
 * only for such an address does ELBv2 find the Availability Zone by itself.
 */
export function classifierOf(network: Network): (address: string) => AddressClass {
  const subnets = blockListOf(network.subnets);
  const routable = blockListOf(network.routable);
  return (address) => {
    const family = isIP(address) === 6 ? 'ipv6' : 'ipv4';
    if (subnets.check(address, family)) return 'subnet';
    return routable.check(address, family) ? 'routable' : 'unroutable';
  };
}

/** Returns a function that says which kinds of addresses a slice has: `reachable`, `unreachable`, both or none. */
export function reachOf(network: Network): (slice: EndpointSlice | undefined) => string {
  const classify = classifierOf(network);
  return (slice) => {
    const addresses = (slice?.endpoints ?? []).flatMap(({ addresses: [first] }) => first ?? []);
    const kinds = addresses.map((address) => (classify(address) === 'unroutable' ? 'unreachable' : 'reachable'));
    return [...new Set(kinds)].toSorted().join();
  };
}

function blockListOf(cidrs: readonly string[]): BlockList {
  const list = new BlockList();
  for (const cidr of cidrs) {
    const [address = '', bits = ''] = cidr.split('/');
    const version = isIP(address);
    if (version !== 0 && bits !== '') list.addSubnet(address, Number(bits), version === 6 ? 'ipv6' : 'ipv4');
  }
  return list;
}
