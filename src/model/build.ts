import type { StackFacts } from './facts.ts';
import { compareMembers } from './group.ts';
import type { MemberInput, StackInput } from './input.ts';
import { buildListeners, redirectsToHttps } from './listeners.ts';
import { buildLoadBalancer } from './load-balancer.ts';
import type { MemberPlan } from './member.ts';
import { type MergedSettings, mergeSettings } from './merged-settings.ts';
import { distinct, warning } from './problem.ts';
import type { Listener, Problem, Stack, TargetGroup } from './stack.ts';
import { type Standing, settle, standingOf } from './standing.ts';
import { buildTargetGroups } from './target-groups.ts';

export { hashInput, type Member, type MemberInput, type ModelSettings, type StackInput } from './input.ts';

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
  /** What is served: to be kept as the last good input. Absent when nothing of the member is served. */
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
 * The stack of an Ingress group as it should be. Each member is read on its own; one that is wrong is served from its last good input. The result does
 * not depend on the order of the members.
 */
export function buildStack(input: StackInput, facts: StackFacts): StackBuild {
  const active = input.members.filter(({ ingress }) => !ingress.deleting).toSorted(compareMembers);
  const standings = settle(active.map((member) => standingOf(member, input)));
  const plans = standings.flatMap(({ serving }) => (serving ? [serving] : []));
  plans.sort((a, b) => compareMembers(a.input, b.input));
  const merged = mergeSettings(plans);
  const members = standings.map((standing) => judge(standing, merged));
  return plans.length === 0 ? { members, problems: [] } : { ...assemble({ plans, merged, input, facts }), members };
}

type Parts = { plans: MemberPlan[]; merged: MergedSettings; input: StackInput; facts: StackFacts };

function assemble({ plans, merged, input, facts }: Parts): { stack?: Stack; problems: Problem[] } {
  const top = buildLoadBalancer({ input, merged, facts });
  if ('problems' in top) return { problems: top.problems };
  const groups = buildTargetGroups(plans, input, facts.vpcId);
  const listeners = buildListeners({ plans, merged, groups, input });
  const targetGroups = groups.list.filter(({ id }) => isUsed(id, listeners));
  const stack: Stack = { key: input.key, vpcId: facts.vpcId, ...top, listeners, targetGroups };
  return { stack, problems: checkQuotas(stack) };
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

function judge({ member, current, serving, refusals }: Standing, merged: MergedSettings): MemberVerdict {
  const problems = distinct([...current.problems, ...refusals, ...(serving ? unheard(serving, merged) : [])]);
  const against = problems.filter(({ severity }) => severity === 'refused');
  const { namespace, name } = member.ingress;
  return {
    namespace,
    name,
    accepted: serving === current,
    reason: against[0]?.reason ?? 'Accepted',
    message: against.map(({ field, message }) => `${field}: ${message}`).join('; '),
    problems,
    servedFromLastGood: serving !== undefined && serving !== current,
    ...(serving && { input: serving.input }),
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
