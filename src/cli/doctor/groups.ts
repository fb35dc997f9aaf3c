import type { IpPermission } from '@aws-sdk/client-ec2';
import type { Ec2Api } from '../../aws/api.ts';
import type { Facts } from '../../aws/facts.ts';
import { readSecurityGroups } from '../../aws/read-security-groups.ts';
import type { Node } from '../../cluster/objects.ts';
import type { GroupsFacts, SettingsFacts } from '../../model/doctor/facts.ts';
import { instanceIdOf } from '../../model/node-kind.ts';

type Asked = { ec2: Ec2Api; known: Facts; settings: SettingsFacts };

/** In which security group rules would be opened toward each node, and how full these are. */
export async function readGroups({ ec2, known, settings }: Asked, nodes: readonly Node[]): Promise<GroupsFacts> {
  const ids = new Map(nodes.flatMap((node) => idOf(node)));
  const [instances, groups] = await Promise.all([
    known.instances([...ids.values()]),
    readSecurityGroups(ec2, [{ Name: 'vpc-id', Values: [settings.vpcId] }]),
  ]);
  const tag = `kubernetes.io/cluster/${settings.clusterName}`;
  const isTagged = (id: string): boolean =>
    groups.some(({ GroupId, Tags = [] }) => GroupId === id && Tags.some(({ Key }) => Key === tag));
  const ofNodes = [...ids].flatMap(([node, id]) => {
    const own = instances.get(id)?.securityGroups;
    return own === undefined ? [] : [{ node, groups: own, tagged: own.filter(isTagged) }];
  });
  const used = new Set(ofNodes.flatMap((one) => one.groups));
  const rules = groups
    .filter(({ GroupId = '' }) => used.has(GroupId))
    .map(({ GroupId = '', IpPermissions = [] }) => ({ group: GroupId, count: countRules(IpPermissions) }));
  return { nodes: ofNodes, rules };
}

function idOf(node: Node): [string, string][] {
  const id = instanceIdOf(node);
  return id === undefined ? [] : [[node.name, id]];
}

/** AWS counts every source of a permission. */
const countRules = (permissions: IpPermission[]): number =>
  permissions
    .map(({ IpRanges = [], Ipv6Ranges = [], PrefixListIds = [], UserIdGroupPairs = [] }) =>
      [IpRanges, Ipv6Ranges, PrefixListIds, UserIdGroupPairs].reduce((sum, { length }) => sum + length, 0),
    )
    .reduce((sum, count) => sum + count, 0);
