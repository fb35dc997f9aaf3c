import type { Action, RuleCondition } from '@aws-sdk/client-elastic-load-balancing-v2';
import { listenersOf, rulesOf } from '../state.ts';
import type { AwsState, LoadBalancer, Protocol, Target, TargetGroup } from '../state.ts';
import type { Standing } from './balancing.ts';

/** What a load balancer node is told about a listener. */
export type ListenerConfig = {
  port: number;
  protocol: Protocol;
  certificates: string[];
  /** By priority, the default rule last. */
  rules: { conditions: RuleCondition[]; actions: Action[] }[];
};

/** What a load balancer node is told about a target group. */
export type GroupConfig = {
  name: string;
  secure: boolean;
  version: 'HTTP1' | 'HTTP2' | 'GRPC';
  leastOutstanding: boolean;
  minimumHealthy: number;
};

/** What a load balancer node is told about a target; `address` is where the target is reached. */
export type TargetConfig = { group: string; id: string; port: number; address: string; standing: Standing };

export function wantedListeners(state: AwsState, loadBalancer: LoadBalancer): Map<string, ListenerConfig> {
  return new Map(
    listenersOf(state, loadBalancer.arn).map((listener) => {
      const { port, protocol, certificates, arn } = listener;
      const rules = rulesOf(state, arn).map(({ conditions, actions }) => ({ conditions, actions }));
      return [arn, structuredClone({ port, protocol, certificates, rules })];
    }),
  );
}

function groupsOf(state: AwsState, loadBalancer: LoadBalancer): TargetGroup[] {
  return [...state.targetGroups.values()].filter((group) => group.loadBalancerArns.includes(loadBalancer.arn));
}

export function wantedGroups(state: AwsState, loadBalancer: LoadBalancer): Map<string, GroupConfig> {
  return new Map(groupsOf(state, loadBalancer).map((group) => [group.arn, groupConfig(group)]));
}

function groupConfig({ name, protocol, protocolVersion, attributes }: TargetGroup): GroupConfig {
  const minimum = attributes['target_group_health.unhealthy_state_routing.minimum_healthy_targets.count'];
  return {
    name,
    secure: protocol === 'HTTPS',
    version: protocolVersion ?? 'HTTP1',
    leastOutstanding: attributes['load_balancing.algorithm.type'] === 'least_outstanding_requests',
    minimumHealthy: Number(minimum ?? 1),
  };
}

/** By `<target group ARN> <id>:<port>`. */
export function wantedTargets(state: AwsState, loadBalancer: LoadBalancer): Map<string, TargetConfig> {
  return new Map(
    groupsOf(state, loadBalancer).flatMap((group) =>
      [...group.targets].map(([key, target]) => [`${group.arn} ${key}`, targetConfig(state, group, target)] as const),
    ),
  );
}

function targetConfig(state: AwsState, group: TargetGroup, target: Target): TargetConfig {
  const { id, port } = target;
  return { group: group.arn, id, port, address: targetAddress(state, target), standing: standingOf(target) };
}

const STANDINGS: Partial<Record<Target['state'], Standing>> = {
  healthy: 'healthy',
  unavailable: 'healthy', // health checks are off
  unhealthy: 'unhealthy',
  draining: 'draining',
};

const standingOf = (target: Target): Standing => STANDINGS[target.state] ?? 'out';

/** The IP address a target is reached at: its id, or the primary private address of the instance. */
export function targetAddress(state: AwsState, target: Pick<Target, 'id'>): string {
  if (!state.instances.has(target.id)) return target.id;
  const networks = [...state.networkInterfaces.values()].filter((network) => network.instanceId === target.id);
  return networks.toSorted((a, b) => a.deviceIndex - b.deviceIndex)[0]?.privateAddresses[0] ?? target.id;
}
