import { expect, test } from 'vitest';
import { type Change, changesIn, lateChanges } from './changes.ts';

const change = (operator: string, at: number): Change => ({ operator, action: 'DeregisterTargets', at });
const former = { operator: 'a', ended: 1_000 };

test('a former leader whose calls all arrived before its lease ended is in order', () => {
  expect(lateChanges([change('a', 900), change('a', 1_000), change('b', 1_500)], former)).toEqual([]);
});

test('a call of it that arrives later is named', () => {
  expect(lateChanges([change('a', 900), change('a', 1_250), change('b', 1_500)], former)).toEqual([
    'a called DeregisterTargets 250 ms after its lease',
  ]);
});

test('where it never led, or nobody came after it, nothing is shown', () => {
  expect(lateChanges([], former)).toEqual([
    'a never changed anything: it did not lead',
    'nobody changed anything after the lease of a',
  ]);
});

test('calls that change something are told by the name in their user agent and by when they arrived', async () => {
  const call = (action: string, userAgent: string) => ({
    time: '2026-01-01T00:00:01.000Z',
    began: 0,
    service: 'elasticloadbalancing',
    action,
    durationMs: 250,
    userAgent,
  });
  const calls = [
    call('DescribeTargetHealth', 'aws-sdk-js/3 app/operator-1 podwire'),
    call('RegisterTargets', 'aws-sdk-js/3 app/operator-1 podwire'),
    call('RegisterTargets', 'aws-sdk-js/3 app/operator-10'),
    call('CreateTargetGroup', 'curl'),
  ];
  const aws = { control: async () => calls } as unknown as Parameters<typeof changesIn>[0]['aws'];
  const at = Date.parse('2026-01-01T00:00:00.750Z');
  expect(await changesIn({ aws })).toEqual([
    { operator: 'operator-1', action: 'RegisterTargets', at },
    { operator: 'operator-10', action: 'RegisterTargets', at },
    { operator: '', action: 'CreateTargetGroup', at },
  ]);
});
