import type { Rule } from '../model/stack.ts';
import { textOfActions, textOfConditions } from './equality.ts';
import type { ObservedRule } from './observed.ts';
import { type Conditions, mayOverlap } from './overlap.ts';
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
 * those with the same conditions, then those in the same place. A rule is rewritten only where no request can tell in which
 * order it and the other changes happen; else the new one is made before the old one goes.
 */
export function pairRules(wanted: WantedRule[], observed: ObservedRule[], defaultChanges: boolean): RulePairs {
  const unpaired: RulePairs = { pairs: [], missing: wanted, surplus: observed };
  const all = [EXACTLY, CONTENT, CONDITIONS, PRIORITY].reduce(pairBy, unpaired);
  const involved = involvedIn(all);
  const apart = all.pairs.filter((pair) => isRewritten(pair) && !isAlone(pair, involved, defaultChanges));
  return {
    pairs: all.pairs.filter((pair) => !apart.includes(pair)),
    missing: [...all.missing, ...apart.map((pair) => pair.wanted)],
    surplus: [...all.surplus, ...apart.map((pair) => pair.observed)],
  };
}

/** Whether the rule is to get another priority. */
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

const isRewritten = ({ wanted, observed }: RulePair): boolean => CONTENT(wanted) !== CONTENT(observed);

/** Only its actions change: which rule a request meets stays the same. */
const isQuiet = (pair: RulePair): boolean => !moves(pair) && CONDITIONS(pair.wanted) === CONDITIONS(pair.observed);

type Involved = { by: RulePair | Either; quiet: boolean; conditions: Conditions };

/** The conditions of every rule that is created, deleted, moved or rewritten; a rewritten one has two. */
function involvedIn({ pairs, missing, surplus }: RulePairs): Involved[] {
  const single = [...missing, ...surplus].map((by): Involved => ({ by, quiet: false, conditions: by.conditions }));
  const changed = pairs.filter((pair) => moves(pair) || isRewritten(pair));
  const each = (pair: RulePair) =>
    conditionsOf(pair).map((conditions) => ({ by: pair, quiet: isQuiet(pair), conditions }));
  return [...single, ...changed.flatMap(each)];
}

const conditionsOf = ({ wanted, observed }: RulePair): Conditions[] => [wanted.conditions, observed.conditions];

function isAlone(pair: RulePair, involved: Involved[], defaultChanges: boolean): boolean {
  const quiet = isQuiet(pair);
  if (defaultChanges && CONDITIONS(pair.wanted) !== CONDITIONS(pair.observed)) return false;
  const others = involved.filter((other) => other.by !== pair && !(quiet && other.quiet));
  return !conditionsOf(pair).some((own) => others.some(({ conditions }) => mayOverlap(own, conditions)));
}
