import { describe, expect, test } from 'vitest';
import { annotationSource, type Reading } from '../../../src/model/annotations/source.ts';
import { preStopOf } from '../../../src/model/drain/budget.ts';
import { checkDelay, type DrainedGroup, longerDrain, resolveDrain } from '../../../src/model/drain/resolve.ts';
import { DRAIN_BUDGET, DRAIN_SETTINGS } from './samples.ts';

const IP: DrainedGroup = {
  loadBalancerType: 'application',
  targetType: 'ip',
  policy: 'Cluster',
  healthCheck: { intervalSeconds: 10, unhealthyThreshold: 2 },
};

/** Sources from the closest to the farthest, keys without `podwire.dev/drain-`. */
function readingOf(...sources: Record<string, string>[]): Reading {
  const prefixed = (annotations: Record<string, string>) =>
    Object.fromEntries(Object.entries(annotations).map(([key, value]) => [`podwire.dev/drain-${key}`, value]));
  return { sources: sources.map((one, at) => annotationSource(`Object ${at}`, prefixed(one))), problems: [] };
}

describe('the budget of a group', () => {
  test('is what the settings say where nobody says anything', () => {
    expect(resolveDrain(readingOf({}, {}), DRAIN_SETTINGS, IP)).toEqual({ budget: DRAIN_BUDGET, delay: 60 });
    const network = resolveDrain(readingOf(), DRAIN_SETTINGS, { ...IP, loadBalancerType: 'network' });
    expect([preStopOf(network.budget), network.delay]).toEqual([150, 150]);
  });

  test('takes each value from the closest that has it', () => {
    const reading = readingOf(
      { 'hold-seconds': '5' },
      { 'hold-seconds': '9', 'margin-seconds': '1.5' },
      { 'detect-seconds': '4' },
    );
    const { budget } = resolveDrain(reading, DRAIN_SETTINGS, IP);
    expect(budget).toMatchObject({ hold: 5, margin: 1.5, detect: 4, propagation: 20 });
    expect(reading.problems).toEqual([]);
  });

  test('passes over a wrong value, tells it as a warning and takes the next', () => {
    const reading = readingOf({ 'hold-seconds': 'x' }, { 'hold-seconds': '-1' }, { 'hold-seconds': '9' });
    expect(resolveDrain(reading, DRAIN_SETTINGS, IP).budget.hold).toBe(9);
    expect(reading.problems).toEqual([
      expect.objectContaining({
        severity: 'warning',
        reason: 'InvalidValue',
        message: expect.stringContaining('given "x"'),
      }),
      expect.objectContaining({
        severity: 'warning',
        field: 'Object 1 metadata.annotations[podwire.dev/drain-hold-seconds]',
        message: 'wanted seconds from 0 to 1800, or auto; given "-1"',
      }),
    ]);
  });

  test.each(['', ' ', 'NaN', 'Infinity', '1e3', '0x10', '1801', '1,5', '+3', '5s', '99999999999999999999'])(
    '%j are no seconds',
    (given) => {
      const reading = readingOf({ 'propagation-seconds': given });
      expect(resolveDrain(reading, DRAIN_SETTINGS, IP).budget.propagation).toBe(20);
      expect(reading.problems).toHaveLength(1);
    },
  );

  test('behind node ports has numbers of its own and no gate', () => {
    const reading = readingOf({ 'hold-seconds': '30', gate: 'true' });
    const { budget, delay } = resolveDrain(reading, DRAIN_SETTINGS, { ...IP, targetType: 'instance' });
    expect([preStopOf(budget), budget.gate, delay]).toEqual([15, false, 60]);
  });

  test('that is only looked at changes no delay', () => {
    expect(resolveDrain(readingOf({ mode: 'Audit' }), DRAIN_SETTINGS, IP).delay).toBeUndefined();
  });
});

describe('a deregistration delay', () => {
  const told = (delay: number, own?: string, annotations: Record<string, string> = {}) => {
    const reading = readingOf(annotations);
    checkDelay(reading, { ...resolveDrain(reading, DRAIN_SETTINGS, IP), delay }, own);
    return reading.problems.map(({ reason, message }) => `${reason}: ${message}`);
  };

  test('may last until the address of a pod can belong to another', () => {
    expect(told(60)).toEqual([]);
    expect(told(60, '72')).toEqual([]);
    const late = /^DelayOutlivesAddress: deregistration_delay.timeout_seconds: wanted less than 73, .*; given 73$/;
    expect(told(60, '73')).toEqual([expect.stringMatching(late)]);
    expect(told(90)).toEqual([expect.stringContaining('given 90')]);
    expect(told(60, '300', { mode: 'Audit' })).toEqual([]);
  });
});

test('of two budgets for one group the longer counts, and a gate that one wants', () => {
  const of = (hold: number, gate: boolean) => ({ budget: { ...DRAIN_BUDGET, hold, gate }, delay: 60 + hold });
  const joined = { budget: { ...DRAIN_BUDGET, hold: 9, gate: true }, delay: 69 };
  expect(longerDrain(of(9, false), of(1, true))).toEqual(joined);
  expect(longerDrain(of(1, true), of(9, false))).toEqual(joined);
});
