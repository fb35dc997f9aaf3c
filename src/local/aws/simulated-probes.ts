import type { Timer } from '../../runtime/clock.ts';
import type { LocalAws } from './aws.ts';
import { targetKey } from './state.ts';
import type { ProbeResult, TargetGroup, TargetKey } from './state.ts';

/** What a target answers to a health check. */
export type ProbeAnswer = (group: TargetGroup, key: TargetKey) => ProbeResult;

/**
 * Stands in for the data plane where there are no sockets, as in virtual time: every target that is to be checked is
 * checked at once and then at the interval of its group, and `answer` says what comes of it. Returns the call that ends it.
 */
export function simulateProbes(aws: LocalAws, answer: ProbeAnswer): () => void {
  const timers = new Map<string, Timer>();
  const keyOf = (group: TargetGroup, key: TargetKey) => `${group.arn} ${targetKey(key)}`;

  const schedule = (group: TargetGroup, key: TargetKey, afterMs: number) => {
    timers.set(
      keyOf(group, key),
      aws.clock.after(afterMs, () => check(group, key)),
    );
  };
  const check = (group: TargetGroup, key: TargetKey) => {
    timers.delete(keyOf(group, key));
    if (!isChecked(aws, group, key)) return;
    aws.reportProbe(group.arn, key, answer(group, key));
    // Reporting may have scheduled the next check of this target already, as a change of its group.
    timers.get(keyOf(group, key))?.cancel();
    schedule(group, key, group.healthCheck.intervalSeconds * 1000);
  };
  const follow = (group: TargetGroup) => {
    for (const key of aws.probedTargets(group)) if (!timers.has(keyOf(group, key))) schedule(group, key, 0);
  };

  const unsubscribe = aws.onChange(({ kind, id }) => {
    const group = kind === 'targets' ? aws.state.targetGroups.get(id) : undefined;
    if (group) follow(group);
  });
  for (const group of aws.state.targetGroups.values()) follow(group);
  return () => {
    unsubscribe();
    for (const timer of timers.values()) timer.cancel();
    timers.clear();
  };
}

function isChecked(aws: LocalAws, group: TargetGroup, key: TargetKey): boolean {
  if (aws.state.targetGroups.get(group.arn) !== group) return false;
  return aws.probedTargets(group).some((target) => targetKey(target) === targetKey(key));
}
