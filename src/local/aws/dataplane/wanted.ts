import type { Action, RuleCondition } from '@aws-sdk/client-elastic-load-balancing-v2';
import { listenersOf, rulesOf } from '../state.ts';
import type { AwsState, LoadBalancer, Protocol, Target, TargetGroup } from '../state.ts';
import type { ChangeKind } from '../settings.ts';
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
  /** Fewer healthy targets than this, and all are used. */
  minimumHealthy: number;
  slowStartMs: number;
  /** Network load balancers: whether connections end when their target becomes unhealthy, or when its delay is over. */
  cutsUnhealthy: boolean;
  cutsDeregistered: boolean;
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

function groupConfig(group: TargetGroup): GroupConfig {
  const { name, protocol, protocolVersion, attributes } = group;
  return {
    name,
    secure: protocol === 'HTTPS',
    version: protocolVersion ?? 'HTTP1',
    leastOutstanding: attributes['load_balancing.algorithm.type'] === 'least_outstanding_requests',
    minimumHealthy: minimumHealthyOf(group),
    slowStartMs: Number(attributes['slow_start.duration_seconds'] ?? 0) * 1000,
    cutsUnhealthy: attributes['target_health_state.unhealthy.connection_termination.enabled'] !== 'false',
    cutsDeregistered: attributes['deregistration_delay.connection_termination.enabled'] === 'true',
  };
}

const MINIMUM = 'target_group_health.unhealthy_state_routing.minimum_healthy_targets';

/** The larger of the two thresholds that the group has: a count, and a share of what is registered. */
function minimumHealthyOf({ attributes, targets }: TargetGroup): number {
  const percentage = Number(attributes[`${MINIMUM}.percentage`] ?? 'off');
  const registered = [...targets.values()].filter(({ state }) => state !== 'draining').length;
  const share = Number.isNaN(percentage) ? 0 : Math.ceil((registered * percentage) / 100);
  return Math.max(Number(attributes[`${MINIMUM}.count`] ?? 1), share);
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
  initial: 'initial',
  healthy: 'healthy',
  unavailable: 'healthy', // health checks are off
  unhealthy: 'unhealthy',
  draining: 'draining',
};

const standingOf = (target: Target): Standing => STANDINGS[target.state] ?? 'out';

/** What a change of a target is to a node; undefined where the node itself knows it first and needs no telling. */
export function targetChange(
  before: TargetConfig | undefined,
  after: TargetConfig | undefined,
): ChangeKind | undefined {
  // The node itself waits for the end of the deregistration delay.
  if (!after) return before?.standing === 'draining' ? undefined : 'deregister';
  if (after.standing === 'draining') return 'deregister';
  if (!before || !isChecked(before)) return 'register';
  // Each node checks a new target itself: it needs no news of the first result.
  return before.standing === 'initial' ? undefined : 'health';
}

const isChecked = ({ standing }: TargetConfig): boolean => standing !== 'draining' && standing !== 'out';

/** The IP address a target is reached at: its id, or the primary private address of the instance. */
export function targetAddress(state: AwsState, target: Pick<Target, 'id'>): string {
  if (!state.instances.has(target.id)) return target.id;
  const networks = [...state.networkInterfaces.values()].filter((network) => network.instanceId === target.id);
  return networks.toSorted((a, b) => a.deviceIndex - b.deviceIndex)[0]?.privateAddresses[0] ?? target.id;
}
