import { describe, expect, test } from 'vitest';
import type { Part } from './case.ts';
import { judge } from './verdict.ts';

const part = (more: Partial<Part> = {}): Part => ({
  name: 'restart',
  requests: 1_000,
  failed: 0,
  longestGapMs: 10,
  failures: {},
  examples: [],
  executedButFailed: 0,
  wrongService: 0,
  problems: [],
  inconclusive: false,
  timeline: { stepMs: 100, requests: [], failed: [], marks: [], targets: [] },
  ...more,
});
const control = { name: 'no sleep', requests: 1_000, failed: 7, inconclusive: false };

describe('verdict', () => {
  test('passes with no request lost beside a control that lost some', () =>
    expect(judge([part()], control, 1_000)).toEqual({ verdict: 'pass', why: [] }));

  test('fails with one request lost', () => expect(judge([part({ failed: 1 })], control, 1_000).verdict).toBe('fails'));

  test('is bounded up to the bound, and fails above it', () => {
    const bound = { failed: 5, formula: '1 s × 5/s' };
    expect(judge([part({ failed: 5, bound })], control, 1_000).verdict).toBe('bounded');
    expect(judge([part({ failed: 6, bound })], control, 1_000).verdict).toBe('fails');
    expect(judge([part({ failed: 5, bound }), part({ failed: 1 })], control, 1_000).verdict).toBe('fails');
  });

  test('fails when the control lost nothing', () =>
    expect(judge([part()], { ...control, failed: 0 }, 1_000)).toEqual({
      verdict: 'fails',
      why: ['its control "no sleep" lost nothing'],
    }));

  test('is inconclusive when a process stood still in the control: what was lost there may be its doing', () =>
    expect(judge([part()], { ...control, inconclusive: true }, 1_000)).toEqual({
      verdict: 'inconclusive',
      why: ['a process stood still in its control "no sleep"'],
    }));

  test('fails with too few requests, and with anything else that did not hold', () => {
    expect(judge([part()], control, 1_001).verdict).toBe('fails');
    expect(judge([part({ problems: ['the group was empty'] })], control, 1_000).why).toEqual([
      'restart: the group was empty',
    ]);
  });

  test('is inconclusive beside a stall, whatever else was seen', () =>
    expect(
      judge([part({ failed: 9, inconclusive: true, doubts: ['kubelet stood still for 1200 ms'] })], control, 1_000),
    ).toEqual({ verdict: 'inconclusive', why: ['restart: kubelet stood still for 1200 ms'] }));
});
