import type { IpPermission } from '@aws-sdk/client-ec2';
import { isCidr } from '../addresses.ts';
import { AwsError } from '../error.ts';
import type { SecurityGroupRule } from '../state.ts';

/** A rule without its id: protocol, ports and one peer. */
export type Permission = Omit<SecurityGroupRule, 'id' | 'egress' | 'tags'>;

const PROTOCOL_NUMBERS: Record<string, string> = { '6': 'tcp', '17': 'udp', '1': 'icmp', '58': 'icmpv6', all: '-1' };

/** The single rules that a permission with several peers stands for. */
export function singlePermissions(permissions: IpPermission[]): Permission[] {
  return permissions.flatMap((permission) => {
    const base = withPorts(permission);
    const peers = peersOf(permission);
    if (peers.length === 0)
      throw new AwsError(
        'InvalidParameterValue',
        'A permission must have at least one CIDR, security group or prefix list',
      );
    return peers.map((peer) => ({ ...base, ...peer }));
  });
}

type Ports = Pick<Permission, 'protocol' | 'fromPort' | 'toPort'>;

function withPorts({ IpProtocol, FromPort, ToPort }: IpPermission): Ports {
  if (IpProtocol === undefined)
    throw new AwsError('MissingParameter', 'The request must contain the parameter ipProtocol');
  const protocol = PROTOCOL_NUMBERS[IpProtocol] ?? IpProtocol.toLowerCase();
  if (protocol === '-1') return { protocol };
  if (protocol === 'tcp' || protocol === 'udp') return { protocol, ...checkedPorts(FromPort, ToPort) };
  return { protocol, fromPort: FromPort ?? -1, toPort: ToPort ?? -1 };
}

function checkedPorts(fromPort: number | undefined, toPort: number | undefined): { fromPort: number; toPort: number } {
  if (fromPort === undefined || toPort === undefined)
    throw new AwsError(
      'MissingParameter',
      'Invalid value for portRange. Must specify both from and to ports with TCP/UDP.',
    );
  if (fromPort >= 0 && toPort <= 65535 && fromPort <= toPort) return { fromPort, toPort };
  throw new AwsError('InvalidParameterValue', `Invalid value '${fromPort}-${toPort}' for portRange`);
}

type Peer = Pick<Permission, 'cidr' | 'ipv6Cidr' | 'groupId' | 'prefixListId' | 'description'>;

function peersOf(permission: IpPermission): Peer[] {
  const { IpRanges = [], Ipv6Ranges = [], UserIdGroupPairs = [], PrefixListIds = [] } = permission;
  return [
    ...IpRanges.map(({ CidrIp = '', Description }) => ({
      cidr: checkedCidr(CidrIp, false),
      ...described(Description),
    })),
    ...Ipv6Ranges.map(({ CidrIpv6 = '', Description }) => ({
      ipv6Cidr: checkedCidr(CidrIpv6, true),
      ...described(Description),
    })),
    ...UserIdGroupPairs.map(({ GroupId = '', Description }) => ({ groupId: GroupId, ...described(Description) })),
    ...PrefixListIds.map(({ PrefixListId = '', Description }) => ({
      prefixListId: PrefixListId,
      ...described(Description),
    })),
  ];
}

function described(description: string | undefined): { description?: string } {
  if (description === undefined) return {};
  if (!/^[A-Za-z0-9 ._\-:/()#,@[\]+=&;{}!$*]{0,255}$/.test(description))
    throw new AwsError(
      'InvalidParameterValue',
      `Invalid rule description. Valid descriptions are strings less than 256 characters from the following set: a-zA-Z0-9. _-:/()#,@[]+=&;{}!$*`,
    );
  return { description };
}

function checkedCidr(cidr: string, isIpv6: boolean): string {
  if (isCidr(cidr) && cidr.includes(':') === isIpv6) return cidr;
  throw new AwsError('InvalidParameterValue', `CIDR block ${cidr} is malformed`);
}

/** Whether two rules say the same: protocol, ports and peer. Descriptions do not count. */
export function isSamePermission(a: Permission, b: Permission): boolean {
  return identity(a) === identity(b);
}

function identity(permission: Permission): string {
  const { protocol, fromPort, toPort, cidr, ipv6Cidr, groupId, prefixListId } = permission;
  return [protocol, fromPort, toPort, cidr, ipv6Cidr, groupId, prefixListId].join('|');
}

/** Rules as DescribeSecurityGroups shows them: one permission per protocol and ports, its peers in lists. */
export function permissionsOf(rules: SecurityGroupRule[], userId: string): IpPermission[] {
  const byPorts = Map.groupBy(rules, ({ protocol, fromPort, toPort }) => `${protocol}|${fromPort}|${toPort}`);
  return [...byPorts.values()].map((group) => permissionOf(group, userId));
}

function permissionOf(rules: SecurityGroupRule[], userId: string): IpPermission {
  const [first] = rules;
  const list = <T>(peerOf: (rule: SecurityGroupRule) => T | undefined) =>
    rules.flatMap((rule) => {
      const peer = peerOf(rule);
      return peer === undefined
        ? []
        : [{ ...peer, ...(rule.description !== undefined && { Description: rule.description }) }];
    });
  return {
    IpProtocol: first?.protocol,
    ...(first?.fromPort !== undefined && { FromPort: first.fromPort }),
    ...(first?.toPort !== undefined && { ToPort: first.toPort }),
    IpRanges: list(({ cidr }) => (cidr === undefined ? undefined : { CidrIp: cidr })),
    Ipv6Ranges: list(({ ipv6Cidr }) => (ipv6Cidr === undefined ? undefined : { CidrIpv6: ipv6Cidr })),
    UserIdGroupPairs: list(({ groupId }) => (groupId === undefined ? undefined : { GroupId: groupId, UserId: userId })),
    PrefixListIds: list(({ prefixListId }) =>
      prefixListId === undefined ? undefined : { PrefixListId: prefixListId },
    ),
  };
}
