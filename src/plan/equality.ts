import type { Action, RuleCondition } from '../model/stack.ts';
import type { ObservedAction, ObservedCondition } from './observed.ts';
import type { ActionOn, PlannedAction, Ref } from './step.ts';

/**
 * One text per meaning, so that equal settings have equal text however AWS echoes them: targets in any order, the weight
 * of a single target, the case of a host and the order of values do not count.
 */
export function textOfActions(actions: readonly (PlannedAction | ObservedAction)[]): string {
  return JSON.stringify(actions.map(actionParts));
}

/** Conditions are a set: all of them must match. */
export function textOfConditions(conditions: readonly (RuleCondition | ObservedCondition)[]): string {
  return JSON.stringify(conditions.map((condition) => JSON.stringify(conditionParts(condition))).sort());
}

/** Whether both hold the same, in whatever order and however often. */
export function sameSet(left: readonly string[], right: readonly string[]): boolean {
  return JSON.stringify([...new Set(left)].sort()) === JSON.stringify([...new Set(right)].sort());
}

/** The entries of `wanted` that `observed` lacks or has otherwise. What only `observed` has is not ours. */
export function missingEntries(
  wanted: Record<string, string>,
  observed: Record<string, string>,
): Record<string, string> {
  return Object.fromEntries(Object.entries(wanted).filter(([key, value]) => observed[key] !== value));
}

/** The actions with each target group that the model names by id replaced by what it is in AWS. */
export function resolveActions(actions: readonly Action[], groups: ReadonlyMap<string, Ref>): PlannedAction[] {
  return actions.map((action) => {
    if (action.type !== 'forward') return action;
    const { targets, ...rest } = action;
    return { ...rest, targets: targets.map((target) => ({ group: groupOf(target, groups), weight: target.weight })) };
  });
}

function groupOf(target: { targetGroup: string } | { arn: string }, groups: ReadonlyMap<string, Ref>): Ref {
  if ('arn' in target) return { arn: target.arn };
  const group = groups.get(target.targetGroup);
  if (group === undefined)
    throw new Error(`an action forwards to the target group ${target.targetGroup}, which is not in its stack`);
  return group;
}

function actionParts(action: PlannedAction | ObservedAction): unknown {
  switch (action.type) {
    case 'forward':
      return ['forward', forwardParts(action), action.stickinessSeconds ?? 0];
    case 'redirect':
      return ['redirect', action.protocol, action.host, action.port, action.path, action.query, action.statusCode];
    case 'fixed-response':
      return ['fixed-response', action.statusCode, action.contentType ?? 'text/plain', action.messageBody ?? ''];
    case 'unknown':
      return ['unknown', action.text];
  }
}

function forwardParts({ targets }: Extract<ActionOn<Ref | string>, { type: 'forward' }>): string[] {
  const alone = targets.length === 1;
  return targets.map(({ group, weight }) => `${nameOf(group)} ${alone ? 1 : weight}`).sort();
}

function nameOf(group: Ref | string): string {
  if (typeof group === 'string') return group;
  return 'arn' in group ? group.arn : `step:${group.step}`;
}

function conditionParts(condition: RuleCondition | ObservedCondition): unknown {
  switch (condition.field) {
    case 'unknown':
      return ['unknown', condition.text];
    case 'http-header':
      return [condition.field, condition.name.toLowerCase(), [...condition.values].sort()];
    case 'query-string':
      return [condition.field, condition.values.map(({ key, value }) => JSON.stringify([key ?? '', value])).sort()];
    case 'host-header':
    case 'path-pattern':
    case 'http-request-method':
    case 'source-ip':
      return [condition.field, ...valuesParts(condition)];
  }
}

type Valued = Extract<RuleCondition, { field: 'host-header' | 'path-pattern' | 'http-request-method' | 'source-ip' }>;

function valuesParts(condition: Valued): unknown[] {
  const regex = 'regexValues' in condition;
  const values: string[] = regex ? condition.regexValues : condition.values;
  const fold = condition.field === 'host-header' && !regex;
  return [regex, values.map((value) => (fold ? value.toLowerCase() : value)).sort()];
}
