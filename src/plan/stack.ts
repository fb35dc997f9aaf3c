import type { Stack } from '../model/stack.ts';
import { planDeletions, planRemoval } from './deletions.ts';
import { chooseResources } from './draft.ts';
import { planListeners } from './listeners.ts';
import { planLoadBalancer } from './load-balancer.ts';
import type { ObservedStack } from './observed.ts';
import { planSecurityGroups } from './security-groups.ts';
import { isDestructive, type Step } from './step.ts';
import type { Warmth } from './succession.ts';
import { planTags } from './tags.ts';
import { planTargetGroups } from './target-groups.ts';

/**
 * The steps that make the observed stack the wanted one, in an order in which they could run one by one: parents first,
 * deletions last and children first. Empty when nothing differs; everything of the stack goes when nothing is wanted. With
 * `warmth`, a target group that replaces another takes its requests over only when it has a healthy target.
 */
export function planStack(wanted: Stack | undefined, observed: ObservedStack, warmth?: Warmth): Step[] {
  if (wanted === undefined) return planRemoval(observed);
  const draft = chooseResources(wanted, observed, warmth);
  const steps = [
    ...planSecurityGroups(draft),
    ...planTargetGroups(draft),
    ...planLoadBalancer(draft),
    ...planListeners(draft),
    ...planTags(draft),
  ];
  const made = steps.filter((step) => !isDestructive(step.operation));
  const surplusRules = steps.filter((step) => isDestructive(step.operation));
  return [...made, ...surplusRules, ...planDeletions(draft, [...made, ...surplusRules])];
}
