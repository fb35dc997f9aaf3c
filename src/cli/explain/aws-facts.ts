import type { IpPermission, SecurityGroup } from '@aws-sdk/client-ec2';
import type * as Elb from '@aws-sdk/client-elastic-load-balancing-v2';
import type { Ec2Api, ElbApi } from '../../aws/api.ts';
import { listenerOf, loadBalancerOf, rulesOf, targetGroupOf } from '../../aws/echo.ts';
import { Facts } from '../../aws/facts.ts';
import { readPages } from '../../aws/pages.ts';
import { fromPairs } from '../../aws/pairs.ts';
import { readSecurityGroups } from '../../aws/read-security-groups.ts';
import type { Node } from '../../cluster/objects.ts';
import { Gone } from '../../errors.ts';
import type {
  AwsFacts,
  ListenerView,
  LoadBalancerView,
  PermissionView,
  PlaceView,
  SecurityGroupView,
  TargetGroupView,
  WayFacts,
} from '../../model/explain/facts.ts';
import { instanceIdOf } from '../../model/node-kind.ts';
import type { Clock } from '../../runtime/clock.ts';

export type AwsApis = { elb: ElbApi; ec2: Ec2Api; clock: Clock };

/** What AWS says of the load balancers and target groups on the way: Describe calls only. Throws the errors of `errors.ts`. */
export async function readAwsFacts(apis: AwsApis, facts: WayFacts): Promise<AwsFacts> {
  const groups = await readAll(
    facts.groups.map(({ spec }) => spec.arn),
    (arn) => readGroup(apis.elb, arn),
  );
  const made = facts.ledgers.flatMap(({ status }) => status.arn ?? []);
  const arns = [...new Set([...made, ...groups.flatMap(({ loadBalancers }) => loadBalancers)])];
  const loadBalancers = await readAll(arns, (arn) => readLoadBalancer(apis.elb, arn));
  const [vpcId] = facts.groups.map(({ spec }) => spec.vpcId);
  const known = vpcId === undefined ? undefined : new Facts({ ...apis, vpcId });
  const subnets = (await known?.subnets()) ?? [];
  const places = known === undefined ? {} : await readPlaces(known, { groups, facts, subnets });
  const groupIds = [
    ...loadBalancers.flatMap(({ securityGroups }) => securityGroups),
    ...Object.values(places).flatMap(({ securityGroups }) => securityGroups),
  ];
  return { loadBalancers, groups, subnets, places, securityGroups: await readGroups(apis.ec2, [...new Set(groupIds)]) };
}

/** Those that are there. */
async function readAll<View>(arns: string[], read: (arn: string) => Promise<View | undefined>): Promise<View[]> {
  const views = await Promise.all(arns.map((arn) => unlessGone(read(arn))));
  return views.filter((view) => view !== undefined);
}

async function unlessGone<View>(reading: Promise<View>): Promise<View | undefined> {
  try {
    return await reading;
  } catch (error) {
    if (error instanceof Gone) return undefined;
    throw error;
  }
}

async function readGroup(elb: ElbApi, arn: string): Promise<TargetGroupView | undefined> {
  const [{ TargetGroups }, { Attributes }, { TargetHealthDescriptions }] = await Promise.all([
    elb.describeTargetGroups({ TargetGroupArns: [arn] }),
    elb.describeTargetGroupAttributes({ TargetGroupArn: arn }),
    elb.describeTargetHealth({ TargetGroupArn: arn }),
  ]);
  const [echo] = TargetGroups ?? [];
  if (echo === undefined) return undefined;
  const { name, protocol, targetType, healthCheck, loadBalancers } = targetGroupOf(echo, {});
  const targets = (TargetHealthDescriptions ?? []).map(targetView);
  return { arn, name, protocol, targetType, healthCheck, loadBalancers, attributes: fromPairs(Attributes), targets };
}

const targetView = ({ Target, TargetHealth = {} }: Elb.TargetHealthDescription) => ({
  id: Target?.Id ?? '',
  port: Target?.Port ?? 0,
  state: TargetHealth.State ?? 'unknown',
  reason: TargetHealth.Reason ?? '',
  description: TargetHealth.Description ?? '',
});

async function readLoadBalancer(elb: ElbApi, arn: string): Promise<LoadBalancerView | undefined> {
  const [{ LoadBalancers }, { Attributes }, listeners] = await Promise.all([
    elb.describeLoadBalancers({ LoadBalancerArns: [arn] }),
    elb.describeLoadBalancerAttributes({ LoadBalancerArn: arn }),
    readListeners(elb, arn),
  ]);
  const [echo] = LoadBalancers ?? [];
  if (echo === undefined) return undefined;
  const { name, type, scheme, state, dnsName, securityGroups } = loadBalancerOf(echo, {});
  const zones = (echo.AvailabilityZones ?? []).map(({ ZoneName = '', SubnetId = '' }) => ({
    zone: ZoneName,
    subnet: SubnetId,
  }));
  const attributes = fromPairs(Attributes);
  return { arn, name, type, scheme, state, dnsName, securityGroups, zones, attributes, listeners };
}

