import { BlockList, isIP } from 'node:net';
import type { AwsState, Subnet } from './state.ts';

/** Whether `cidr` is a well-formed block, its address part of either family. */
export function isCidr(cidr: string): boolean {
  const [address = '', length, ...rest] = cidr.split('/');
  const family = isIP(address);
  if (family === 0 || length === undefined || rest.length > 0 || !/^\d{1,3}$/.test(length)) return false;
  return Number(length) <= (family === 4 ? 32 : 128);
}

/** Whether an address of either family lies in a block. */
export function isInCidr(cidr: string, address: string): boolean {
  const family = isIP(address);
  const [network = '', length = '0'] = cidr.split('/');
  if (family === 0 || isIP(network) !== family) return false;
  const list = new BlockList();
  list.addSubnet(network, Number(length), family === 4 ? 'ipv4' : 'ipv6');
  return list.check(address, family === 4 ? 'ipv4' : 'ipv6');
}

/** The subnet an address lies in: that makes it part of the VPC, not a CIDR association alone. */
export function subnetOf(subnets: Iterable<Subnet>, address: string): Subnet | undefined {
  for (const subnet of subnets)
    if ([subnet.cidr, ...subnet.ipv6Cidrs].some((cidr) => isInCidr(cidr, address))) return subnet;
  return undefined;
}

const USABLE_OUTSIDE = ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', '100.64.0.0/10'];

/** Whether an IPv4 address outside the VPC may be a target: RFC 1918 and RFC 6598 blocks only. */
export function isPrivateAddress(address: string): boolean {
  return USABLE_OUTSIDE.some((cidr) => isInCidr(cidr, address));
}

const RESERVED_HEAD = 4;

function usedAddresses(state: AwsState, subnet: Subnet): Set<string> {
  const interfaces = [...state.networkInterfaces.values()].filter((network) => network.subnetId === subnet.id);
  return new Set(interfaces.flatMap((network) => network.privateAddresses));
}

/** The highest free address of a subnet: nodes and pods of the local cluster count from the other end. */
export function freeAddress(state: AwsState, subnet: Subnet): string {
  const used = usedAddresses(state, subnet);
  const first = toNumber(subnet.cidr.split('/')[0] ?? '');
  for (let number = first + blockSize(subnet.cidr) - 2; number >= first + RESERVED_HEAD; number--) {
    const address = toAddress(number);
    if (!used.has(address)) return address;
  }
  throw new Error(`subnet ${subnet.id} has no free address`);
}

/** Free addresses of a subnet; AWS keeps five of each for itself. */
export function freeAddressCount(state: AwsState, subnet: Subnet): number {
  return blockSize(subnet.cidr) - 5 - usedAddresses(state, subnet).size;
}

function blockSize(cidr: string): number {
  return 2 ** (32 - Number(cidr.split('/')[1]));
}

function toNumber(address: string): number {
  return address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
}

function toAddress(number: number): string {
  return [24, 16, 8, 0].map((shift) => (number >>> shift) & 255).join('.');
}
