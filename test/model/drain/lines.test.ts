import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { DrainBudget, TargetGroupObject } from '../../../src/cluster/objects.ts';
import { linesOf, readLines, type ServiceLine, writeLines } from '../../../src/model/drain/lines.ts';
import { meta, service, spec } from '../samples.ts';
import { DRAIN_BUDGET } from './samples.ts';

const NOW = '2026-01-02T00:00:00.000Z';
const BEFORE = '2026-01-01T00:00:00.000Z';

type Group = { drain?: Partial<DrainBudget>; targetType?: 'ip' | 'instance'; start?: number };

const group = ({ drain, targetType = 'ip', start }: Group = {}, at = 0): TargetGroupObject => ({
  ...meta(`group-${at}`),
  spec: spec({ targetType, drain: { ...DRAIN_BUDGET, ...drain } }),
  status: start === undefined ? {} : { startSeconds: { ready: start, healthy: 0 } },
});

function linesFor(groups: Group[], before?: string, selector: Record<string, string> = { app: 'web' }) {
  return linesOf({
    groups: groups.map(group),
    service: (name) => service({ ...meta(name), selector }),
    standing: readLines(before === undefined ? {} : { web: before }, JSON.stringify({ web: BEFORE }), NOW),
    now: NOW,
  });
}

const textOf = (lines: Map<string, ServiceLine>): string | undefined => writeLines(lines).data['web'];
const sinceOf = (lines: Map<string, ServiceLine>): unknown =>
  (JSON.parse(writeLines(lines).since) as { web: string }).web;

describe('the line of a Service', () => {
  test('asks for the largest of its target groups, and for a gate where one of them wants it', () => {
    const nodes: Group = { targetType: 'instance', drain: { propagation: 15, gate: false } };
    const network: Group = { drain: { propagation: 120, margin: 8, gate: false, livenessGrace: 'Off' } };
    expect(textOf(linesFor([{}, network, nodes]))).toBe('v1;150;true;preserve;app=web');
    expect(textOf(linesFor([network]))).toBe('v1;150;false;off;app=web');
    expect(textOf(linesFor([{ targetType: 'instance' }]))).toBe('v1;45;false;preserve;app=web');
  });

  test('leaves out groups that are only looked at', () => {
    expect(textOf(linesFor([{ drain: { mode: 'Audit' } }]))).toBeUndefined();
    expect(textOf(linesFor([{}, { drain: { mode: 'Audit', propagation: 900 } }]))).toBe('v1;45;true;preserve;app=web');
  });

  test('with hold auto moves only where the start of its pods did so by much', () => {
    const auto = (start: number): Group => ({ drain: { hold: 'auto' }, start });
    expect(textOf(linesFor([auto(20)], 'v1;62;true;preserve;app=web'))).toBe('v1;62;true;preserve;app=web');
    expect(textOf(linesFor([auto(40)], 'v1;62;true;preserve;app=web'))).toBe('v1;85;true;preserve;app=web');
    expect(textOf(linesFor([auto(20)], 'v1;62;false;preserve;app=web'))).toBe('v1;62;true;preserve;app=web');
  });

  test('stands since it asks for as much as now', () => {
    expect(sinceOf(linesFor([{}], 'v1;45;true;preserve;app=web'))).toBe(BEFORE);
    expect(sinceOf(linesFor([{}], 'v1;60;true;preserve;app=web'))).toBe(BEFORE);
    expect(sinceOf(linesFor([{}], 'v1;45;true;off;app=web'))).toBe(BEFORE);
    expect(sinceOf(linesFor([{}], 'v1;10;true;preserve;app=web'))).toBe(NOW);
    expect(sinceOf(linesFor([{}], 'v1;45;false;preserve;app=web'))).toBe(NOW);
    expect(sinceOf(linesFor([{}], 'v1;45;true;preserve;app=old'))).toBe(NOW);
    expect(sinceOf(linesFor([{}]))).toBe(NOW);
  });

  test.each([
    [{}, 'NoSelector', /Service shop\/web has no spec.selector/],
    [{ app: 'a,b' }, 'SelectorNotWritable', /without the characters , ; and =.*"a,b"/],
    [{ app: 'a;b' }, 'SelectorNotWritable', /"a;b"/],
    [{ 'a=b': 'c' }, 'SelectorNotWritable', /"a=b"/],
  ])('%j cannot be written, and it is said why', (selector, reason, message) => {
    const lines = linesFor([{}], undefined, selector);
    expect(writeLines(lines).data).toEqual({});
    expect(lines.get('web')).toEqual({ problem: { reason, message: expect.stringMatching(message) } });
  });

  test('a budget beyond what a line can hold is no line', () => {
    const lines = linesFor([{ drain: { hold: 20_000 } }]);
    expect(lines.get('web')).toMatchObject({ problem: { message: expect.stringContaining('at most 9999 seconds') } });
  });
});

describe('the ConfigMap', () => {
  test('a Service may have the name of something that every object has', () => {
    const lines = readLines({ toString: 'v1;45;true;preserve;app=web' }, '{}', NOW);
    expect(lines.get('toString')?.since).toBe(NOW);
  });

  test('is read whatever stands in it', () => {
    const texts = fc.dictionary(fc.string(), fc.oneof(fc.string(), fc.constant('v1;45;true;preserve;app=web')));
    fc.assert(
      fc.property(texts, fc.option(fc.oneof(fc.string(), fc.json()), { nil: undefined }), (data, since) => {
        for (const { since: time } of readLines(data, since, NOW).values()) expect(Date.parse(time)).not.toBeNaN();
      }),
    );
  });
});
