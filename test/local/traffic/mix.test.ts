import { expect, test } from 'vitest';
import { type Shape, shapeOf, shaped, USUAL_SHARES } from '../../../src/local/traffic/mix.ts';

const mix = { shares: USUAL_SHARES, factor: 1 };

test('each shape gets its share', () => {
  const counts: Record<string, number> = {};
  for (let at = 0; at < 1_000; at++) {
    const shape = shapeOf(mix, at / 1_000);
    counts[shape] = (counts[shape] ?? 0) + 1;
  }
  expect(Object.values(counts).reduce((a, b) => a + b)).toBe(1_000);
  expect(Math.abs(counts['short']! - 700)).toBeLessThanOrEqual(1);
  expect(Math.abs(counts['post']! - 200)).toBeLessThanOrEqual(1);
  expect(Math.abs(counts['long']! - 80)).toBeLessThanOrEqual(1);
  expect(Math.abs(counts['stream']! - 20)).toBeLessThanOrEqual(1);
});

const asked = (shape: Shape, factor: number, chance = 0) => {
  const { url, ...rest } = shaped({ url: 'http://shop/cart?x=1' }, { shape, factor, chance });
  return { ...rest, query: Object.fromEntries(new URL(url).searchParams) };
};

test('durations are divided by the factor, and what the target asks for stays', () => {
  expect(asked('short', 5)).toEqual({ name: 'http://shop/cart?x=1', query: { x: '1', delayMs: '4' } });
  expect(asked('stream', 5).query).toEqual({ x: '1', streamMs: '6000', chunkEveryMs: '200' });
  expect(asked('long', 1, 1).query).toEqual({ x: '1', delayMs: '10000', streamMs: '10000', chunkEveryMs: '1000' });
  expect(asked('post', 1)).toMatchObject({ method: 'POST', body: expect.stringMatching(/^x{500}$/) as string });
});
