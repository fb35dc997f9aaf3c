import type { RuleCondition } from '../model/stack.ts';
import type { ObservedCondition } from './observed.ts';

export type Conditions = readonly (RuleCondition | ObservedCondition)[];

/** Whether one request could meet both sets of conditions. False only where that is certain: different hosts, paths or methods. */
export function mayOverlap(left: Conditions, right: Conditions): boolean {
  return FIELDS.every((field) => {
    const a = valuesOf(left, field);
    const b = valuesOf(right, field);
    return a === undefined || b === undefined || a.some((one) => b.some((other) => patternsMeet(one, other)));
  });
}

const FIELDS = ['host-header', 'path-pattern', 'http-request-method'] as const;

/** The values of a field as patterns; undefined when anything may match. */
function valuesOf(conditions: Conditions, field: (typeof FIELDS)[number]): string[] | undefined {
  const condition = conditions.find((candidate) => candidate.field === field);
  if (condition === undefined || condition.field !== field || 'regexValues' in condition) return undefined;
  return field === 'host-header' ? condition.values.map((value) => value.toLowerCase()) : condition.values;
}

/** Compared up to the first wildcard: what follows it may be anything. */
function patternsMeet(left: string, right: string): boolean {
  const a = literalStart(left);
  const b = literalStart(right);
  if (a === left && b === right) return left === right;
  return a === left ? a.startsWith(b) : b === right ? b.startsWith(a) : a.startsWith(b) || b.startsWith(a);
}

const literalStart = (pattern: string): string => pattern.slice(0, pattern.search(/[*?]|$/));
