import { nearest } from '../nearest.ts';
import { compareText } from './canonical.ts';
import type { SecurityGroupFact, StackFacts } from './facts.ts';
import type { StackInput } from './input.ts';
import type { MergedSettings } from './merged-settings.ts';
import { groupNameOf, nameOf } from './names.ts';
import { refused } from './problem.ts';
import type { LoadBalancer, Problem, SecurityGroup, Tags } from './stack.ts';
import { chooseSubnets } from './subnets.ts';
import { ownershipTags } from './tags.ts';

export type LoadBalancerBuild = { loadBalancer: LoadBalancer; securityGroup?: SecurityGroup };

/** EC2: GroupDescription of CreateSecurityGroup. */
const LONGEST_DESCRIPTION = 255;

type From = { input: StackInput; merged: MergedSettings; facts: StackFacts };

/** The load balancer and its frontend security group, or what in AWS or in the settings is in the way. */
export function buildLoadBalancer(from: From): LoadBalancerBuild | { problems: Problem[] } {
  const { input, merged } = from;
  const problems: Problem[] = [...checkAddresses(from)];
  const subnets = readSubnets(from, problems);
  const securityGroups = readSecurityGroups(from, problems);
  if (problems.length > 0) return { problems };
  const loadBalancer: LoadBalancer = {
    name: merged.name ?? stackName(input, { scheme: schemeOf(from) }),
    scheme: schemeOf(from),
    ipAddressType: merged.ipAddressType,
    subnets,
    securityGroups,
    attachBackendSecurityGroup: merged.securityGroups === undefined || merged.manageBackendRules === true,
    attributes: merged.attributes,
    tags: tagsOf(from, 'load-balancer'),
  };
  return { loadBalancer, ...(merged.securityGroups === undefined && { securityGroup: buildSecurityGroup(from) }) };
}

const schemeOf = ({ input, merged }: From): LoadBalancer['scheme'] => merged.scheme ?? input.settings.defaultScheme;

function stackName({ key, cluster }: StackInput, more: object): string {
  const identity = { cluster: cluster.uid, stack: key, ...more };
  const [kind, first = '', second = ''] = key.split('/');
  return kind === 'group' ? groupNameOf(first, identity) : nameOf(first, second, identity);
}

function checkAddresses({ input, merged, facts }: From): Problem[] {
  const scheme = schemeOf({ input, merged, facts });
  if (merged.ipAddressType !== 'dualstack-without-public-ipv4' || scheme === 'internet-facing') return [];
  const message = `wanted scheme internet-facing with ${merged.ipAddressType}; given ${scheme}`;
  return [refused({ reason: 'InvalidAddressType', field: 'ip-address-type', message })];
}

function readSubnets(from: From, problems: Problem[]): string[] {
  const { merged, facts, input } = from;
  const outcome = chooseSubnets(facts.subnets, {
    scheme: schemeOf(from),
    ipAddressType: merged.ipAddressType,
    clusterName: input.cluster.name,
    attached: facts.attachedSubnets ?? [],
    ...(merged.subnets && { named: merged.subnets }),
    ...(merged.subnetTags && { tags: merged.subnetTags }),
  });
  if ('ids' in outcome) return outcome.ids;
  problems.push(refused({ reason: 'SubnetsNotFound', field: 'subnets', message: outcome.message }));
  return [];
}

/** Of a list as long as an annotation may be, the first ones say enough. */
const MOST_TOLD = 10;

function readSecurityGroups({ merged, facts }: From, problems: Problem[]): string[] {
  const named = [...new Set(merged.securityGroups)];
  const found = named.map((name) => findSecurityGroup(facts.securityGroups, name));
  const missing = found.flatMap((one) => ('problem' in one ? [one.problem] : []));
  problems.push(...missing.slice(0, MOST_TOLD));
  return [...new Set(found.flatMap((one) => ('id' in one ? [one.id] : [])))].toSorted(compareText);
}

function findSecurityGroup(groups: SecurityGroupFact[], name: string): { id: string } | { problem: Problem } {
  const matches = groups.filter(({ id, tags }) => id === name || tags['Name'] === name);
  const [match] = matches;
  if (match !== undefined && matches.length === 1) return { id: match.id };
  const known = groups.flatMap(({ id, tags }) => [id, ...(tags['Name'] ? [tags['Name']] : [])]);
  const near = nearest(name, known);
  const found =
    matches.length === 0
      ? `none${near === undefined ? '' : `; did you mean ${near}?`}`
      : matches.map(({ id }) => id).join(', ');
  const message = `wanted one security group of the VPC with the id or tag Name "${name}"; found ${found}`;
  return { problem: refused({ reason: 'SecurityGroupNotFound', field: 'security-groups', message }) };
}

function buildSecurityGroup(from: From): SecurityGroup {
  const { input, merged } = from;
  const everybody = merged.ipAddressType === 'ipv4' ? ['0.0.0.0/0'] : ['0.0.0.0/0', '::/0'];
  const ports = [...merged.ports.keys()].toSorted((a, b) => a - b);
  return {
    name: stackName(input, { resource: 'security-group' }),
    description: `Clients of the load balancer of ${input.key}`.slice(0, LONGEST_DESCRIPTION),
    ingress: ports.flatMap((port) =>
      (merged.inboundCidrs.get(port) ?? everybody).toSorted(compareText).map((cidr) => ({ port, cidr })),
    ),
    tags: tagsOf(from, 'security-group'),
  };
}

const tagsOf = ({ input, merged }: From, resource: string): Tags => ({
  ...merged.tags,
  ...input.settings.defaultTags,
  ...ownershipTags(input.cluster, input.key, resource),
});
