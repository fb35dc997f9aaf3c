import type {
  CreateLoadBalancerInput,
  DeleteLoadBalancerInput,
  DescribeLoadBalancerAttributesInput,
  DescribeLoadBalancersInput,
  LoadBalancer as LoadBalancerShape,
  ModifyLoadBalancerAttributesInput,
  SetIpAddressTypeInput,
  SetSecurityGroupsInput,
  SetSubnetsInput,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import type { LocalAws } from '../aws.ts';
import { ElbError, validationError } from '../error.ts';
import { listenersOf } from '../state.ts';
import type { LoadBalancer } from '../state.ts';
import { LOAD_BALANCER_ATTRIBUTES, checkedAttributes, effectiveAttributes } from './attributes.ts';
import { removeListener } from './listeners.ts';
import { chosen, loadBalancerOf } from './lookup.ts';
import { checkEnum, checkName } from './names.ts';
import { pageOf } from './paging.ts';
import { checkSecurityGroups, checkSubnets, placeNodes, releaseNodes, setNodeSecurityGroups } from './placement.ts';
import { checkQuota } from './quotas.ts';
import { refreshReferences, settleGroupsOf } from './references.ts';
import { withTags } from './tags.ts';
import { toPairs } from '../pairs.ts';

const IP_TYPES = ['ipv4', 'dualstack', 'dualstack-without-public-ipv4'] as const;
const HOSTED_ZONE = { application: 'Z215JYRZR1TBD5', network: 'Z3F0SRJ5LGBH90' };

/** Creates a load balancer, or returns the one of that name when it has the same settings. */
export function createLoadBalancer(aws: LocalAws, input: CreateLoadBalancerInput) {
  const wanted = wantedLoadBalancer(aws, input);
  const same = [...aws.state.loadBalancers.values()].find((loadBalancer) => loadBalancer.name === wanted.name);
  if (same) return { LoadBalancers: [shapeOf(sameOrRefuse(same, wanted))] };
  const count = [...aws.state.loadBalancers.values()].filter(({ type }) => type === wanted.type).length + 1;
  checkQuota(aws, `${wanted.type}-load-balancers`, { count, code: 'TooManyLoadBalancers' });
  const created = build(aws, wanted, withTags(input.Tags));
  placeNodes(aws, created, wanted.subnets);
  aws.state.loadBalancers.set(created.arn, created);
  aws.changed('load-balancer', created.arn);
  return { LoadBalancers: [provision(aws, created)] };
}

type Wanted = Pick<LoadBalancer, 'name' | 'type' | 'scheme' | 'ipAddressType' | 'vpcId' | 'securityGroups'> & {
  subnets: string[];
};

function wantedLoadBalancer(aws: LocalAws, input: CreateLoadBalancerInput): Wanted {
  const name = input.Name ?? '';
  checkName('Load balancer', name);
  const type = checkEnum('type', input.Type ?? 'application', ['application', 'network'] as const);
  const scheme = checkEnum('scheme', input.Scheme ?? 'internet-facing', ['internet-facing', 'internal'] as const);
  const ipAddressType = checkEnum('ipAddressType', input.IpAddressType ?? 'ipv4', IP_TYPES);
  const subnets = input.Subnets?.length
    ? input.Subnets
    : (input.SubnetMappings ?? []).map(({ SubnetId }) => SubnetId ?? '');
  const vpcId = checkSubnets(aws, subnets, { type, scheme, ipAddressType });
  const securityGroups = checkSecurityGroups(aws, input.SecurityGroups ?? [], { type, vpcId });
  return { name, type, scheme, ipAddressType, vpcId, subnets: [...subnets].toSorted(), securityGroups };
}

function sameOrRefuse(present: LoadBalancer, wanted: Wanted): LoadBalancer {
  const settings = (of: Wanted) =>
    JSON.stringify([
      of.type,
      of.scheme,
      of.ipAddressType,
      [...of.subnets].toSorted(),
      [...of.securityGroups].toSorted(),
    ]);
  const subnets = present.nodes.map((node) => node.subnetId);
  if (settings({ ...present, subnets }) === settings(wanted)) return present;
  throw new ElbError(
    'DuplicateLoadBalancerName',
    `A load balancer with the same name '${wanted.name}' exists, but with different settings`,
  );
}

function build(aws: LocalAws, wanted: Wanted, tags: Record<string, string>): LoadBalancer {
  const { subnets: _placedLater, ...rest } = wanted;
  const path = `${wanted.type === 'application' ? 'app' : 'net'}/${wanted.name}/${aws.hexId()}`;
  return {
    ...rest,
    path,
    arn: aws.arn('elasticloadbalancing', `loadbalancer/${path}`),
    dnsName: `${wanted.name}.localhost`,
    state: 'provisioning',
    nodes: [],
    attributes: wanted.scheme === 'internal' ? { 'ipv6.deny_all_igw_traffic': 'true' } : {},
    createdAt: aws.clock.now(),
    tags,
  };
}

/** The answer to the creation says provisioning; the load balancer is active after the settable time, at least for the next call. */
function provision(aws: LocalAws, loadBalancer: LoadBalancer): LoadBalancerShape {
  const answer = shapeOf(loadBalancer);
  const activate = () => {
    loadBalancer.state = 'active';
    aws.changed('load-balancer', loadBalancer.arn);
  };
  if (aws.settings.provisioningMs > 0) aws.clock.after(aws.settings.provisioningMs, activate);
  else activate();
  return answer;
}

function shapeOf(loadBalancer: LoadBalancer): LoadBalancerShape {
  const zones = loadBalancer.nodes.map(({ zone, subnetId }) => ({
    ZoneName: zone,
    SubnetId: subnetId,
    LoadBalancerAddresses: [],
  }));
  return {
    LoadBalancerArn: loadBalancer.arn,
    DNSName: loadBalancer.dnsName,
    CanonicalHostedZoneId: HOSTED_ZONE[loadBalancer.type],
    CreatedTime: new Date(loadBalancer.createdAt),
    LoadBalancerName: loadBalancer.name,
    Scheme: loadBalancer.scheme,
    VpcId: loadBalancer.vpcId,
    State: { Code: loadBalancer.state },
    Type: loadBalancer.type,
    AvailabilityZones: zones,
    SecurityGroups: loadBalancer.securityGroups,
    IpAddressType: loadBalancer.ipAddressType,
  };
}

const MOST_ARNS = 20;

export function describeLoadBalancers(aws: LocalAws, input: DescribeLoadBalancersInput) {
  if ((input.LoadBalancerArns?.length ?? 0) > MOST_ARNS)
    throw validationError(`At most ${MOST_ARNS} load balancer ARNs can be described at once`);
  const found = chosen(aws, 'loadBalancers', { arns: input.LoadBalancerArns, names: input.Names });
  const { items, ...next } = pageOf(found, input);
  return { LoadBalancers: items.map((loadBalancer) => shapeOf(loadBalancer)), ...next };
}

/** Deletes a load balancer with its listeners and rules. Its network interfaces live on for the settable time. */
export function deleteLoadBalancer(aws: LocalAws, input: DeleteLoadBalancerInput): object {
  const loadBalancer = aws.state.loadBalancers.get(input.LoadBalancerArn ?? '');
  if (!loadBalancer) return {};
  if (attributesOf(loadBalancer)['deletion_protection.enabled'] === 'true')
    throw new ElbError(
      'OperationNotPermitted',
      `Load balancer '${loadBalancer.arn}' cannot be deleted because deletion protection is enabled`,
    );
  for (const listener of listenersOf(aws.state, loadBalancer.arn)) removeListener(aws, listener);
  releaseNodes(aws, loadBalancer.nodes);
  aws.state.loadBalancers.delete(loadBalancer.arn);
  aws.changed('load-balancer', loadBalancer.arn);
  refreshReferences(aws);
  return {};
}

/** Every attribute of a load balancer with its value, defaults included. */
function attributesOf(loadBalancer: LoadBalancer): Record<string, string> {
  return effectiveAttributes(LOAD_BALANCER_ATTRIBUTES, loadBalancer.type, loadBalancer.attributes);
}

export function describeLoadBalancerAttributes(aws: LocalAws, input: DescribeLoadBalancerAttributesInput) {
  return { Attributes: toPairs(attributesOf(loadBalancerOf(aws, input.LoadBalancerArn))) };
}

export function modifyLoadBalancerAttributes(aws: LocalAws, input: ModifyLoadBalancerAttributesInput) {
  const loadBalancer = loadBalancerOf(aws, input.LoadBalancerArn);
  const { type } = loadBalancer;
  const changes = checkedAttributes(LOAD_BALANCER_ATTRIBUTES, input.Attributes ?? [], { type });
  const next = { ...attributesOf(loadBalancer), ...changes };
  for (const logs of ['access_logs', 'connection_logs', 'health_check_logs'])
    if (next[`${logs}.s3.enabled`] === 'true' && !next[`${logs}.s3.bucket`])
      throw new ElbError(
        'InvalidConfigurationRequest',
        `${logs}.s3.bucket must be set when ${logs}.s3.enabled is true`,
      );
  Object.assign(loadBalancer.attributes, changes);
  aws.changed('load-balancer', loadBalancer.arn);
  return { Attributes: toPairs(attributesOf(loadBalancer)) };
}

export function setSecurityGroups(aws: LocalAws, input: SetSecurityGroupsInput) {
  const loadBalancer = loadBalancerOf(aws, input.LoadBalancerArn);
  if (loadBalancer.type === 'network' && loadBalancer.securityGroups.length === 0)
    throw new ElbError(
      'InvalidConfigurationRequest',
      'Security groups can be set only on a network load balancer created with one',
    );
  const groups = checkSecurityGroups(aws, input.SecurityGroups ?? [], loadBalancer);
  loadBalancer.securityGroups = groups;
  setNodeSecurityGroups(aws, loadBalancer);
  aws.changed('load-balancer', loadBalancer.arn);
  return { SecurityGroupIds: groups };
}

export function setSubnets(aws: LocalAws, input: SetSubnetsInput) {
  const loadBalancer = loadBalancerOf(aws, input.LoadBalancerArn);
  const subnets = input.Subnets?.length
    ? input.Subnets
    : (input.SubnetMappings ?? []).map(({ SubnetId }) => SubnetId ?? '');
  const ipAddressType = checkEnum('ipAddressType', input.IpAddressType ?? loadBalancer.ipAddressType, IP_TYPES);
  const vpcId = checkSubnets(aws, subnets, { ...loadBalancer, ipAddressType });
  if (vpcId !== loadBalancer.vpcId)
    throw new ElbError('InvalidConfigurationRequest', `The subnets must be in the VPC '${loadBalancer.vpcId}'`);
  loadBalancer.ipAddressType = ipAddressType;
  placeNodes(aws, loadBalancer, subnets);
  aws.changed('load-balancer', loadBalancer.arn);
  settleGroupsOf(aws, loadBalancer.arn);
  return { AvailabilityZones: shapeOf(loadBalancer).AvailabilityZones, IpAddressType: ipAddressType };
}

export function setIpAddressType(aws: LocalAws, input: SetIpAddressTypeInput) {
  const loadBalancer = loadBalancerOf(aws, input.LoadBalancerArn);
  const ipAddressType = checkEnum('ipAddressType', input.IpAddressType, IP_TYPES);
  const subnets = loadBalancer.nodes.map((node) => node.subnetId);
  checkSubnets(aws, subnets, { ...loadBalancer, ipAddressType });
  loadBalancer.ipAddressType = ipAddressType;
  aws.changed('load-balancer', loadBalancer.arn);
  return { IpAddressType: ipAddressType };
}
