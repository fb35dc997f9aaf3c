import type { LabelSelector, Labels } from './objects.ts';

type Expression = NonNullable<LabelSelector['matchExpressions']>[number];

const OPERATORS: Record<string, (value: string | undefined, values: string[]) => boolean> = {
  In: (value, values) => value !== undefined && values.includes(value),
  NotIn: (value, values) => value === undefined || !values.includes(value),
  Exists: (value) => value !== undefined,
  DoesNotExist: (value) => value === undefined,
};

export const matchesLabels = (wanted: Labels, labels: Labels = {}): boolean =>
  Object.entries(wanted).every(([key, value]) => labels[key] === value);

/** Whether labels satisfy a selector; an empty one selects everything. */
export function matchesSelector(selector: LabelSelector, labels: Labels = {}): boolean {
  const satisfies = ({ key, operator, values = [] }: Expression) => OPERATORS[operator]?.(labels[key], values) ?? false;
  return matchesLabels(selector.matchLabels ?? {}, labels) && (selector.matchExpressions ?? []).every(satisfies);
}
