import type { LocalAws } from '../aws.ts';
import { forwardTargets } from '../state.ts';
import type { TargetGroup } from '../state.ts';
import { settleTargets } from '../target-health.ts';

/** Works out anew which load balancers name each target group, and settles the targets of the groups for which that changed. */
export function refreshReferences(aws: LocalAws): void {
  const named = namedBy(aws);
  for (const group of aws.state.targetGroups.values()) {
    const next = [...(named.get(group.arn) ?? [])];
    if (next.join() === group.loadBalancerArns.join()) continue;
    if (next.length === 0) group.releasedAt = aws.clock.monotonic();
    group.loadBalancerArns = next;
    aws.changed('target-group', group.arn);
    settleTargets(aws, group);
  }
}

function namedBy(aws: LocalAws): Map<string, Set<string>> {
  const named = new Map<string, Set<string>>();
  for (const rule of aws.state.rules.values()) {
    const loadBalancer = aws.state.listeners.get(rule.listenerArn)?.loadBalancerArn;
    if (loadBalancer === undefined) continue;
    for (const { arn } of rule.actions.flatMap(forwardTargets)) addTo(named, arn, loadBalancer);
  }
  return named;
}

function addTo(map: Map<string, Set<string>>, key: string, value: string): void {
  const set = map.get(key);
  if (set) set.add(value);
  else map.set(key, new Set([value]));
}

/** Settles the targets of every group that a load balancer serves: after its zones changed. */
export function settleGroupsOf(aws: LocalAws, loadBalancerArn: string): void {
  for (const group of groupsOf(aws, loadBalancerArn)) settleTargets(aws, group);
}

export function groupsOf(aws: LocalAws, loadBalancerArn: string): TargetGroup[] {
  return [...aws.state.targetGroups.values()].filter((group) => group.loadBalancerArns.includes(loadBalancerArn));
}

/** Targets a load balancer serves, counted once per group they are in. Draining ones count too. */
export function targetCountOf(aws: LocalAws, loadBalancerArn: string): number {
  return groupsOf(aws, loadBalancerArn).reduce((sum, group) => sum + group.targets.size, 0);
}
