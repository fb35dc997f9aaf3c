import type { NetworkInterface as Interface, Instance, SecurityGroup, Subnet } from '@aws-sdk/client-ec2';
import { Gone } from '../errors.ts';
import type { InstanceFact, SecurityGroupFact, StackFacts, SubnetFact } from '../model/facts.ts';
import type { Clock } from '../runtime/clock.ts';
import type { Ec2Api } from './api.ts';
import { Cached } from './cached.ts';
import { Lookups } from './lookups.ts';
import { chunk, readPages } from './pages.ts';
import { readSecurityGroups } from './read-security-groups.ts';
import { fromPairs } from './pairs.ts';

export type NetworkInterfaceFact = {
  id: string;
  subnetId: string;
  zone: string;
  securityGroups: string[];
  privateAddresses: string[];
};

export type FactsSettings = { ec2: Ec2Api; clock: Clock; vpcId: string; keepMs?: number };
export type FactKind = 'subnets' | 'securityGroups' | 'vpc';

const KEEP_MS = 10 * 60_000;
/** Nodes of one start come within this time: their instances are read with one call. */
const GATHER_MS = 5;
const IDS_PER_CALL = 100;

/** What EC2 knows, read when first asked for, once for all who ask, and kept for ten minutes. */
export class Facts {
  readonly #settings: FactsSettings;
  readonly #subnets: Cached<SubnetFact[]>;
  readonly #securityGroups: Cached<SecurityGroupFact[]>;
  readonly #vpcCidrs: Cached<string[]>;
  readonly #instances: Lookups<InstanceFact>;
  readonly #interfaces: Lookups<NetworkInterfaceFact>;
  #gathering: { ids: string[]; answer: Promise<Map<string, InstanceFact>> } | undefined;

  constructor(settings: FactsSettings) {
    const { clock, keepMs = KEEP_MS } = settings;
    this.#settings = settings;
    this.#subnets = new Cached(clock, keepMs, () => this.#readSubnets());
    this.#securityGroups = new Cached(clock, keepMs, () => this.#readSecurityGroups());
    this.#vpcCidrs = new Cached(clock, keepMs, () => this.#readVpcCidrs());
    this.#instances = new Lookups((id) => this.#gather(id));
    this.#interfaces = new Lookups((address) => this.#readInterface(address));
  }

  get vpcId(): string {
    return this.#settings.vpcId;
  }

  /** What the model of a stack needs: two calls when cold, none when warm. */
  async forStack(): Promise<StackFacts> {
    const [subnets, securityGroups] = await Promise.all([this.#subnets.get(), this.#securityGroups.get()]);
    return { vpcId: this.vpcId, subnets, securityGroups };
  }

  /** The same where it has been read before, however old; never a call. */
  knownForStack(): StackFacts | undefined {
    const [subnets, securityGroups] = [this.#subnets.known(), this.#securityGroups.known()];
    return subnets && securityGroups && { vpcId: this.vpcId, subnets, securityGroups };
  }

  subnets(): Promise<SubnetFact[]> {
    return this.#subnets.get();
  }

  securityGroups(): Promise<SecurityGroupFact[]> {
    return this.#securityGroups.get();
  }

  /** Takes note of a security group we made, so that it need not be read. */
  addSecurityGroup(made: SecurityGroupFact): void {
    this.#securityGroups.change((known) => [...known.filter(({ id }) => id !== made.id), made]);
  }

  removeSecurityGroup(removed: string): void {
    this.#securityGroups.change((known) => known.filter(({ id }) => id !== removed));
  }

  /** Every CIDR block of the VPC, of both families. */
  vpcCidrs(): Promise<string[]> {
    return this.#vpcCidrs.get();
  }

  /** Undefined when there is no such instance. Kept until `forgetInstance`: asked once for a node's life. */
  instance(id: string): Promise<InstanceFact | undefined> {
    return this.#instances.get(id);
  }

  /** By id; those that do not exist are missing. */
  async instances(ids: readonly string[]): Promise<Map<string, InstanceFact>> {
    const facts = await Promise.all(ids.map((id) => this.instance(id)));
    return new Map(facts.flatMap((fact) => (fact ? [[fact.id, fact] as const] : [])));
  }

  forgetInstance(id: string): void {
    this.#instances.forget(id);
  }

  /** The network interface of the VPC that has this private address: for pods and nodes that are no instances. */
  networkInterface(address: string): Promise<NetworkInterfaceFact | undefined> {
    return this.#interfaces.get(address);
  }

  /** To be called when an error points at a fact: the next question is asked of AWS. */
  drop(kind?: FactKind): void {
    if (kind === undefined || kind === 'subnets') this.#subnets.drop();
    if (kind === undefined || kind === 'securityGroups') this.#securityGroups.drop();
    if (kind === undefined || kind === 'vpc') this.#vpcCidrs.drop();
  }

  get #inVpc() {
    return [{ Name: 'vpc-id', Values: [this.vpcId] }];
  }

  async #readSubnets(): Promise<SubnetFact[]> {
    const { ec2 } = this.#settings;
    const read = (next: { NextToken?: string }) => ec2.describeSubnets({ Filters: this.#inVpc, ...next });
    return (await readPages(read, (answer) => answer.Subnets)).map(subnetFact);
  }

  async #readSecurityGroups(): Promise<SecurityGroupFact[]> {
    return (await readSecurityGroups(this.#settings.ec2, this.#inVpc)).map(securityGroupFact);
  }

  async #readVpcCidrs(): Promise<string[]> {
    const { Vpcs } = await this.#settings.ec2.describeVpcs({ VpcIds: [this.vpcId] });
    const [vpc] = Vpcs ?? [];
    const v4 = vpc?.CidrBlockAssociationSet?.map((association) => association.CidrBlock) ?? [vpc?.CidrBlock];
    const v6 = vpc?.Ipv6CidrBlockAssociationSet?.map((association) => association.Ipv6CidrBlock) ?? [];
    return [...new Set([...v4, ...v6].filter((cidr) => cidr !== undefined))];
  }

  /** Joins the questions of a few milliseconds. */
  async #gather(id: string): Promise<InstanceFact | undefined> {
    const gathering = (this.#gathering ??= this.#startGathering());
    gathering.ids.push(id);
    return (await gathering.answer).get(id);
  }

  #startGathering() {
    const ids: string[] = [];
    const answer = this.#settings.clock.sleep(GATHER_MS).then(() => {
      this.#gathering = undefined;
      return this.#readInstances(ids);
    });
    return { ids, answer };
  }

