import type { Condition } from '../cluster/objects.ts';
import { progressOf } from './condition-reasons.ts';

/** A condition without the times and the generation. */
export type Told = Pick<Condition, 'type' | 'status' | 'reason' | 'message'>;
export type Said = Omit<Told, 'type'>;

/** kstatus: an object is on its way where the first is True, and has failed where the second is; absent reads as False. */
export const PROGRESS_TYPES: ReadonlySet<string> = new Set(['Reconciling', 'Stalled']);

type Why = Pick<Told, 'reason' | 'message'>;

export const reconciling = ({ reason, message }: Why): Told => ({
  type: 'Reconciling',
  status: 'True',
  reason,
  message,
});
export const stalled = ({ reason, message }: Why): Told => ({ type: 'Stalled', status: 'True', reason, message });

/** The one condition, of the two that tools look at beside `Ready`, that these conditions make: the first that is stuck, else the first on its way. */
export function progressFrom(told: readonly Said[]): Told | undefined {
  const stuck = told.find(({ reason }) => progressOf(reason) === 'Stalled');
  if (stuck !== undefined) return stalled(stuck);
  const moving = told.find(({ reason }) => progressOf(reason) === 'Reconciling');
  return moving && reconciling(moving);
}
