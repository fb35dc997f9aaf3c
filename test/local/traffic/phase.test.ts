import fc from 'fast-check';
import { expect, test } from 'vitest';
import { latencyReport } from '../../../src/local/traffic/phase.ts';

test('percentiles of known latencies', () => {
  const report = latencyReport(Array.from({ length: 100 }, (_, index) => index + 1));
  expect(report).toMatchObject({ p50Ms: 51, p99Ms: 100, maxMs: 100 });
  expect(report.histogram.find(({ upToMs }) => upToMs === 50)?.count).toBe(30);
});

test('every latency is in one bucket, and the percentiles are in order', () => {
  fc.assert(
    fc.property(fc.array(fc.double({ min: 0, max: 60_000, noNaN: true })), (latencies) => {
      const { p50Ms, p99Ms, maxMs, histogram } = latencyReport(latencies);
      const counted = histogram.reduce((sum, { count }) => sum + count, 0);
      expect(counted).toBe(latencies.length);
      expect([p50Ms, p99Ms, maxMs]).toEqual([p50Ms, p99Ms, maxMs].toSorted((a, b) => a - b));
    }),
  );
});
