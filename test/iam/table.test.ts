import { describe, expect, test } from 'vitest';
import { COLUMNS } from './columns.ts';
import { expectedLines, measure, ROWS, WHOLE } from './table.ts';

/** What registering a target takes by itself: the call, and what AWS asks of its caller beside it. */
const OWN = [
  'ec2:DescribeInstances',
  'ec2:DescribeInternetGateways',
  'ec2:DescribeSubnets',
  'ec2:DescribeVpcs',
  'elasticloadbalancing:RegisterTargets',
];

const expected = expectedLines();
const cellsOf = (row: string): string[] => (expected.get(row) ?? '').slice(row.length).trim().split(/\s+/);
const without = (column: string): string[] => {
  const index = Object.keys(COLUMNS).indexOf(column);
  return ROWS.filter((row) => cellsOf(row)[index] === 'no');
};

describe('S1: one right less', () => {
  test('there is a line for every action of the policy, and for nothing else', () => {
    expect([...expected.keys()].toSorted()).toEqual([...ROWS].toSorted());
    expect(new Set(cellsOf(WHOLE))).toEqual(new Set(['yes']));
  });

  test('target registration survives the loss of everything that is not its own', () => {
    expect(without('registered')).toEqual(OWN);
    expect(without('deregistered')).toEqual(['elasticloadbalancing:DeregisterTargets']);
  });

  test('every action that is not for explain, doctor or the first start is missed by something', () => {
    const idle = ROWS.filter((row) => !cellsOf(row).includes('no'));
    expect(idle).toEqual([
      WHOLE,
      'ec2:DescribeNetworkInterfaces',
      'elasticloadbalancing:DescribeAccountLimits',
      'elasticloadbalancing:DescribeTargetHealth',
      'iam:CreateServiceLinkedRole',
    ]);
  });

  test.each([WHOLE, 'ec2:DescribeSubnets', 'elasticloadbalancing:DescribeLoadBalancers'])('%s', async (row) => {
    expect(await measure(row)).toBe(expected.get(row));
  });
});
