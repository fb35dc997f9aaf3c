import { textOfActions, textOfConditions } from './equality.ts';
import type { ObservedRule } from './observed.ts';
import { mayOverlap } from './overlap.ts';
import { moves, pairRules, type RulePair, type RulePairs, type WantedRule } from './rule-pairs.ts';
import { groupsOf, type Operation, type Ref, type Step, stepsOf } from './step.ts';

/** AWS: CreateRule, Priority. */
const HIGHEST_PRIORITY = 50_000;

/** `fresh`: nobody knows the load balancer's address yet. */
export type RuleWork = { listener: Ref; port: number; wanted: WantedRule[]; observed: ObservedRule[]; fresh: boolean };

/**
 * The rules of one listener. In no moment between two calls is a request answered by a backend that neither the old nor the
 * new rules give it: rules that shift are moved by one call, new ones stand behind all others until that call, and what goes
 * is deleted last.
 */
export function planRules(work: RuleWork): Step[] {
  const pairs = pairRules(work.wanted, work.observed);
  const shifts = pairs.pairs.some(moves);
  const created = planCreates(work, pairs.missing, shifts ? freePriorities(work, pairs.missing.length) : undefined);
  const modified = pairs.pairs.flatMap((pair) => planModify(work, pair));
  const early = modified.filter(({ later }) => !later).map(({ step }) => step);
  const moved = shifts ? planMoves(work, pairs, [...created, ...early]) : [];
  const late = modified.filter(({ later }) => later).map(({ step }) => after(step, moved));
  const steps = [...created, ...early, ...moved, ...late];
  return [...steps, ...pairs.surplus.map((rule) => planDelete(work, rule, steps))];
}

const resourceOf = ({ port }: RuleWork, { priority }: { priority: number }): string => `rule/${port}/${priority}`;
const after = (step: Step, before: Step[]): Step => ({
  ...step,
  needs: [...step.needs, ...before.map(({ id }) => id)],
});

/** Priorities that no rule has or is to have: behind all others where there is room. */
function freePriorities({ wanted, observed }: RuleWork, count: number): number[] {
  const taken = new Set([...wanted, ...observed].map(({ priority }) => priority));
  const last = Math.max(0, ...taken);
  if (last + count <= HIGHEST_PRIORITY) return Array.from({ length: count }, (_, index) => last + 1 + index);
  const free: number[] = [];
  for (let priority = HIGHEST_PRIORITY; free.length < count && priority > 0; priority--)
    if (!taken.has(priority)) free.unshift(priority);
  return free;
}

/** A new rule waits for the new ones ahead of it that could match the same request. */
function planCreates(work: RuleWork, missing: WantedRule[], priorities: number[] | undefined): Step[] {
  const ordered = missing.toSorted((a, b) => a.priority - b.priority);
  return ordered.map((rule, index) => {
    const ahead = work.fresh
      ? []
      : ordered.slice(0, index).filter((other) => mayOverlap(other.conditions, rule.conditions));
    return planCreate(work, { rule, priority: priorities?.[index] ?? rule.priority, ahead });
  });
}

const createId = (work: RuleWork, rule: WantedRule): string => `create ${resourceOf(work, rule)}`;

function planCreate(
  work: RuleWork,
  { rule, priority, ahead }: { rule: WantedRule; priority: number; ahead: WantedRule[] },
): Step {
  const { conditions, actions, tags, owner } = rule;
  const { listener } = work;
  return {
    id: createId(work, rule),
    resource: resourceOf(work, rule),
    because: `Ingress ${owner} asks for it`,
    impact: 'none',
    needs: [...stepsOf([listener, ...groupsOf(actions)]), ...ahead.map((other) => createId(work, other))],
    operation: { do: 'createRule', listener, priority, conditions, actions, tags },
  };
}

/** `later`: after the moves. A rule that moves back may change only there, one that moves ahead only where it was. */
function planModify(work: RuleWork, pair: RulePair): { step: Step; later: boolean }[] {
  const { wanted, observed } = pair;
  const conditions =
    textOfConditions(wanted.conditions) === textOfConditions(observed.conditions)
      ? {}
      : { conditions: wanted.conditions };
  const actions = textOfActions(wanted.actions) === textOfActions(observed.actions) ? {} : { actions: wanted.actions };
  const parts = [...Object.keys(conditions), ...Object.keys(actions)];
  if (parts.length === 0) return [];
  const operation: Operation = { do: 'modifyRule', rule: { arn: observed.arn }, ...conditions, ...actions };
  const resource = resourceOf(work, wanted);
  const because = `Ingress ${wanted.owner} asks for other ${parts.join(' and ')}`;
  const needs = stepsOf(groupsOf(wanted.actions));
  const step: Step = { id: `modify ${resource}`, resource, because, impact: 'in place', needs, operation };
  return [{ step, later: wanted.priority > observed.priority }];
}

function planMoves(work: RuleWork, { pairs, missing, surplus }: RulePairs, before: Step[]): Step[] {
  const kept = pairs
    .filter(moves)
    .map(({ wanted, observed }) => ({ rule: { arn: observed.arn }, priority: wanted.priority }));
  const created = missing.map((rule) => ({ rule: { step: createId(work, rule) }, priority: rule.priority }));
  const slots = freePriorities(work, missing.length + surplus.length).slice(missing.length);
  const leaving = surplus
    .toSorted((a, b) => a.priority - b.priority)
    .map(({ arn }, index) => ({ rule: { arn }, priority: slots[index] ?? HIGHEST_PRIORITY }));
  return [
    {
      id: `set-priorities listener/${work.port}`,
      resource: `listener/${work.port}`,
      because: `the order of ${kept.length + created.length} of its rules changes`,
      impact: 'in place',
      needs: before.map(({ id }) => id),
      operation: { do: 'setRulePriorities', priorities: [...kept, ...created, ...leaving] },
    },
  ];
}

function planDelete(work: RuleWork, rule: ObservedRule, before: Step[]): Step {
  const resource = resourceOf(work, rule);
  return {
    id: `delete ${resource} ${rule.arn}`,
    resource,
    because: 'no Ingress of the stack asks for it any more',
    impact: 'deletes',
    needs: before.map(({ id }) => id),
    operation: { do: 'deleteRule', arn: rule.arn },
  };
}
