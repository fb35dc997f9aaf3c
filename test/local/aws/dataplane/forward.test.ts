import type { Action } from '@aws-sdk/client-elastic-load-balancing-v2';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { pickTargetGroup } from '../../../../src/local/aws/dataplane/forward.ts';

const weighted = (...weights: number[]): Action => ({
  Type: 'forward',
  ForwardConfig: { TargetGroups: weights.map((Weight, index) => ({ TargetGroupArn: `tg-${index}`, Weight })) },
});

test('each target group gets its share', () => {
  const picks = Array.from({ length: 100 }, (_, index) => pickTargetGroup(weighted(3, 0, 1), index / 100));
  expect(Object.groupBy(picks, (arn) => arn ?? 'none')).toMatchObject({
    'tg-0': { length: 75 },
    'tg-2': { length: 25 },
  });
});

test('weight 0 gets nothing, and all at 0 nothing goes anywhere', () => {
  const share = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
  fc.assert(
    fc.property(share, (chance) => {
      expect(pickTargetGroup(weighted(0, 5, 0), chance)).toBe('tg-1');
    }),
  );
  fc.assert(
    fc.property(share, (chance) => {
      expect(pickTargetGroup(weighted(0, 0), chance)).toBeUndefined();
    }),
  );
});

test('the weight of the only target group means nothing', () => {
  expect(pickTargetGroup(weighted(0), 0.5)).toBe('tg-0');
  expect(pickTargetGroup({ Type: 'forward', TargetGroupArn: 'tg-0' }, 0.5)).toBe('tg-0');
});