  async #readInstances(ids: string[]): Promise<Map<string, InstanceFact>> {
    const facts = await Promise.all(chunk([...new Set(ids)], IDS_PER_CALL).map((part) => this.#readInstancesOf(part)));
    return new Map(facts.flat().map((fact) => [fact.id, fact]));
  }

  /** By filter and not by id: with ids, one that is gone fails the call for all. */
  async #readInstancesOf(ids: string[]): Promise<InstanceFact[]> {
    const { ec2 } = this.#settings;
    const Filters = [{ Name: 'instance-id', Values: ids }];
    const read = (next: { NextToken?: string }) => ec2.describeInstances({ Filters, ...next });
    const reservations = await readPages(read, (answer) => answer.Reservations);
    return reservations.flatMap(({ Instances }) => Instances ?? []).map(instanceFact);
  }

  async #readInterface(address: string): Promise<NetworkInterfaceFact | undefined> {
    const Filters = [...this.#inVpc, { Name: addressFilter(address), Values: [address] }];
    try {
      const { NetworkInterfaces } = await this.#settings.ec2.describeNetworkInterfaces({ Filters });
      return NetworkInterfaces?.map(interfaceFact)[0];
    } catch (error) {
      if (error instanceof Gone) return undefined;
      throw error;
    }
  }
}

const addressFilter = (address: string): string =>
  address.includes(':') ? 'ipv6-addresses.ipv6-address' : 'addresses.private-ip-address';

function subnetFact(subnet: Subnet): SubnetFact {
  const associations = subnet.Ipv6CidrBlockAssociationSet ?? [];
  return {
    id: subnet.SubnetId ?? '',
    vpcId: subnet.VpcId ?? '',
    zone: subnet.AvailabilityZone ?? '',
    zoneType: zoneTypeOf(subnet),
    cidr: subnet.CidrBlock ?? '',
    ipv6Cidrs: associations.flatMap(({ Ipv6CidrBlock }) => (Ipv6CidrBlock ? [Ipv6CidrBlock] : [])),
    freeAddresses: subnet.AvailableIpAddressCount ?? 0,
    tags: fromPairs(subnet.Tags),
  };
}

/** The zone's name tells its kind: eu-central-1a, us-west-2-lax-1a, us-east-1-wl1-bos-wlz-1 (EC2 user guide, zones). */
function zoneTypeOf({ OutpostArn, AvailabilityZone = '' }: Subnet): SubnetFact['zoneType'] {
  if (OutpostArn) return 'outpost';
  if (AvailabilityZone.includes('-wlz-')) return 'wavelength-zone';
  return /-\d+[a-z]$/.test(AvailabilityZone) && AvailabilityZone.split('-').length > 4
    ? 'local-zone'
    : 'availability-zone';
}

function securityGroupFact({ GroupId, GroupName, Tags }: SecurityGroup): SecurityGroupFact {
  return { id: GroupId ?? '', name: GroupName ?? '', tags: fromPairs(Tags) };
}

function instanceFact(instance: Instance): InstanceFact {
  const interfaces = instance.NetworkInterfaces ?? [];
  const primary = interfaces.find(({ Attachment }) => Attachment?.DeviceIndex === 0) ?? interfaces[0];
  const groups = primary?.Groups ?? instance.SecurityGroups ?? [];
  const addresses = interfaces.flatMap(({ PrivateIpAddresses }) => PrivateIpAddresses ?? []);
  const own = [instance.PrivateIpAddress, ...addresses.map(({ PrivateIpAddress }) => PrivateIpAddress)];
  return {
    id: instance.InstanceId ?? '',
    state: instance.State?.Name ?? 'unknown',
    zone: instance.Placement?.AvailabilityZone ?? '',
    subnetId: instance.SubnetId ?? '',
    securityGroups: groups.flatMap(({ GroupId }) => (GroupId ? [GroupId] : [])),
    privateAddresses: [...new Set(own.filter((address) => address !== undefined))],
  };
}

function interfaceFact(each: Interface): NetworkInterfaceFact {
  const addresses = (each.PrivateIpAddresses ?? []).map(({ PrivateIpAddress }) => PrivateIpAddress);
  const v6 = (each.Ipv6Addresses ?? []).map(({ Ipv6Address }) => Ipv6Address);
  return {
    id: each.NetworkInterfaceId ?? '',
    subnetId: each.SubnetId ?? '',
    zone: each.AvailabilityZone ?? '',
    securityGroups: (each.Groups ?? []).flatMap(({ GroupId }) => (GroupId ? [GroupId] : [])),
    privateAddresses: [...addresses, ...v6].filter((address) => address !== undefined),
  };
}
