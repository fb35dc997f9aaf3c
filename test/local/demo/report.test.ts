import { describe, expect, test } from 'vitest';
import { type DemoReport, passed, tableOf } from '../../../src/local/demo/report.ts';

const row = (name: string, requests: number, failed = 0) => ({ name, requests, failed, longestGapMs: 40 });

const report = (given: Partial<DemoReport> = {}): DemoReport => ({
  phases: [row('steady', 240), row('rolling update', 1_600)],
  unprotected: [row('rolling update', 1_590, 240)],
  budget: { detect: 2, hold: 0, controllerGap: 4, propagation: 5, margin: 1, preStop: 12 },
  lagMs: { min: 1_000, max: 4_000 },
  medianMs: { ip: 2, instance: 3 },
  awsCalls: { CreateLoadBalancer: 3 },
  leftovers: [],
  inconclusive: false,
  ...given,
});

describe('the demo has shown what it is about', () => {
  test('when nothing is lost with protection, and something without', () => expect(passed(report())).toBe(true));

  test.each<[string, Partial<DemoReport>]>([
    ['a request is lost with protection', { phases: [row('steady', 240, 1)] }],
    ['nothing was asked', { phases: [row('steady', 0)] }],
    ['nothing is lost without protection', { unprotected: [row('rolling update', 1_590)] }],
    ['nothing was asked without protection', { unprotected: [] }],
    ['something is left', { leftovers: ['loadBalancers x'] }],
    ['the machine stalled', { inconclusive: true }],
  ])('but not when %s', (_, given) => expect(passed(report(given))).toBe(false));
});

test('the table has both sides beside each other, the budget and the lags', () => {
  const lines = tableOf(report());
  expect(lines.slice(0, 4).join('\n')).toContain('12 s (detect 2, hold 0, controller gap 4, propagation 5, margin 1)');
  expect(lines[2]).toContain('1 to 4 s');
  const table = lines.slice(4).map((line) => line.trim().split(/ {2,}/));
  expect(table.slice(0, 5)).toEqual([
    ['protected', 'unprotected'],
    ['phase', 'requests', 'failed', 'longest gap', 'requests', 'failed', 'longest gap'],
    ['steady', '240', '0', '40 ms'],
    ['rolling update', '1600', '0', '40 ms', '1590', '240', '40 ms'],
    ['in all', '1840', '0', '40 ms', '1590', '240', '40 ms'],
  ]);
});
