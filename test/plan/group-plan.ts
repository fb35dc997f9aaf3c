import { keyOfTarget, type Target } from '../../src/model/target.ts';
import type { Fate, JudgedTarget, TargetHealth } from '../../src/plan/fates.ts';
import { planTargets, type TargetPlan, type TargetPolicy, type TargetStep } from '../../src/plan/targets.ts';

export const target = (n: number): Target => ({ id: `10.0.0.${n}`, port: 80, uid: `pod-${n}` });
export const seen = (n: number, health: TargetHealth = 'healthy', fate?: Fate): JudgedTarget => ({
  ...target(n),
  health,
  ...(fate ? { fate } : {}),
});
const policy: TargetPolicy = { quota: 1000, peak: 0, mayDeregister: true };
export const plan = (wanted: Target[], observed: JudgedTarget[], more: Partial<TargetPolicy> = {}): TargetPlan =>
  planTargets(wanted, observed, { ...policy, ...more });
/** What waits for nothing, then what is done in order. */
export const all = ({ steps, departures }: TargetPlan): TargetStep[] => [...departures, ...steps];
export const told = (planned: TargetPlan): string[] =>
  all(planned).map((step) => `${step.do} ${step.targets.map(({ id }) => id.split('.')[3]).join(' ')}`);

/** The group after the steps, as AWS would have it with nothing seen yet of what was registered. */
export function after(observed: JudgedTarget[], planned: TargetPlan): JudgedTarget[] {
  const group = new Map(observed.map((one) => [keyOfTarget(one), one]));
  for (const step of all(planned))
    for (const one of step.targets)
      if (step.do === 'deregister') group.delete(keyOfTarget(one));
      else group.set(keyOfTarget(one), { ...one, health: 'initial' });
  return [...group.values()];
}
