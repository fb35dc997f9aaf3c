import { BlockList, isIP } from 'node:net';
import type { AwsFacts, LoadBalancerView, PermissionView, PlaceView, SecurityGroupView } from '../facts.ts';
import { type Finding, found } from '../findings.ts';
import { checkedPort, type GroupWay, type TargetWay } from '../groups.ts';

/** Whether security groups let the load balancer reach a target that is not healthy; nothing where that is not known. */
export function checkSecurity(way: TargetWay, group: GroupWay): Finding[] {
  const { loadBalancer, facts } = group;
  const { place, name } = way;
  if (facts.aws === undefined || place === undefined || loadBalancer === undefined) return [];
  if (place.securityGroups.length === 0 || loadBalancer.securityGroups.length === 0) return [];
  const port = checkedPort(group, way.target);
  const between = { loadBalancer, place, port, aws: facts.aws };
  const [from, to] = [loadBalancer.securityGroups, place.securityGroups].map((ids) => ids.join(', '));
  if (!letsOut(between))
    return [
      found(
        'SecurityGroupEgress',
        `target ${name}: security group ${from} of the load balancer lets nothing out to it on TCP ${port}`,
      ),
    ];
  if (letsIn(between)) return [];
  return [
    found(
      'SecurityGroupIngress',
      `target ${name}: security group ${to} lets nothing of the load balancer's ${from} in on TCP ${port}`,
    ),
  ];
}

type Between = { loadBalancer: LoadBalancerView; place: PlaceView; port: number; aws: AwsFacts };

function letsOut({ loadBalancer, place, port, aws }: Between): boolean {
  return permissionsOf(loadBalancer.securityGroups, aws, 'egress').some(
    (one) => covers(one, port) && (names(one, place.securityGroups) || place.addresses.some((to) => reaches(one, to))),
  );
}

/** The addresses of the load balancer's nodes are somewhere in its subnets: a rule must have the whole of one to count. */
function letsIn({ loadBalancer, place, port, aws }: Between): boolean {
  const subnets = aws.subnets.filter(({ id }) => loadBalancer.zones.some((zone) => zone.subnet === id));
  return permissionsOf(place.securityGroups, aws, 'ingress').some(
    (one) =>
      covers(one, port) &&
      (names(one, loadBalancer.securityGroups) || subnets.some(({ cidr }) => reaches(one, cidr.split('/')[0] ?? ''))),
  );
}

function permissionsOf(ids: readonly string[], aws: AwsFacts, way: 'ingress' | 'egress'): PermissionView[] {
  const groups = ids.flatMap((id) => aws.securityGroups.find((one: SecurityGroupView) => one.id === id) ?? []);
  return groups.flatMap((group) => group[way]);
}

const covers = ({ protocol, from, to }: PermissionView, port: number): boolean =>
  (protocol === 'tcp' || protocol === '-1' || protocol === '6') && from <= port && port <= to;

/** What is in a prefix list is not known here: it counts as everything. */
const names = ({ groups, prefixLists }: PermissionView, ids: readonly string[]): boolean =>
  prefixLists.length > 0 || groups.some((id) => ids.includes(id));

function reaches({ cidrs }: PermissionView, address: string): boolean {
  const list = new BlockList();
  for (const cidr of cidrs) {
    const [network = '', bits = ''] = cidr.split('/');
    if (isIP(network) !== 0) list.addSubnet(network, Number(bits), familyOf(network));
  }
  return isIP(address) !== 0 && list.check(address, familyOf(address));
}

const familyOf = (address: string): 'ipv4' | 'ipv6' => (isIP(address) === 6 ? 'ipv6' : 'ipv4');
