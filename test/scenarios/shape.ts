import type { Action } from '@aws-sdk/client-elastic-load-balancing-v2';
import type { KubeObject } from '../../src/kube/api.ts';
import { RESOURCES } from '../../src/kube/resources.ts';
import { type AwsState, forwardTargets, type SecurityGroup, type Tags } from '../../src/local/aws/state.ts';
import type { Condition } from '../../src/cluster/objects.ts';
import type { World } from './world.ts';

/** Everything in AWS that can be made by a controller, a line each, without the ids and times that differ from run to run. */
export function awsShape({ aws: { state } }: World): string[] {
  return [
    ...[...state.loadBalancers.values()].map(
      (one) =>
        `load-balancer ${one.name} ${one.scheme} ${one.ipAddressType} groups=${names(state, one.securityGroups)} zones=${one.nodes.length} ${json(one.attributes)} ${tagsOf(one.tags)}`,
    ),
    ...[...state.listeners.values()].map(
      (one) =>
        `listener ${state.loadBalancers.get(one.loadBalancerArn)?.name}:${one.port} ${one.protocol} ${one.sslPolicy ?? ''} ${one.certificates.join(',')} ${tagsOf(one.tags)}`,
    ),
    ...ruleLines(state),
    ...[...state.targetGroups.values()].map(
      (one) =>
        `target-group ${one.name} ${one.targetType} ${one.protocol}:${one.port} used=${one.loadBalancerArns.length} ${json(one.healthCheck)} ${json(one.attributes)} ${targetsOf(one)} ${tagsOf(one.tags)}`,
    ),
    ...[...state.securityGroups.values()].map((one) => securityGroupLine(state, one)),
  ].toSorted();
}

function ruleLines(state: AwsState): string[] {
  return [...state.rules.values()].map((rule) => {
    const listener = state.listeners.get(rule.listenerArn);
    const name = listener && state.loadBalancers.get(listener.loadBalancerArn)?.name;
    const actions = rule.actions.map((action) => actionLine(state, action)).join(' ');
    return `rule ${name}:${listener?.port} ${rule.priority} ${json(rule.conditions)} ${actions} ${tagsOf(rule.tags)}`;
  });
}

function actionLine(state: AwsState, action: Action): string {
  const groups = forwardTargets(action).map(({ arn, weight }) => `${state.targetGroups.get(arn)?.name}=${weight}`);
  return `${action.Type} ${groups.join(',')} ${json(action.RedirectConfig ?? action.FixedResponseConfig ?? {})}`;
}

const targetsOf = ({ targets }: { targets: Map<string, { state: string }> }): string =>
  `[${[...targets]
    .filter(([, { state }]) => state !== 'draining')
    .map(([key, { state }]) => `${key} ${state}`)
    .toSorted()
    .join(', ')}]`;

function securityGroupLine(state: AwsState, { name, rules, tags }: SecurityGroup): string {
  const admitted = rules
    .filter(({ egress }) => !egress)
    .map(
      ({ fromPort, toPort, cidr, ipv6Cidr, groupId, description }) =>
        `${fromPort}-${toPort} ${cidr ?? ipv6Cidr ?? names(state, [groupId ?? ''])} "${description}"`,
    );
  return `security-group ${name} [${admitted.toSorted().join(', ')}] ${tagsOf(tags)}`;
}

const names = (state: AwsState, ids: string[]): string =>
  ids
    .map((id) => state.securityGroups.get(id)?.name ?? id)
    .toSorted()
    .join('+');

const json = (value: unknown): string => JSON.stringify(value);
const tagsOf = (tags: Tags): string => JSON.stringify(Object.entries(tags).toSorted(([a], [b]) => (a < b ? -1 : 1)));

/** What the operator leaves in the cluster: finalizers, addresses, its own objects with their conditions. */
export async function clusterShape(world: World): Promise<string[]> {
  const { kube } = world;
  const lists = await Promise.all(
    [RESOURCES.ingress, RESOURCES.loadBalancer, RESOURCES.targetGroup].map((resource) => kube.list(resource)),
  );
  const [ingresses = [], loadBalancers = [], targetGroups = []] = lists;
  return [
    ...ingresses.map((one) => ingressLine(world, one)),
    ...loadBalancers.map((one) => `LoadBalancer ${one.metadata.name} ${conditionsOf(one)} ${membersOf(one)}`),
    ...targetGroups.map((one) => targetGroupLine(world, one)),
  ].toSorted();
}

function ingressLine({ aws }: World, { metadata, status }: KubeObject): string {
  const { loadBalancer } = (status ?? {}) as { loadBalancer?: { ingress?: { hostname: string }[] } };
  const hosts = (loadBalancer?.ingress ?? []).map(
    ({ hostname }) => [...aws.state.loadBalancers.values()].find((one) => one.dnsName === hostname)?.name ?? 'nothing',
  );
  return `Ingress ${metadata.namespace}/${metadata.name} finalizers=${metadata.finalizers?.join(',') ?? ''} at=${hosts.join(',')}`;
}

function targetGroupLine({ aws }: World, object: KubeObject): string {
  const { metadata, spec, status } = object;
  const { arn, backendSecurityGroup, ...rest } = spec as { arn: string; backendSecurityGroup?: string };
  const { registered, healthy } = (status ?? {}) as { registered?: number; healthy?: number };
  const names = [aws.state.targetGroups.get(arn)?.name, aws.state.securityGroups.get(backendSecurityGroup ?? '')?.name];
  return `TargetGroup ${metadata.namespace}/${metadata.name} ${names.join(' ')} ${json(rest)} ${healthy}/${registered} ${conditionsOf(object)}`;
}

/** Conditions that only tell of something that is over: whether they are there depends on the way. */
const OVER = new Set(['NothingHeld', 'Followed']);

const conditionsOf = ({ status }: KubeObject): string =>
  ((status as { conditions?: Condition[] } | undefined)?.conditions ?? [])
    .filter(({ reason }) => !OVER.has(reason))
    .map(({ type, status: is, reason }) => `${type}=${is} ${reason}`)
    .toSorted()
    .join(', ');

const membersOf = ({ status }: KubeObject): string =>
  ((status as { members?: { namespace: string; name: string; accepted: boolean }[] } | undefined)?.members ?? [])
    .map(({ namespace, name, accepted }) => `${namespace}/${name}=${accepted}`)
    .toSorted()
    .join(',');

/** Both. */
export const shapeOf = async (world: World): Promise<string[]> => [...awsShape(world), ...(await clusterShape(world))];
