import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { EC2_ACTIONS, ELB_ACTIONS } from '../../src/aws/lanes.ts';
import { actionName } from '../../src/aws/methods.ts';
import { RIGHTS } from '../../src/aws/rights.ts';
import { STATEMENTS, type Sid } from '../../src/aws/rights/statements.ts';

/** What the code of the operator calls: a method of one of the two APIs, by its name. */
function calledIn(source: string): string[] {
  const methods = [
    ...Object.keys(ELB_ACTIONS).map((method) => ({ method, service: 'elasticloadbalancing' })),
    ...Object.keys(EC2_ACTIONS).map((method) => ({ method, service: 'ec2' })),
  ];
  return methods
    .filter(({ method }) => new RegExp(String.raw`\.${method}\(`).test(source))
    .map(({ method, service }) => `${service}:${actionName(method)}`);
}

/** Everything but what plays AWS, and this table. */
const operatorSource = (): string =>
  readdirSync('src', { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts') && !file.startsWith('local/'))
    .map((file) => readFileSync(join('src', file), 'utf8'))
    .join('\n');

const CALLED = calledIn(operatorSource()).toSorted();

describe('R20: the table of rights', () => {
  test('names every action that the code calls', () => {
    const known = new Set(RIGHTS.map(({ action }) => action));
    expect(CALLED.length).toBeGreaterThan(35);
    expect(CALLED.filter((action) => !known.has(action))).toEqual([]);
  });

  test('names none that no code calls and AWS asks for on no account', () => {
    const own = RIGHTS.filter(({ neededBy }) => neededBy === undefined).map(({ action }) => action);
    expect([...new Set(own)].filter((action) => !CALLED.includes(action))).toEqual([]);
    const needing = RIGHTS.flatMap(({ neededBy = [] }) => neededBy);
    expect(needing.filter((action) => !CALLED.includes(action))).toEqual([]);
  });

  test('would see an action that is missing', () => {
    expect(calledIn('await elb.removeTags({})')).toEqual(['elasticloadbalancing:RemoveTags']);
    expect(RIGHTS.some(({ action }) => action === 'elasticloadbalancing:RemoveTags')).toBe(false);
  });

  test('reads where an action describes, and changes where it does not', () => {
    const wrong = RIGHTS.filter(
      ({ action, statement }) => STATEMENTS[statement].mutating === action.includes(':Describe'),
    );
    expect(wrong).toEqual([]);
  });

  test('S1: everything that changes something asks for the cluster, or says why it cannot', () => {
    const pinned = ['ours', 'tagged-ours', 'no-cluster', 'in-vpc', 'elb-role'];
    const loose = (Object.keys(STATEMENTS) as Sid[]).filter((sid) => {
      const { mutating, asks } = STATEMENTS[sid];
      return mutating && !(asks as readonly string[]).some((one) => pinned.includes(one));
    });
    expect(loose).toEqual(['CreateInVpc', 'OrderRules']);
    for (const sid of loose) expect(STATEMENTS[sid].about).toMatch(/accepts no tag|not ours to ask for/);
  });

  test('every statement has an action', () => {
    const used = new Set(RIGHTS.map(({ statement }) => statement));
    expect(Object.keys(STATEMENTS).filter((sid) => !used.has(sid as Sid))).toEqual([]);
  });
});
