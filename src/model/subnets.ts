import { compareText } from './canonical.ts';
import type { SubnetFact } from './facts.ts';
import type { LoadBalancer } from './stack.ts';

/** AWS: a load balancer needs as many free addresses in each of its subnets. */
const FREE_ADDRESSES = 8;
const ROLE = { 'internet-facing': 'kubernetes.io/role/elb', internal: 'kubernetes.io/role/internal-elb' } as const;
const CLUSTER_TAG = 'kubernetes.io/cluster/';

export type SubnetChoice = {
  scheme: LoadBalancer['scheme'];
  ipAddressType: LoadBalancer['ipAddressType'];
  clusterName: string;
  /** Ids or values of the tag Name. */
  named?: string[];
  /** For each tag the values that will do. */
  tags?: Record<string, string[]>;
  /** Subnets the load balancer is in already. */
  attached?: string[];
};

/** A subnet that was looked at and left, and why. */
type Rejection = { subnet: SubnetFact; because: string };

/** Subnet ids, one per zone, sorted; or one message that names every subnet that was looked at and why it will not do. */
export function chooseSubnets(subnets: SubnetFact[], choice: SubnetChoice): { ids: string[] } | { message: string } {
  const sorted = subnets.toSorted((a, b) => compareText(a.id, b.id));
  const unknown = (choice.named ?? []).filter((name) => !sorted.some((subnet) => isNamed(subnet, name)));
  if (unknown.length > 0)
    return { message: `wanted subnets by id or tag Name; there is no ${unknown.join(', ')} in the VPC` };
  const fitting = sift(sorted, (subnet) => whyNot(subnet, choice));
  const onePerZone = sift(preferred(fitting.kept, choice), whyNotZone());
  const rejections = [...fitting.rejections, ...onePerZone.rejections];
  const wrong = whyNotTogether(onePerZone.kept);
  if (wrong !== undefined) return { message: `${wrong}. ${describe(rejections, sorted.length)}` };
  return { ids: onePerZone.kept.map(({ id }) => id).toSorted(compareText) };
}

/** Every subnet with all that keeps it out of a load balancer, and what is wrong with those that are left. */
export function reviewSubnets(
  subnets: SubnetFact[],
  choice: SubnetChoice,
): { subnets: { subnet: SubnetFact; rejections: string[] }[]; wrong: string | undefined } {
  const sorted = subnets.toSorted((a, b) => compareText(a.id, b.id));
  const reviewed = sorted.map((subnet) => ({ subnet, rejections: whyNotAll(subnet, choice) }));
  const fitting = reviewed.filter(({ rejections }) => rejections.length === 0).map(({ subnet }) => subnet);
  const { kept, rejections } = sift(preferred(fitting, choice), whyNotZone());
  for (const one of reviewed)
    one.rejections.push(...rejections.filter(({ subnet }) => subnet === one.subnet).map(({ because }) => because));
  return { subnets: reviewed, wrong: whyNotTogether(kept) };
}

function sift(subnets: SubnetFact[], test: (subnet: SubnetFact) => string | undefined) {
  const rejections: Rejection[] = [];
  const kept = subnets.filter((subnet) => {
    const because = test(subnet);
    if (because !== undefined) rejections.push({ subnet, because });
    return because === undefined;
  });
  return { kept, rejections };
}

const isNamed = (subnet: SubnetFact, name: string): boolean => subnet.id === name || subnet.tags['Name'] === name;

const whyNot = (subnet: SubnetFact, choice: SubnetChoice): string | undefined => whyNotAll(subnet, choice)[0];

function whyNotAll(subnet: SubnetFact, choice: SubnetChoice): string[] {
  const tests = [whyNotNamed, whyNotTagged, whyNotRole, whyNotCluster, whyNotRoomy, whyNotIpv6];
  return tests.flatMap((test) => test(subnet, choice) ?? []);
}

function whyNotRoomy(subnet: SubnetFact, choice: SubnetChoice): string | undefined {
  if (subnet.freeAddresses >= FREE_ADDRESSES || isAttached(subnet, choice)) return undefined;
  return `it has ${subnet.freeAddresses} free addresses, and ${FREE_ADDRESSES} are needed`;
}

