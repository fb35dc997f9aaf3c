import type { Condition } from '../cluster/objects.ts';
import { setCondition } from '../kube/write.ts';
import { PROGRESS_TYPES, type Told } from '../model/progress.ts';

/** Kubernetes, metav1.Condition, takes 32768 characters; nobody reads so many, and a ledger has several conditions in its 1.5 MiB. */
const LONGEST = 8_192;

/** The text as a condition may have it: cut where it is longer. */
export const fitMessage = (message: string, longest = LONGEST): string =>
  message.length <= longest ? message : `${message.slice(0, longest - 1).toWellFormed()}…`;

/**
 * The conditions with these in their places. `Reconciling` and `Stalled` stand only where they are told: tools take an absent one
 * for False. `now`: RFC 3339.
 */
export function tellConditions(
  before: readonly Condition[],
  told: readonly Told[],
  at: { generation: number; now: string },
): Condition[] {
  const all = told.reduce<Condition[]>(
    (conditions, one) =>
      setCondition(conditions, { ...one, message: fitMessage(one.message), observedGeneration: at.generation }, at.now),
    [...before],
  );
  return all.filter(({ type }) => !PROGRESS_TYPES.has(type) || told.some((one) => one.type === type));
}
