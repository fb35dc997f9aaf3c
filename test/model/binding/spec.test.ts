import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readBinding } from '../../../src/model/binding/spec.ts';

const ARN = 'arn:aws:elasticloadbalancing:eu-central-1:123456789012:targetgroup/web/0123456789abcdef';
const GOOD = { targetGroupARN: ARN, serviceRef: { name: 'web', port: 80 } };
const FIELDS = [
  'serviceRef',
  'targetGroupARN',
  'targetGroupName',
  'targetType',
  'ipAddressType',
  'vpcID',
  'nodeSelector',
  'networking',
  'multiClusterTargetGroup',
];

describe('the spec of a TargetGroupBinding', () => {
  test('every field that is acted on is read', () => {
    const group = { securityGroup: { groupID: 'sg-1' } };
    const networking = { ingress: [{ from: [group], ports: [{ port: 8080, protocol: 'TCP' }] }, { from: [group] }] };
    const read = readBinding({
      ...GOOD,
      targetGroupName: 'web',
      serviceRef: { name: 'web', port: 'http' },
      targetType: 'instance',
      ipAddressType: 'ipv6',
      vpcID: 'vpc-1',
      nodeSelector: { matchLabels: { pool: 'web' } },
      networking,
      multiClusterTargetGroup: false,
    });
    expect(read).toEqual({
      problems: [],
      spec: {
        service: { name: 'web', port: { name: 'http' } },
        arn: ARN,
        groupName: 'web',
        targetType: 'instance',
        ipAddressType: 'ipv6',
        vpcId: 'vpc-1',
        nodeSelector: { pool: 'web' },
        source: 'sg-1',
      },
    });
  });

  test.each([
    ['two groups', [{ from: [{ securityGroup: { groupID: 'a' } }, { securityGroup: { groupID: 'b' } }] }]],
    ['a block beside a group', [{ from: [{ securityGroup: { groupID: 'a' } }, { ipBlock: { cidr: '10.0.0.0/8' } }] }]],
    ['UDP', [{ from: [{ securityGroup: { groupID: 'a' } }], ports: [{ protocol: 'UDP' }] }]],
  ])('networking of %s is warned of, and its rules are not ours', (_what, rules) => {
    const { spec, problems } = readBinding({ ...GOOD, networking: { ingress: rules } });
    expect(spec).not.toHaveProperty('source');
    expect(problems).toEqual([
      expect.objectContaining({ severity: 'warning', reason: 'NotActedOn', field: 'spec.networking' }),
    ]);
  });

  test('S7: whatever stands in it, it is read or refused with a field, and nothing is thrown', () => {
    const anything = fc.anything({ maxDepth: 3 });
    const specs = fc.oneof(anything, fc.dictionary(fc.constantFrom(...FIELDS), anything));
    fc.assert(
      fc.property(specs, (raw) => {
        const { spec, problems } = readBinding(raw);
        const refusals = problems.filter(({ severity }) => severity === 'refused');
        expect(spec === undefined).toBe(refusals.length > 0);
        for (const { field } of problems) expect(field).toMatch(/^spec/);
      }),
      { numRuns: 500 },
    );
  });
});
