import type { Rule } from '../model/stack.ts';
import { textOfActions, textOfConditions } from './equality.ts';
import type { ObservedRule } from './observed.ts';
import type { PlannedAction } from './step.ts';

export type WantedRule = Omit<Rule, 'actions'> & { actions: PlannedAction[] };
export type RulePair = { wanted: WantedRule; observed: ObservedRule };
export type RulePairs = { pairs: RulePair[]; missing: WantedRule[]; surplus: ObservedRule[] };

type Either = WantedRule | ObservedRule;
const CONDITIONS = (rule: Either): string => textOfConditions(rule.conditions);
const CONTENT = (rule: Either): string => `${CONDITIONS(rule)} ${textOfActions(rule.actions)}`;
const EXACTLY = (rule: Either): string => `${rule.priority} ${CONTENT(rule)}`;
const PRIORITY = (rule: Either): string => String(rule.priority);

/**
 * Which observed rule becomes which wanted one, with the fewest calls: equal ones first, then those that only move, then
 * those whose actions change. A rule with other conditions is rewritten in its place only where no rule moves: it would
 * otherwise be ahead of a kept rule for a moment that it was behind.
 */
export function pairRules(wanted: WantedRule[], observed: ObservedRule[]): RulePairs {
  const alike = [EXACTLY, CONTENT, CONDITIONS].reduce(pairBy, { pairs: [], missing: wanted, surplus: observed });
  return alike.pairs.some(moves) ? alike : pairBy(alike, PRIORITY);
}

export const moves = ({ wanted, observed }: RulePair): boolean => wanted.priority !== observed.priority;

function pairBy({ pairs, missing, surplus }: RulePairs, keyOf: (rule: Either) => string): RulePairs {
  const free = Map.groupBy(surplus, keyOf);
  const found: RulePair[] = [];
  const left = missing.filter((wanted) => {
    const observed = free.get(keyOf(wanted))?.shift();
    if (observed) found.push({ wanted, observed });
    return observed === undefined;
  });
  const used = new Set(found.map((pair) => pair.observed));
  return { pairs: [...pairs, ...found], missing: left, surplus: surplus.filter((rule) => !used.has(rule)) };
}
