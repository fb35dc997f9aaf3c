import { describe, expect, test } from 'vitest';
import { checkPolicy, decide } from '../../../../src/local/aws/iam/evaluation.ts';
import type { Asked, PolicyStatement } from '../../../../src/local/aws/iam/policy.ts';

type Given = { action?: string; resource?: string; context?: Record<string, string | string[]> };

const GROUP = 'arn:aws:elasticloadbalancing:eu-central-1:123456789012:targetgroup/web/0123456789abcdef';

const asked = ({ action = 'elasticloadbalancing:RegisterTargets', resource = GROUP, context = {} }: Given): Asked => {
  const entries = Object.entries(context).map(([key, value]) => [key.toLowerCase(), [value].flat()] as const);
  return { action, resource, context: new Map(entries) };
};

const allow = (more: Partial<PolicyStatement> = {}): PolicyStatement => ({
  Effect: 'Allow',
  Action: 'elasticloadbalancing:*',
  Resource: '*',
  ...more,
});

const says = (statements: PolicyStatement[], given: Given = {}) => decide({ Statement: statements }, asked(given));
const holds = (condition: PolicyStatement['Condition'], context: Given['context'] = {}) =>
  says([allow({ Condition: condition ?? {} })], { context }) === 'allowed';

const TAG = 'aws:ResourceTag/podwire.dev/cluster';

describe('statements', () => {
  test('nothing is allowed that no statement names', () => {
    expect(says([])).toBe('denied');
    expect(says([allow({ Action: 'ec2:*' })])).toBe('denied');
    expect(says([allow()])).toBe('allowed');
  });

  test('an explicit deny wins, wherever it stands', () => {
    const deny: PolicyStatement = { Effect: 'Deny', Action: '*:Register*', Resource: '*' };
    expect(says([deny, allow()])).toBe('forbidden');
    expect(says([allow(), deny])).toBe('forbidden');
    expect(says([allow(), deny], { action: 'elasticloadbalancing:DescribeTags' })).toBe('allowed');
  });

  test('a deny whose condition does not hold denies nothing', () => {
    const deny: PolicyStatement = { ...allow(), Effect: 'Deny', Condition: { StringEquals: { [TAG]: 'green' } } };
    expect(says([allow(), deny], { context: { [TAG]: 'blue' } })).toBe('allowed');
    expect(says([allow(), deny], { context: { [TAG]: 'green' } })).toBe('forbidden');
  });

  test('actions are compared without regard to case, with * and ?', () => {
    expect(says([allow({ Action: 'ELASTICLOADBALANCING:registertargets' })])).toBe('allowed');
    expect(says([allow({ Action: 'elasticloadbalancing:*Targets' })])).toBe('allowed');
    expect(says([allow({ Action: 'elasticloadbalancing:Register?argets' })])).toBe('allowed');
    expect(says([allow({ Action: 'elasticloadbalancing:Register' })])).toBe('denied');
  });

  test('resources are compared with regard to case, and a dot is a dot', () => {
    expect(says([allow({ Resource: 'arn:aws:elasticloadbalancing:*:*:targetgroup/*/*' })])).toBe('allowed');
    expect(says([allow({ Resource: ['arn:aws:ec2:*:*:vpc/*', GROUP] })])).toBe('allowed');
    expect(says([allow({ Resource: GROUP.toUpperCase() })])).toBe('denied');
    expect(says([allow({ Resource: GROUP.replace('web', 'w.b') })])).toBe('denied');
    expect(says([allow({ Resource: 'arn:aws:elasticloadbalancing:*:*:loadbalancer/*' })])).toBe('denied');
  });

  test('NotAction and NotResource name what a statement is not about', () => {
    const { Action: _, ...rest } = allow();
    expect(says([{ ...rest, NotAction: 'elasticloadbalancing:Delete*' }])).toBe('allowed');
    expect(says([{ ...rest, NotAction: 'elasticloadbalancing:Register*' }])).toBe('denied');
    const { Resource: __, ...other } = allow();
    expect(says([{ ...other, NotResource: GROUP }])).toBe('denied');
  });
});

