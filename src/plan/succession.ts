import type { Action, ForwardTarget, Stack, TargetGroup } from '../model/stack.ts';
import type { ObservedListener, ObservedLoadBalancer, ObservedStack, ObservedTargetGroup } from './observed.ts';

/** Facts about targets, and about time, that decide when a new target group takes over and when the old one may go. */
export type Warmth = {
  /** ARNs of the target groups that have a healthy target. */
  healthy: ReadonlySet<string>;
  /** ARNs of those with enough healthy targets, as every load balancer node knows by now; absent means the healthy ones. */
  warm?: ReadonlySet<string>;
  /** ARN of a target group that gave its requests away -> milliseconds since every load balancer node has known that. */
  idleMs?: ReadonlyMap<string, number>;
  /** ARNs of the load balancers whose address clients may still ask for; nothing said means none. */
  asked?: ReadonlySet<string>;
  /** ARN of a target group -> how many targets it has, as far as that is known. */
  registered?: ReadonlyMap<string, number>;
};

/** An old target group that stays beside its successor: it serves until that one is warm, then finishes what it began. */
export type Predecessor = { group: ObservedTargetGroup; phase: 'serving' | 'finishing' };

/** AWS: target groups per action. */
const GROUPS_PER_ACTION = 5;
/** ELBv2: deregistration_delay.timeout_seconds where nobody set it. */
const DEREGISTRATION_DELAY_SECONDS = 300;

export const SUCCESSOR_COLD = 'the target group that takes its place has not enough healthy targets yet';

export const STILL_FINISHING =
  'requests that it took before another target group took its place may still be in progress';

export const ADDRESS_ASKED = 'clients may still ask for its address';

type Chosen = {
  wanted: Stack;
  observed: ObservedStack;
  loadBalancer: ObservedLoadBalancer | undefined;
  targetGroups: ReadonlyMap<string, ObservedTargetGroup>;
};

/** For each wanted target group, by its id, the old ones of the same Service port that are still needed. */
export function findPredecessors(chosen: Chosen, warmth: Warmth): Map<string, Predecessor[]> {
  const kept = new Set(chosen.targetGroups.values());
  const leaving = chosen.observed.targetGroups.filter((group) => !kept.has(group));
  const found = chosen.wanted.targetGroups.map((group): [string, Predecessor[]] => {
    const old = leaving.filter(({ resource }) => backendOf(resource) === backendOf(`target-group/${group.id}`));
    return [group.id, old.length === 0 ? [] : predecessorsOf(group, old, { ...chosen, warmth })];
  });
  return new Map(found.filter(([, old]) => old.length > 0));
}

function predecessorsOf(
  { id }: TargetGroup,
  old: ObservedTargetGroup[],
  { observed, loadBalancer, targetGroups, warmth }: Chosen & { warmth: Warmth },
): Predecessor[] {
  const { healthy, warm = healthy } = warmth;
  const arn = targetGroups.get(id)?.arn ?? '';
  const serving = servingGroups(observed.loadBalancers);
  // Once it has taken over it keeps the requests: a moment of bad health is the load balancer's to bridge.
  const tookOver = warm.has(arn) || (serving.has(arn) && !old.some((group) => serving.has(group.arn)));
  const alive = old.filter((group) => healthy.has(group.arn));
  const server = tookOver ? undefined : (alive.find((group) => serving.has(group.arn)) ?? alive[0]);
  const others = old.filter((group) => group !== server && isFinishing(group, { loadBalancer, warmth }));
  return [
    ...(server ? [{ group: server, phase: 'serving' as const }] : []),
    ...others.map((group) => ({ group, phase: 'finishing' as const })),
  ];
}

/** Whether it may still have requests of the load balancer: those it took, and those of nodes that have not heard of the move. */
function isFinishing(
  group: ObservedTargetGroup,
  { loadBalancer, warmth }: Pick<Chosen, 'loadBalancer'> & { warmth: Warmth },
): boolean {
  if (loadBalancer === undefined || !group.loadBalancers.includes(loadBalancer.arn)) return false;
  if (!warmth.healthy.has(group.arn) && !warmth.idleMs?.has(group.arn)) return false;
  return finishesInMs(group, warmth) > 0;
}

/** How long it is still to be kept, from what is known of the move; at least one millisecond while it is not known. */
export function finishesInMs({ arn, attributes }: ObservedTargetGroup, { idleMs }: Warmth): number {
  const delay = Number(attributes?.['deregistration_delay.timeout_seconds'] ?? DEREGISTRATION_DELAY_SECONDS);
  return delay * 1_000 - (idleMs?.get(arn) ?? Number.NEGATIVE_INFINITY);
}

/** ARNs of the groups that some rule sends requests to: a weight of 0 sends none, except where the group is the only one. */
function servingGroups(loadBalancers: readonly ObservedLoadBalancer[]): Set<string> {
  const actions = loadBalancers.flatMap(({ listeners }) => listeners.flatMap(actionsOf));
  return new Set(
    actions.flatMap((action) => {
      if (action.type !== 'forward') return [];
      const sent = action.targets.length === 1 ? action.targets : action.targets.filter(({ weight }) => weight > 0);
      return sent.map(({ group }) => group);
    }),
  );
}

const actionsOf = ({ defaultActions, rules }: ObservedListener) => [
  ...defaultActions,
  ...rules.flatMap(({ actions }) => actions),
];

/** The Service port, whatever the target type. */
const backendOf = (resource: string): string => resource.replace(/:instance$/, '');

type Succession = {
  predecessors: ReadonlyMap<string, readonly Predecessor[]>;
  loadBalancer: ObservedLoadBalancer | undefined;
};

/**
 * While its predecessor serves, a group is named with weight 0, so that its targets are checked; afterwards the old one is,
 * so that what it began can end: where both can hang on the same load balancer.
 */
export function warmActions(actions: readonly Action[], succession: Succession): Action[] {
  return actions.map((action) => (action.type === 'forward' ? warmForward(action, succession) : action));
}

type Forward = Extract<Action, { type: 'forward' }>;

function warmForward(action: Forward, { predecessors, loadBalancer }: Succession): Forward {
  const only = action.targets.length === 1;
  let room = GROUPS_PER_ACTION - action.targets.length;
  const targets = action.targets.flatMap((target): ForwardTarget[] => {
    const all = 'targetGroup' in target ? (predecessors.get(target.targetGroup) ?? []) : [];
    const old = all.filter(({ group }) => loadBalancer && group.loadBalancers.includes(loadBalancer.arn));
    const weighted = warmTarget({ ...target, weight: only ? 1 : target.weight }, old.slice(0, Math.max(0, room)));
    room -= weighted.length - 1;
    return old.length === 0 ? [target] : weighted;
  });
  return { ...action, targets };
}

/** The server is the first of `old`, where there is one. */
function warmTarget(target: ForwardTarget, old: readonly Predecessor[]): ForwardTarget[] {
  const serves = old[0]?.phase === 'serving';
  const beside = old.map(({ group, phase }) => ({ arn: group.arn, weight: phase === 'serving' ? target.weight : 0 }));
  return [...beside, { ...target, weight: serves ? 0 : target.weight }];
}