function whyNotIpv6({ ipv6Cidrs }: SubnetFact, { ipAddressType }: SubnetChoice): string | undefined {
  if (ipAddressType === 'ipv4' || ipv6Cidrs.length > 0) return undefined;
  return `it has no IPv6 block, and ${ipAddressType} needs one`;
}

function whyNotNamed(subnet: SubnetFact, { named }: SubnetChoice): string | undefined {
  return named === undefined || named.some((name) => isNamed(subnet, name)) ? undefined : 'it is not named';
}

function whyNotTagged(subnet: SubnetFact, { named, tags }: SubnetChoice): string | undefined {
  if (named !== undefined || tags === undefined) return undefined;
  const [key] = Object.entries(tags).find(([name, values]) => !values.includes(subnet.tags[name] ?? '')) ?? [];
  return key && `its tag ${key} is ${subnet.tags[key] === undefined ? 'missing' : `"${subnet.tags[key]}"`}`;
}

/** By the tags of EKS, where neither names nor tags are asked for. */
const isDiscovered = ({ named, tags }: SubnetChoice): boolean => named === undefined && tags === undefined;

function whyNotRole(subnet: SubnetFact, choice: SubnetChoice): string | undefined {
  const tag = ROLE[choice.scheme];
  const role = subnet.tags[tag];
  if (!isDiscovered(choice) || role === '' || role === '1') return undefined;
  return `its tag ${tag} is ${role === undefined ? 'missing' : `"${role}", not "1" or empty`}`;
}

const whyNotCluster = (subnet: SubnetFact, choice: SubnetChoice): string | undefined =>
  isDiscovered(choice) && isOtherCluster(subnet, choice.clusterName) ? 'it is tagged for another cluster' : undefined;

const isOurs = (subnet: SubnetFact, cluster: string): boolean => subnet.tags[`${CLUSTER_TAG}${cluster}`] !== undefined;

const isOtherCluster = (subnet: SubnetFact, cluster: string): boolean =>
  !isOurs(subnet, cluster) && Object.keys(subnet.tags).some((key) => key.startsWith(CLUSTER_TAG));

const isAttached = ({ id }: SubnetFact, { attached = [] }: SubnetChoice): boolean => attached.includes(id);

/** Those in use first, then those tagged for this cluster, then by id. */
function preferred(subnets: SubnetFact[], choice: SubnetChoice): SubnetFact[] {
  const rank = (subnet: SubnetFact) =>
    2 * Number(isAttached(subnet, choice)) + Number(isOurs(subnet, choice.clusterName));
  return subnets.toSorted((a, b) => rank(b) - rank(a));
}

function whyNotZone(): (subnet: SubnetFact) => string | undefined {
  const taken = new Map<string, string>();
  return ({ zone, id }) => {
    const other = taken.get(zone);
    if (other === undefined) taken.set(zone, id);
    return other && `zone ${zone} has ${other} already`;
  };
}

function whyNotTogether(subnets: SubnetFact[]): string | undefined {
  const types = [...new Set(subnets.map(({ zoneType }) => zoneType))];
  if (types.length > 1) return `wanted subnets of one kind of zone; given ${types.join(' and ')}`;
  // Local zones, Wavelength zones and Outposts have no second zone to go to.
  const least = types[0] === 'availability-zone' || types.length === 0 ? 2 : 1;
  if (subnets.length >= least) return undefined;
  return `wanted subnets in ${least} zones at least; found ${subnets.length === 0 ? 'none' : subnets.map(({ id, zone }) => `${id} in ${zone}`).join(', ')}`;
}

function describe(rejections: Rejection[], count: number): string {
  if (count === 0) return 'The VPC has no subnets';
  const each = rejections.map(({ subnet, because }) => `${subnet.id} (${subnet.zone}): ${because}`);
  return `Of ${count} subnets of the VPC, left out: ${each.join('; ') || 'none'}`;
}
