import type { RuleCondition } from '../../src/model/stack.ts';
import { groupsOf, type PlannedAction, type Ref, type Step } from '../../src/plan/step.ts';

type LiveRule = { arn: string; priority: number; conditions: readonly RuleCondition[]; backend: string };
export type LiveListener = { rules: LiveRule[]; backend: string };

const nameOf = (ref: Ref | undefined): string =>
  ref === undefined ? 'none' : 'arn' in ref ? ref.arn : `step:${ref.step}`;
const backendOf = (actions: readonly PlannedAction[]): string => nameOf(groupsOf(actions)[0]);

/** What one step does to the rules of a listener, with the checks of AWS on priorities. */
export function applyRuleStep(listener: LiveListener, { id, operation }: Step): LiveListener {
  const { rules } = listener;
  // oxlint-disable-next-line typescript/switch-exhaustiveness-check -- the other operations are not about rules
  switch (operation.do) {
    case 'createRule': {
      const { priority, conditions, actions } = operation;
      return {
        ...listener,
        rules: checked([...rules, { arn: `step:${id}`, priority, conditions, backend: backendOf(actions) }]),
      };
    }
    case 'modifyRule': {
      const change = (rule: LiveRule): LiveRule => ({
        ...rule,
        conditions: operation.conditions ?? rule.conditions,
        backend: operation.actions ? backendOf(operation.actions) : rule.backend,
      });
      return { ...listener, rules: rules.map((rule) => (rule.arn === nameOf(operation.rule) ? change(rule) : rule)) };
    }
    case 'setRulePriorities': {
      const priorities = new Map(operation.priorities.map(({ rule, priority }) => [nameOf(rule), priority]));
      const missing = [...priorities.keys()].find((arn) => !rules.some((rule) => rule.arn === arn));
      if (missing) throw new Error(`${id}: RuleNotFound ${missing}`);
      return {
        ...listener,
        rules: checked(rules.map((rule) => ({ ...rule, priority: priorities.get(rule.arn) ?? rule.priority }))),
      };
    }
    case 'deleteRule':
      return { ...listener, rules: rules.filter(({ arn }) => arn !== operation.arn) };
    case 'modifyListener':
      return { ...listener, backend: backendOf(operation.settings.defaultActions) };
    default:
      throw new Error(`${id}: not a step of rules`);
  }
}

function checked(rules: LiveRule[]): LiveRule[] {
  const priorities = rules.map(({ priority }) => priority);
  if (new Set(priorities).size < priorities.length) throw new Error(`PriorityInUse: ${priorities.join(' ')}`);
  if (priorities.some((priority) => priority < 1 || priority > 50_000))
    throw new Error(`priority out of range: ${priorities.join(' ')}`);
  return rules;
}

export type Request = { host: string; path: string };

/** Who answers a request. */
export function route({ rules, backend }: LiveListener, request: Request): string {
  const ordered = rules.toSorted((a, b) => a.priority - b.priority);
  return (
    ordered.find(({ conditions }) => conditions.every((condition) => matches(condition, request)))?.backend ?? backend
  );
}

function matches(condition: RuleCondition, { host, path }: Request): boolean {
  if (!('values' in condition) || condition.field === 'query-string') return false;
  const subject = condition.field === 'host-header' ? host : path;
  return condition.values.some((pattern) => patternOf(pattern).test(subject));
}

function patternOf(pattern: string): RegExp {
  const escaped = pattern.replace(/[.+^${}()|[\]\\/]/g, '\\$&');
  return new RegExp(`^${escaped.replaceAll('*', '.*').replaceAll('?', '.')}$`);
}
