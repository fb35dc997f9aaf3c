import { textOfActions, textOfConditions } from './equality.ts';
import type { ObservedRule } from './observed.ts';
import { mayOverlap } from './overlap.ts';
import { describeConditions } from './print.ts';
import { moves, pairRules, type RulePair, type RulePairs, type WantedRule } from './rule-pairs.ts';
import { groupsOf, type Operation, type Ref, type Step, stepsOf } from './step.ts';

/** AWS: CreateRule, Priority. */
const HIGHEST_PRIORITY = 50_000;

/** `fresh`: nobody knows the load balancer's address yet. `defaultStep` changes the default action, where it changes. */
export type RuleWork = {
  listener: Ref;
  port: number;
  wanted: WantedRule[];
  observed: ObservedRule[];
  fresh: boolean;
  defaultStep?: Step;
};

/**
 * The rules of one listener. In no moment between two calls is a request answered by a backend that neither the old nor the
 * new rules give it: where rules shift, new ones stand behind all others until one call moves everything; then the default
 * action changes; what goes is deleted last, from behind.
 */
export function planRules(work: RuleWork): Step[] {
  const pairs = pairRules(work.wanted, work.observed, work.defaultStep !== undefined);
  const shifts = pairs.pairs.some(moves) || isAnyTaken(pairs);
  const created = planCreates(work, pairs.missing, shifts ? freePriorities(work, pairs.missing.length) : undefined);
  const modified = pairs.pairs.flatMap((pair) => planModify(work, pair));
  const moved = shifts ? planMoves(work, pairs, created) : [];
  const made = [...created, ...modified, ...moved];
  const steps = [...made, ...(work.defaultStep ? [after(work.defaultStep, made)] : [])];
  return [...steps, ...planDeletes(work, pairs.surplus, steps)];
}

/** Whether a new rule is to have the priority of one that goes. */
function isAnyTaken({ missing, surplus }: RulePairs): boolean {
  return missing.some((wanted) => surplus.some((rule) => rule.priority === wanted.priority));
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
    because: `Ingress ${owner} asks for ${describeConditions(conditions)}`,
    impact: 'none',
    needs: [...stepsOf([listener, ...groupsOf(actions)]), ...ahead.map((other) => createId(work, other))],
    operation: { do: 'createRule', listener, priority, conditions, actions, tags },
  };
}

function planModify(work: RuleWork, { wanted, observed }: RulePair): Step[] {
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
  return [{ id: `modify ${resource}`, resource, because, impact: 'in place', needs, operation }];
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

/** Of two that could match the same request, the one behind goes first: the request stays with the one it had. */
function planDeletes(work: RuleWork, surplus: ObservedRule[], before: Step[]): Step[] {
  const ordered = surplus.toSorted((a, b) => b.priority - a.priority);
  return ordered.map((rule, index) => {
    const behind = ordered.slice(0, index).filter((other) => mayOverlap(other.conditions, rule.conditions));
    return planDelete(work, rule, [...before.map(({ id }) => id), ...behind.map((other) => deleteId(work, other))]);
  });
}

const deleteId = (work: RuleWork, rule: ObservedRule): string => `delete ${resourceOf(work, rule)} ${rule.arn}`;

function planDelete(work: RuleWork, rule: ObservedRule, needs: string[]): Step {
  return {
    id: deleteId(work, rule),
    resource: resourceOf(work, rule),
    because: 'no Ingress of the stack asks for it any more',
    impact: 'deletes',
    needs,
    operation: { do: 'deleteRule', arn: rule.arn },
  };
}
