import type { Action, Stack, TargetGroup } from '../model/stack.ts';
import type { ObservedLoadBalancer, ObservedStack, ObservedTargetGroup } from './observed.ts';

/** Facts about targets that decide when a new target group may take over. */
export type Warmth = {
  /** ARNs of the target groups that have a healthy target. */
  healthy: ReadonlySet<string>;
  /** ARNs of the load balancers whose address clients may still ask for; nothing said means none. */
  asked?: ReadonlySet<string>;
};

/** AWS: target groups per action. */
const GROUPS_PER_ACTION = 5;

export const SUCCESSOR_COLD = 'the target group that takes its place has no healthy target yet';

export const ADDRESS_ASKED = 'clients may still ask for its address';

type Chosen = { wanted: Stack; observed: ObservedStack; targetGroups: ReadonlyMap<string, ObservedTargetGroup> };

/**
 * For each wanted target group without a healthy target the one that is to go, has a healthy target and serves the same
 * Service port. By id of the wanted one.
 */
export function findPredecessors(chosen: Chosen, { healthy }: Warmth): Map<string, ObservedTargetGroup> {
  const { wanted, observed, targetGroups } = chosen;
  const kept = new Set(targetGroups.values());
  const leaving = observed.targetGroups.filter((group) => !kept.has(group) && healthy.has(group.arn));
  const cold = wanted.targetGroups.filter(({ id }) => !healthy.has(targetGroups.get(id)?.arn ?? ''));
  return new Map(cold.flatMap((group) => predecessorOf(group, leaving)));
}

function predecessorOf({ id }: TargetGroup, leaving: ObservedTargetGroup[]): [string, ObservedTargetGroup][] {
  const found = leaving.find(({ resource }) => backendOf(resource) === backendOf(`target-group/${id}`));
  return found ? [[id, found]] : [];
}

/** The Service port, whatever the target type. */
const backendOf = (resource: string): string => resource.replace(/:instance$/, '');

type Succession = {
  predecessors: ReadonlyMap<string, ObservedTargetGroup>;
  loadBalancer: ObservedLoadBalancer | undefined;
};

/**
 * A cold group is named with weight 0, so that its targets are checked, and its predecessor keeps the requests: where both
 * can hang on the same load balancer.
 */
export function warmActions(actions: readonly Action[], succession: Succession): Action[] {
  return actions.map((action) => (action.type === 'forward' ? warmForward(action, succession) : action));
}

type Forward = Extract<Action, { type: 'forward' }>;

function warmForward(action: Forward, { predecessors, loadBalancer }: Succession): Forward {
  const targets = action.targets.flatMap((target) => {
    const old = 'targetGroup' in target ? predecessors.get(target.targetGroup) : undefined;
    if (!old || !loadBalancer || !old.loadBalancers.includes(loadBalancer.arn)) return [target];
    return [
      { arn: old.arn, weight: action.targets.length === 1 ? 1 : target.weight },
      { ...target, weight: 0 },
    ];
  });
  return targets.length > GROUPS_PER_ACTION ? action : { ...action, targets };
}