async function readListeners(elb: ElbApi, LoadBalancerArn: string): Promise<ListenerView[]> {
  const read = (next: { Marker?: string }) => elb.describeListeners({ LoadBalancerArn, ...next });
  const listeners = await readPages(read, (answer) => answer.Listeners);
  return Promise.all(listeners.map((listener) => readListener(elb, listener)));
}

async function readListener(elb: ElbApi, listener: Elb.Listener): Promise<ListenerView> {
  const read = (next: { Marker?: string }) => elb.describeRules({ ListenerArn: listener.ListenerArn ?? '', ...next });
  const { arn, port, protocol, defaultActions, rules } = listenerOf(
    listener,
    [],
    rulesOf(await readPages(read, (answer) => answer.Rules)),
  );
  return { arn, port, protocol, defaultActions, rules };
}

type Standing = { groups: TargetGroupView[]; facts: WayFacts; subnets: AwsFacts['subnets'] };

/** Where each target of the groups stands: by its network interface, else by the instance of its node. */
async function readPlaces(known: Facts, { groups, facts, subnets }: Standing): Promise<AwsFacts['places']> {
  const ids = new Set(groups.flatMap(({ targets }) => targets.map(({ id }) => id)));
  const places = await Promise.all(
    [...ids].map(async (id) => {
      const instance = id.startsWith('i-') ? id : instanceOf(nodeOfAddress(id, facts));
      const place = await readPlace(known, { id, instance });
      const own = subnets.find(({ id: subnet }) => subnet === place?.subnet);
      return place === undefined ? [] : [[id, { ...place, zone: place.zone || own?.zone || '' }] as const];
    }),
  );
  return Object.fromEntries(places.flat());
}

function nodeOfAddress(address: string, { pods, nodes }: WayFacts): Node | undefined {
  const pod = pods.find(({ addresses }) => addresses.includes(address));
  return nodes.find(({ name }) => name === pod?.node);
}

const instanceOf = (node: Node | undefined): string | undefined => node && instanceIdOf(node);

type Wanted = { id: string; instance: string | undefined };

/** With prefix delegation an address of a pod is on no interface by its number: then its instance tells. */
async function readPlace(known: Facts, { id, instance }: Wanted): Promise<PlaceView | undefined> {
  const own = id.startsWith('i-') ? undefined : await known.networkInterface(id);
  if (own !== undefined)
    return { zone: own.zone, subnet: own.subnetId, securityGroups: own.securityGroups, addresses: [id] };
  const fact = instance === undefined ? undefined : await known.instance(instance);
  if (fact === undefined) return undefined;
  const addresses = id.startsWith('i-') ? fact.privateAddresses : [id];
  return { zone: fact.zone, subnet: fact.subnetId, securityGroups: fact.securityGroups, addresses };
}

async function readGroups(ec2: Ec2Api, ids: string[]): Promise<SecurityGroupView[]> {
  if (ids.length === 0) return [];
  return (await readSecurityGroups(ec2, [{ Name: 'group-id', Values: ids }])).map(groupView);
}

const groupView = ({ GroupId, GroupName, IpPermissions, IpPermissionsEgress }: SecurityGroup): SecurityGroupView => ({
  id: GroupId ?? '',
  name: GroupName ?? '',
  ingress: (IpPermissions ?? []).map(permissionView),
  egress: (IpPermissionsEgress ?? []).map(permissionView),
});

function permissionView(permission: IpPermission): PermissionView {
  const { IpProtocol = '-1', FromPort, ToPort, IpRanges, Ipv6Ranges, UserIdGroupPairs, PrefixListIds } = permission;
  const everything = IpProtocol === '-1';
  return {
    protocol: IpProtocol,
    from: everything ? 0 : (FromPort ?? 0),
    to: everything ? 65_535 : (ToPort ?? 65_535),
    cidrs: [
      ...(IpRanges ?? []).flatMap(({ CidrIp }) => CidrIp ?? []),
      ...(Ipv6Ranges ?? []).flatMap(({ CidrIpv6 }) => CidrIpv6 ?? []),
    ],
    groups: (UserIdGroupPairs ?? []).flatMap(({ GroupId }) => GroupId ?? []),
    prefixLists: (PrefixListIds ?? []).flatMap(({ PrefixListId }) => PrefixListId ?? []),
  };
}
