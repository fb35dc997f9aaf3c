import type { Action, TargetGroupTuple } from '@aws-sdk/client-elastic-load-balancing-v2';

/** The target group one request goes to: each gets its weight's share of `chance` in [0, 1), a weight of 0 none. */
export function pickTargetGroup(action: Action, chance: number): string | undefined {
  const tuples = forwardTuples(action);
  if (tuples.length === 1) return tuples[0]!.TargetGroupArn;
  const total = tuples.reduce((sum, tuple) => sum + weightOf(tuple), 0);
  let left = chance * total;
  for (const tuple of tuples) {
    left -= weightOf(tuple);
    if (left < 0) return tuple.TargetGroupArn;
  }
  return undefined;
}

/** Every target group a forward action names, once each: AWS keeps a single one in two places. */
export function forwardTuples(action: Action): TargetGroupTuple[] {
  const tuples = action.ForwardConfig?.TargetGroups ?? [];
  if (tuples.length > 0) return tuples;
  return action.TargetGroupArn ? [{ TargetGroupArn: action.TargetGroupArn }] : [];
}

const weightOf = (tuple: TargetGroupTuple): number => tuple.Weight ?? 1;
