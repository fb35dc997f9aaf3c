import { describe, expect, test } from 'vitest';
import { LONGEST_POLICY, PARTITIONS, type PolicyRequest, policyOf } from '../../src/aws/policy.ts';
import { FEATURE_NAMES, type Feature } from '../../src/aws/rights/features.ts';
import { checkPolicy } from '../../src/local/aws/iam/evaluation.ts';

const LONGEST_NAME = 'n'.repeat(100);

const REQUESTS: PolicyRequest[] = [
  { clusterName: 'blue' },
  { clusterName: 'blue', features: [] },
  ...FEATURE_NAMES.map((feature) => ({ clusterName: 'blue', features: [feature] })),
  ...PARTITIONS.map((partition) => ({
    clusterName: LONGEST_NAME,
    partition,
    region: 'ap-southeast-99',
    account: '123456789012',
    vpcId: 'vpc-0123456789abcdef0',
    features: FEATURE_NAMES,
  })),
  { clusterName: LONGEST_NAME, features: FEATURE_NAMES },
  {
    clusterName: 'n'.repeat(50),
    controllerId: 'c'.repeat(20),
    region: 'ap-southeast-99',
    vpcId: 'vpc-0123456789abcdef0',
    features: FEATURE_NAMES,
  },
];

const actionsOf = (request: PolicyRequest) => policyOf(request).Statement.flatMap(({ Action }) => Action);

describe('R20: the policy', () => {
  test.each(REQUESTS)('is within the size of a managed policy, and one that AWS takes: %j', (request) => {
    const policy = policyOf(request);
    expect(JSON.stringify(policy).replaceAll(/\s/g, '').length).toBeLessThanOrEqual(LONGEST_POLICY);
    expect(() => checkPolicy(policy)).not.toThrow();
    for (const { Sid, Action } of policy.Statement) {
      expect(Sid).toMatch(/^[A-Za-z0-9]+$/);
      expect(Action.length).toBeGreaterThan(0);
    }
    const sids = policy.Statement.map(({ Sid }) => Sid);
    expect(new Set(sids).size).toBe(sids.length);
  });

  test('is the same for the same request, in whatever order the features are named', () => {
    const text = (features: readonly Feature[]) => JSON.stringify(policyOf({ clusterName: 'blue', features }));
    expect(text(FEATURE_NAMES)).toBe(text(FEATURE_NAMES.toReversed()));
  });

  test('has no wildcard in an action, and every resource only for reading', () => {
    const { Statement } = policyOf({ clusterName: 'blue', features: FEATURE_NAMES });
    expect(Statement.flatMap(({ Action }) => Action).filter((action) => /[*?]/.test(action))).toEqual([]);
    expect(Statement.filter(({ Resource }) => Resource === '*').map(({ Sid }) => Sid)).toEqual(['Read']);
  });

  test('H13: with an id it asks for that too wherever it asks for the name of the cluster', () => {
    const conditions = (controllerId?: string) =>
      policyOf({ clusterName: 'demo', features: FEATURE_NAMES, ...(controllerId && { controllerId }) }).Statement.map(
        ({ Condition = {} }) => Object.values(Condition),
      );
    const added = conditions('blue').map((keys, index) => {
      const before = new Set(conditions()[index]?.flatMap((each) => Object.keys(each)));
      return keys.flatMap((each) => Object.entries(each)).filter(([key]) => !before.has(key));
    });
    const wanted = conditions().map((keys) =>
      keys
        .flatMap((each) => Object.entries(each))
        .filter(([key, value]) => key.endsWith('/podwire.dev/cluster') && value === 'demo')
        .map(([key]) => [key.replace(/cluster$/, 'controller'), 'blue']),
    );
    expect(added).toEqual(wanted);
    expect(added.flat().length).toBeGreaterThan(5);
  });

  test('S1: names the cluster in every statement that can be pinned to it', () => {
    const { Statement } = policyOf({ clusterName: 'blue', vpcId: 'vpc-1', features: FEATURE_NAMES });
    const without = Statement.filter(({ Condition }) => !JSON.stringify(Condition ?? {}).includes('"blue"'));
    expect(without.map(({ Sid }) => Sid)).toEqual([
      'Read',
      'OfNoCluster',
      'CreateInVpc',
      'OrderRules',
      'CreateRole',
      'NodeRules',
    ]);
    expect(Statement.find(({ Sid }) => Sid === 'NodeRules')?.Condition).toEqual({
      ArnLike: { 'ec2:Vpc': 'arn:aws:ec2:*:*:vpc/vpc-1' },
    });
  });

  test('has what a feature needs and nothing of the others', () => {
    const core = actionsOf({ clusterName: 'blue', features: [] });
    expect(core.filter((action) => !action.includes(':Describe'))).toEqual([]);
    const targets = actionsOf({ clusterName: 'blue', features: ['targets'] });
    expect(targets.filter((action) => !core.includes(action))).toEqual([
      'ec2:DescribeInstances',
      'elasticloadbalancing:DescribeTargetHealth',
      'elasticloadbalancing:DeregisterTargets',
      'elasticloadbalancing:RegisterTargets',
    ]);
    expect(actionsOf({ clusterName: 'blue' })).not.toContain('elasticloadbalancing:RemoveTags');
  });

  test('is for the partition, region and account that were asked for', () => {
    const text = JSON.stringify(
      policyOf({ clusterName: 'blue', partition: 'aws-cn', region: 'cn-north-1', account: '123456789012' }),
    );
    expect(text).toContain('arn:aws-cn:elasticloadbalancing:cn-north-1:123456789012:targetgroup/*');
    expect(text).toContain('arn:aws-cn:iam::123456789012:role/aws-service-role/');
    expect(text).not.toContain('arn:aws:');
  });
});