describe('conditions', () => {
  test('a missing tag fulfils nothing that asks for a value', () => {
    expect(holds({ StringEquals: { [TAG]: 'blue' } })).toBe(false);
    expect(holds({ StringLike: { [TAG]: '*' } })).toBe(false);
    expect(holds({ StringEqualsIfExists: { [TAG]: 'blue' } })).toBe(true);
    expect(holds({ StringEqualsIfExists: { [TAG]: 'blue' } }, { [TAG]: 'green' })).toBe(false);
    expect(holds({ StringNotEquals: { [TAG]: 'blue' } })).toBe(true);
  });

  test('Null tells whether a key is there', () => {
    expect(holds({ Null: { [TAG]: 'true' } })).toBe(true);
    expect(holds({ Null: { [TAG]: 'true' } }, { [TAG]: 'blue' })).toBe(false);
    expect(holds({ Null: { [TAG]: 'false' } }, { [TAG]: '' })).toBe(true);
  });

  test('every operator and every key has to hold, and of the values of one key any', () => {
    const both = { [TAG]: 'blue', 'elasticloadbalancing:CreateAction': ['CreateRule', 'CreateListener'] };
    expect(
      holds({ StringEquals: both }, { [TAG]: 'blue', 'elasticloadbalancing:CreateAction': 'CreateListener' }),
    ).toBe(true);
    expect(
      holds({ StringEquals: both }, { [TAG]: 'blue', 'elasticloadbalancing:CreateAction': 'CreateLoadBalancer' }),
    ).toBe(false);
    expect(holds({ StringEquals: both }, { [TAG]: 'blue' })).toBe(false);
    expect(
      holds(
        { StringEquals: { [TAG]: 'blue' }, Null: { 'aws:TagKeys': 'true' } },
        { [TAG]: 'blue', 'aws:TagKeys': 'a' },
      ),
    ).toBe(false);
  });

  test('keys are compared without regard to case, values with regard to it', () => {
    expect(holds({ StringEquals: { 'AWS:resourcetag/podwire.dev/CLUSTER': 'blue' } }, { [TAG]: 'blue' })).toBe(true);
    expect(holds({ StringEquals: { [TAG]: 'Blue' } }, { [TAG]: 'blue' })).toBe(false);
    expect(holds({ StringEqualsIgnoreCase: { [TAG]: 'Blue' } }, { [TAG]: 'blue' })).toBe(true);
  });

  test('StringEquals takes a star for a star', () => {
    expect(holds({ StringEquals: { [TAG]: 'b*' } }, { [TAG]: 'blue' })).toBe(false);
    expect(holds({ StringLike: { [TAG]: 'b*' } }, { [TAG]: 'blue' })).toBe(true);
  });

  test('of a key with several values one has to fit, with ForAllValues each', () => {
    const keys = { 'aws:TagKeys': ['a', 'b'] };
    expect(holds({ StringEquals: { 'aws:TagKeys': 'a' } }, keys)).toBe(true);
    expect(holds({ 'ForAnyValue:StringEquals': { 'aws:TagKeys': 'b' } }, keys)).toBe(true);
    expect(holds({ 'ForAllValues:StringEquals': { 'aws:TagKeys': 'a' } }, keys)).toBe(false);
    expect(holds({ 'ForAllValues:StringEquals': { 'aws:TagKeys': ['a', 'b', 'c'] } }, keys)).toBe(true);
    expect(holds({ 'ForAllValues:StringLike': { 'aws:TagKeys': '?' } }, keys)).toBe(true);
    expect(holds({ 'ForAllValues:StringNotEquals': { 'aws:TagKeys': 'b' } }, keys)).toBe(false);
    expect(holds({ StringNotEquals: { 'aws:TagKeys': 'b' } }, keys)).toBe(false);
  });

  test('ForAllValues holds for a key that is not there, ForAnyValue does not', () => {
    expect(holds({ 'ForAllValues:StringEquals': { 'aws:TagKeys': 'a' } })).toBe(true);
    expect(holds({ 'ForAnyValue:StringEquals': { 'aws:TagKeys': 'a' } })).toBe(false);
    expect(holds({ 'ForAnyValue:StringNotEquals': { 'aws:TagKeys': 'a' } })).toBe(false);
  });

  test('ARNs are compared part by part', () => {
    const vpc = { 'ec2:Vpc': 'arn:aws:ec2:eu-central-1:123456789012:vpc/vpc-1' };
    expect(holds({ ArnLike: { 'ec2:Vpc': 'arn:aws:ec2:*:*:vpc/vpc-1' } }, vpc)).toBe(true);
    expect(holds({ ArnLike: { 'ec2:Vpc': 'arn:aws:ec2:*:*:vpc/vpc-2' } }, vpc)).toBe(false);
    expect(holds({ ArnLike: { 'ec2:Vpc': 'arn:aws:ec2:*:vpc/vpc-1' } }, vpc)).toBe(false);
    expect(holds({ ArnLike: { 'ec2:Vpc': 'arn:aws-cn:ec2:*:*:vpc/vpc-1' } }, vpc)).toBe(false);
  });
});

describe('what is no policy', () => {
  test.each([
    [{ Statement: [] }, 'at least one Statement'],
    [{ Statement: [{ ...allow(), Effect: 'Maybe' as never }] }, 'Effect: wanted Allow or Deny, given Maybe'],
    [{ Statement: [{ Effect: 'Allow' as const, Resource: '*' }] }, 'wanted Action or NotAction'],
    [{ Statement: [{ Effect: 'Allow' as const, Action: '*' }] }, 'wanted Resource or NotResource'],
    [{ Statement: allow({ Condition: { StringEqual: { a: 'b' } } }) }, 'given StringEqual'],
    [{ Statement: allow({ Condition: { DateLessThan: { a: 'b' } } }) }, 'given DateLessThan'],
  ])('%j', (policy, message) => expect(() => checkPolicy(policy)).toThrow(message));
});
