import type { RuleCondition } from '../model/stack.ts';
import { isDestructive, type Step } from './step.ts';

/** A plan as people read it: one line a step, in the order of the plan, with its reason and what it does to traffic. */
export function printPlan(steps: readonly Step[]): string {
  if (steps.length === 0) return 'Nothing to do: AWS has what is wanted.\n';
  return `${steps.map(printStep).join('\n')}\n`;
}

function printStep(step: Step): string {
  const impact = step.impact === 'none' ? '' : ` [${step.impact}]`;
  const hold = step.hold ? `\n    not now: ${step.hold}` : '';
  return `${signOf(step)} ${step.resource}: ${step.because}${impact}${hold}`;
}

function signOf({ operation }: Step): string {
  if (isDestructive(operation)) return '-';
  return operation.do.startsWith('create') || operation.do === 'ensureBackendSecurityGroup' ? '+' : '~';
}

/** What a rule matches, as people read it: `shop.example.com /cart`, then whatever else it asks for. */
export function describeConditions(conditions: readonly RuleCondition[]): string {
  const hosts = conditions.filter(({ field }) => field === 'host-header').map(describeValues);
  const paths = conditions.filter(({ field }) => field === 'path-pattern').map(describeValues);
  const others = conditions.filter(({ field }) => field !== 'host-header' && field !== 'path-pattern');
  const named = others.map((condition) => `${condition.field} ${describeValues(condition)}`);
  return [...hosts, ...paths, ...named].join(' ') || 'every request';
}

function describeValues(condition: RuleCondition): string {
  if ('regexValues' in condition) return condition.regexValues.map((value) => `~${value}`).join('|');
  if (condition.field === 'query-string')
    return condition.values.map(({ key, value }) => (key ? `${key}=${value}` : value)).join('|');
  return `${condition.field === 'http-header' ? `${condition.name}: ` : ''}${condition.values.join('|')}`;
}
