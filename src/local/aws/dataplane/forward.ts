import type { Action } from '@aws-sdk/client-elastic-load-balancing-v2';
import { forwardTargets } from '../state.ts';

/** ARN of the target group one request goes to: each gets its weight's share of `chance` in [0, 1), a weight of 0 none. */
export function pickTargetGroup(action: Action, chance: number): string | undefined {
  const targets = forwardTargets(action);
  // The weight of an only target group means nothing (API reference, TargetGroupTuple).
  if (targets.length <= 1) return targets[0]?.arn ?? action.TargetGroupArn;
  let left = chance * targets.reduce((sum, target) => sum + target.weight, 0);
  for (const target of targets) {
    left -= target.weight;
    if (left < 0) return target.arn;
  }
  return undefined;
}
