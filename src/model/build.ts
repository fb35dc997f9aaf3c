import type { StackFacts } from './facts.ts';
import { compareMembers } from './group.ts';
import type { MemberInput, StackInput } from './input.ts';
import { buildListeners, redirectsToHttps } from './listeners.ts';
import { buildLoadBalancer, type LoadBalancerBuild } from './load-balancer.ts';
import type { MemberPlan } from './member.ts';
import { type MergedSettings, mergeSettings } from './merged-settings.ts';
import { distinct, warning } from './problem.ts';
import type { Listener, Problem, Stack, TargetGroup } from './stack.ts';
import { findClaimant, type Standing, settle, standingOf, stepBack } from './standing.ts';
import { buildTargetGroups } from './target-groups.ts';

export { hashInput, type Member, type MemberInput, type StackInput } from './input.ts';

/** What became of one member. */
export type MemberVerdict = {
  namespace: string;
  name: string;
  /** Whether its current input is what is served. */
  accepted: boolean;
  /** `Accepted`, or the reason of the first refusal. */
  reason: string;
  /** Every refusal in one line; empty when accepted. */
  message: string;
  problems: Problem[];
  /** Refused, and its last accepted input is served in its place. */
  servedFromLastGood: boolean;
  /** What is served, or was last: to be kept as the last good input. */
  input?: MemberInput;
};

export type StackBuild = {
  /**
   * Absent when no member can be served, or when `problems` refuses the stack as a whole. Neither is a wish to delete what exists:
   * only a stack without members is.
   */
  stack?: Stack;
  members: MemberVerdict[];
  /** About the stack as a whole. */
  problems: Problem[];
};

/**
 * The stack of an Ingress group as it should be. Each member is read on its own; one that is wrong is served from its last
 * good input. The result does not depend on the order of the members.
 */
export function buildStack(input: StackInput, facts: StackFacts): StackBuild {
  const active = input.members.filter(({ ingress }) => !ingress.deleting).toSorted(compareMembers);
  const group = settleWithFacts(
    active.map((member) => standingOf(member, input)),
    { input, facts },
  );
  const { top, problems } = group;
  const built = top && assemble({ ...group, top, input, facts });
  const members = group.standings.map((standing) => judge(standing, group));
  if (built === undefined) return { members, problems };
  return { stack: built, members, problems: checkQuotas(built) };
}

type Context = { input: StackInput; facts: StackFacts };

/** A group that agrees: who is served, what they ask together, and the load balancer, or what keeps it from being. */
type Group = {
  standings: Standing[];
  plans: MemberPlan[];
  merged: MergedSettings;
  top?: LoadBalancerBuild;
  problems: Problem[];
};

/** Where AWS has not what is asked, whoever asks it anew steps back; only what nobody asks anew stops the stack. */
function settleWithFacts(standings: Standing[], { input, facts }: Context): Group {
  const settled = settle(standings);
  const plans = settled.flatMap(({ serving }) => (serving ? [serving] : []));
  plans.sort((a, b) => compareMembers(a.input, b.input));
  const merged = mergeSettings(plans);
  const group = { standings: settled, plans, merged, problems: [] };
  if (plans.length === 0) return group;
  const top = buildLoadBalancer({ input, merged, facts });
  if (!('problems' in top)) return { ...group, top };
  const claimant = findClaimant(settled, top.problems);
  if (claimant === undefined) return { ...group, problems: top.problems };
  stepBack(claimant.standing, { ...claimant.problem, field: claimant.field });
  return settleWithFacts(settled, { input, facts });
}

type Parts = Context & Pick<Group, 'plans' | 'merged'> & { top: LoadBalancerBuild };

function assemble({ plans, merged, input, facts, top }: Parts): Stack {
  const groups = buildTargetGroups(plans, input, facts.vpcId);
  const listeners = buildListeners({ plans, merged, groups, input });
  const targetGroups = groups.list.filter(({ id }) => isUsed(id, listeners));
  return { key: input.key, vpcId: facts.vpcId, ...top, listeners, targetGroups };
}

/** AWS would not check the health of a target group that no listener uses: behind a redirect to HTTPS there may be some. */
const isUsed = (id: string, listeners: Listener[]): boolean =>
  listeners
    .flatMap(({ defaultActions, rules }) => [...defaultActions, ...rules.flatMap(({ actions }) => actions)])
    .some(
      (action) =>
        action.type === 'forward' && action.targets.some((one) => 'targetGroup' in one && one.targetGroup === id),
    );

/** AWS: quotas of one Application Load Balancer as they are unless raised. */
const QUOTAS = { rules: 100, targetGroups: 100, listeners: 50 } as const;

function checkQuotas({ listeners, targetGroups }: { listeners: Listener[]; targetGroups: TargetGroup[] }): Problem[] {
  const counts = {
    rules: listeners.reduce((total, { rules }) => total + rules.length, 0),
    targetGroups: targetGroups.length,
    listeners: listeners.length,
  };
  return (Object.keys(QUOTAS) as (keyof typeof QUOTAS)[])
    .filter((what) => counts[what] > QUOTAS[what])
    .map((what) =>
      warning({
        reason: 'QuotaExceeded',
        field: what,
        message: `an Application Load Balancer has at most ${QUOTAS[what]} ${what} unless AWS raised the quota; this one needs ${counts[what]}`,
      }),
    );
}

function judge(
  { member, current, serving, refusals }: Standing,
  { merged, top, problems: whole }: Group,
): MemberVerdict {
  const own = [...current.problems, ...refusals, ...(serving ? unheard(serving, merged) : [])];
  const problems = distinct(own);
  const against = [...problems, ...whole].filter(({ severity }) => severity === 'refused');
  const served = top && serving?.input;
  const input = served ?? member.lastGood;
  return {
    namespace: member.ingress.namespace,
    name: member.ingress.name,
    accepted: served !== undefined && serving === current,
    reason: against[0]?.reason ?? 'Accepted',
    message: against.map(({ field, message }) => `${field}: ${message}`).join('; '),
    problems,
    servedFromLastGood: served !== undefined && serving !== current,
    ...(input && { input }),
  };
}

/** A member whose rules a redirect of the group leaves without a listener. */
function unheard({ settings, owner }: MemberPlan, merged: MergedSettings): Problem[] {
  if (!settings.listenPorts.every(({ protocol }) => redirectsToHttps(merged, protocol))) return [];
  const message = `the group redirects HTTP to port ${merged.sslRedirect}, on which this Ingress does not listen: none of its rules is served`;
  return [
    warning({
      reason: 'NotServed',
      field: `Ingress ${owner} metadata.annotations[alb.ingress.kubernetes.io/listen-ports]`,
      message,
    }),
  ];
}
