import { expect, test } from 'vitest';
import { startSeconds } from '../../src/controllers/start-times.ts';

const starts = (...healthy: number[]) => ({
  starts: healthy.map((seconds) => ({ ready: 2 * seconds, healthy: seconds })),
});

test('what was recorded stands until a start was seen', () => {
  expect(startSeconds(starts(), undefined)).toBeUndefined();
  expect(startSeconds(starts(), { ready: 4, healthy: 9 })).toEqual({ ready: 4, healthy: 9 });
});

test('p95 by nearest rank, in whole seconds', () => {
  expect(startSeconds(starts(1.2), { ready: 4, healthy: 9 })).toEqual({ ready: 3, healthy: 2 });
  const twenty = Array.from({ length: 20 }, (_, n) => n + 1);
  expect(startSeconds(starts(...twenty), undefined)).toEqual({ ready: 38, healthy: 19 });
});
