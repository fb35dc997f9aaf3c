import type { Action, Stack } from '../model/stack.ts';
import { chooseResources, targetGroupRefs } from './draft.ts';
import { resolveActions } from './equality.ts';
import type { ObservedStack } from './observed.ts';
import type { Ref } from './step.ts';
import { type Warmth, warmActions } from './succession.ts';

/** How one rule divides its requests; `priority` 0 stands for the default action of the listener. */
export type Division<Group> = { port: number; priority: number; targets: { group: Group; weight: number }[] };

/** The rules that forward to several target groups once the plan is carried out, those of a succession included. */
export function divisionsOf(wanted: Stack, observed: ObservedStack, warmth?: Warmth): Division<Ref>[] {
  const draft = chooseResources(wanted, observed, warmth);
  const groups = targetGroupRefs(draft);
  const targetsOf = (actions: Action[]) =>
    resolveActions(warmActions(actions, draft), groups).flatMap((one) => (one.type === 'forward' ? one.targets : []));
  return wanted.listeners
    .flatMap(({ port, defaultActions, rules }) => [
      { port, priority: 0, targets: targetsOf(defaultActions) },
      ...rules.map(({ priority, actions }) => ({ port, priority, targets: targetsOf(actions) })),
    ])
    .filter(({ targets }) => targets.length > 1);
}
