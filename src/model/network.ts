import { BlockList, isIP } from 'node:net';
import type { Endpoint, EndpointSlice, Node } from '../cluster/objects.ts';
import type { SubnetFact } from './facts.ts';
import { kindOfNode } from './node-kind.ts';

/** Which addresses a load balancer can reach: those in a subnet of its VPC, and those declared to be routable from it. */
export type Network = { subnets: string[]; routable: string[] };

type AddressClass = 'subnet' | 'routable' | 'unroutable';

/** Where an endpoint stands: `host` is a pod with the address of its node, `fargate` and `hybrid` are pods on such nodes. */
type Host = 'pod' | 'host' | 'fargate' | 'hybrid';

/** One endpoint's address with its class, and what it depends on. */
export type Place = { address: string; class: AddressClass; host: Host; node?: string };

/** The node of that name, where the cluster has it. */
export type NodeOf = (name: string) => Node | undefined;

/** The network of one VPC. `routable` are CIDRs behind peering, a transit gateway or BGP, as the user declares them. */
export function networkOf(subnets: readonly SubnetFact[], routable: readonly string[] = []): Network {
  return { subnets: subnets.flatMap((subnet) => [subnet.cidr, ...subnet.ipv6Cidrs]), routable: [...routable] };
}

/**
 * Returns a function that classifies addresses. "In the VPC" means in one of its subnets, not merely in a CIDR of the VPC:
 * only for such an address does ELBv2 find the Availability Zone by itself. On a hybrid node an address is never in a subnet,
 * whatever its number: only a declared CIDR leads there.
 */
export function classifierOf(network: Network): Classifier {
  const known = CLASSIFIERS.get(network);
  if (known !== undefined) return known;
  const classifier = makeClassifier(network);
  CLASSIFIERS.set(network, classifier);
  return classifier;
}

type Classifier = (address: string, host?: Host) => AddressClass;

/** Every pass over every group asks of the same few networks, and a list takes longer to make than to ask. */
const CLASSIFIERS = new WeakMap<Network, Classifier>();

function makeClassifier(network: Network): Classifier {
  const subnets = blockListOf(network.subnets);
  const routable = blockListOf(network.routable);
  return (address, host) => {
    const family = isIP(address) === 6 ? 'ipv6' : 'ipv4';
    if (host !== 'hybrid' && subnets.check(address, family)) return 'subnet';
    return routable.check(address, family) ? 'routable' : 'unroutable';
  };
}

/** Returns a function that says what an endpoint's address is and stands on. */
export function placerOf(network: Network, nodeOf: NodeOf): (endpoint: Endpoint) => Place {
  const classify = classifierOf(network);
  return ({ addresses: [address = ''], node }) => {
    const host = hostOf(address, node === undefined ? undefined : nodeOf(node));
    return { address, class: classify(address, host), host, ...(node !== undefined && { node }) };
  };
}

/** What an endpoint at this address and on this node is. A pod with the host's network has an InternalIP of the node. */
function hostOf(address: string, node: Node | undefined): Host {
  if (node === undefined) return 'pod';
  const kind = kindOfNode(node);
  if (kind === 'hybrid' || kind === 'fargate') return kind;
  return node.addresses.includes(address) ? 'host' : 'pod';
}

/** Why no load balancer of the VPC reaches a place, in one sentence without its end. */
export function whyUnroutable({ address, host, node }: Place): string {
  if (host === 'hybrid') return `pod IP ${address} is on hybrid node ${node} and in no CIDR that is declared routable`;
  const who = {
    pod: `pod IP ${address}`,
    host: `address ${address} of node ${node}, which its pod shares,`,
    fargate: `pod IP ${address} on Fargate node ${node}`,
  };
  return `${who[host]} is in no subnet of the VPC and in no CIDR that is declared routable`;
}

/**
 * Returns a function that says which kinds of addresses the endpoints of a slice have that do not terminate: `reachable`,
 * `unreachable`, both or none.
 */
export function reachOf(network: Network, nodeOf: NodeOf): (slice: EndpointSlice | undefined) => string {
  const placeOf = placerOf(network, nodeOf);
  return (slice) => {
    const live = (slice?.endpoints ?? []).filter(({ terminating }) => !terminating);
    const kinds = live.map((endpoint) => (placeOf(endpoint).class === 'unroutable' ? 'unreachable' : 'reachable'));
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
