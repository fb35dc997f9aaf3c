import { expect, test } from 'vitest';
import { percentile } from './figures.ts';
import { neverEmpty, registersFirst } from './replacements.ts';
import { printTable } from './table.ts';

test('a percentile is one of the samples, and the worst one where they are few', () => {
  const samples = Array.from({ length: 100 }, (_, index) => 100 - index);
  expect([0.5, 0.99, 1].map((share) => percentile(samples, share))).toEqual([50, 99, 100]);
  expect(percentile([3, 1, 2], 0.99)).toBe(3);
  expect(() => percentile([], 0.5)).toThrow('at least one sample');
});

const call = (action: string, began: number) => ({ action, began, durationMs: 50 });

test.each([
  ['registered, acknowledged, deregistered', [call('RegisterTargets', 0), call('DeregisterTargets', 60)], true],
  ['deregistered before the acknowledgement', [call('RegisterTargets', 0), call('DeregisterTargets', 40)], false],
  ['deregistered first', [call('DeregisterTargets', 0), call('RegisterTargets', 60)], false],
  ['never registered', [call('DeregisterTargets', 0)], false],
])('registers first: %s', (_name, calls, wanted) => expect(registersFirst(calls)).toBe(wanted));

test.each([
  ['always some', [3, 6, 3], true],
  ['none for a moment', [3, 0, 3], false],
  ['nothing was seen', [], false],
])('never empty: %s', (_name, counts, wanted) => {
  const history = counts.map((registered) => ({ registered, healthy: registered }));
  expect(neverEmpty(history, 'registered')).toBe(wanted);
});

test('the table says which goals were missed', () => {
  const rows = printTable({ createCalls_1_1_1: 11, secondPassCalls: 0, groupNeverEmpty: false }).split('\n');
  expect(rows.map((row) => row.split(/ {2,}/).slice(0, 5))).toEqual([
    ['figure', 'Podwire', 'goal', 'the peer', 'met'],
    ['createCalls_1_1_1', '11', '≤10', '24', 'NO'],
    ['secondPassCalls', '0', '0', '11', 'yes'],
    ['groupNeverEmpty', 'no', 'yes', 'no', 'NO'],
  ]);
});
