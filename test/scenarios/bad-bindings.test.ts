import { expect, test } from 'vitest';
import { CLAIM, targetGroup, binding, serviceRef, openShop, registered, BOTH, told } from './bindings.ts';

const WRONG: [string, object, RegExp][] = [
  [
    'no serviceRef',
    { serviceRef: undefined },
    /InvalidValue: spec.serviceRef.name: wanted the name of a Service; given nothing/,
  ],
  [
    'unknown port',
    { serviceRef: { name: 'web', port: 81 } },
    /ServicePortNotFound: spec.serviceRef.port: wanted a port of Service shop\/web: http \(80\); given 81/,
  ],
  [
    'unknown Service',
    { serviceRef: { name: 'wbe', port: 80 } },
    /ServiceNotFound: spec.serviceRef.name: wanted a Service that is there; given Service shop\/wbe/,
  ],
  [
    'port of a wrong type',
    { serviceRef: { name: 'web', port: {} } },
    /InvalidValue: spec.serviceRef.port: wanted the name or number of a Service port; given {}/,
  ],
  [
    'no target group',
    { targetGroupARN: undefined },
    /InvalidValue: spec.targetGroupARN: wanted the ARN of a target group, or its name in targetGroupName; given nothing/,
  ],
  [
    'an unknown target group',
    { targetGroupARN: undefined, targetGroupName: 'nobody' },
    /TargetGroupNotFound: spec.targetGroupName: wanted a target group that is there; given nobody/,
  ],
  [
    'another target type',
    { targetType: 'instance' },
    /TargetGroupMismatch: spec.targetType: wanted ip, as target group by-hand has it; given instance/,
  ],
  ['no target type', { targetType: 'pod' }, /InvalidValue: spec.targetType: wanted ip or instance; given "pod"/],
  [
    'another address family',
    { ipAddressType: 'ipv6' },
    /TargetGroupMismatch: spec.ipAddressType: wanted ipv4, as target group by-hand has it; given ipv6/,
  ],
  [
    'another VPC',
    { vpcID: 'vpc-1' },
    /TargetGroupMismatch: spec.vpcID: wanted vpc-\w+, as target group by-hand has it; given vpc-1/,
  ],
  [
    'several clusters',
    { multiClusterTargetGroup: true },
    /NotServed: spec.multiClusterTargetGroup: wanted false, .*given true/,
  ],
  ['another account', { iamRoleArnToAssume: 'arn:aws:iam::1:role/x' }, /NotServed: spec.iamRoleArnToAssume/],
  [
    'label expressions',
    { nodeSelector: { matchExpressions: [{ key: 'a', operator: 'Exists' }] } },
    /InvalidValue: spec.nodeSelector.matchExpressions: wanted matchLabels alone/,
  ],
];

test.each(WRONG)(
  'S4: %s: told on the binding by field, and nothing is registered; another one is served',
  async (_what, wrong, sentence) => {
    const { world, arn } = await openShop();
    const other = await targetGroup(world, { Name: 'other' });
    await world.apply(
      binding({ spec: { targetGroupARN: arn, serviceRef, ...wrong }, claim: 'true' }),
      binding({ name: 'good', spec: { targetGroupARN: other, serviceRef }, claim: 'true' }),
    );
    await world.advance(30_000);
    expect((await world.events('web')).join('\n')).toMatch(sentence);
    const [condition = ''] = await told(world);
    expect(condition.replace('podwire.dev/Served=False ', '')).toMatch(sentence);
    expect(registered(world, arn)).toEqual([]);
    expect(registered(world, other)).toEqual(BOTH);
  },
);

test('a target group of another VPC is refused', async () => {
  const { world } = await openShop({ settings: { vpcId: 'vpc-0a1b2c3d4e5f60718' } });
  const elsewhere = world.aws.state.targetGroups.values().next().value as { arn: string; vpcId?: string };
  (elsewhere as { vpcId: string }).vpcId = 'vpc-elsewhere';
  await world.apply(binding({ spec: { targetGroupARN: elsewhere.arn, serviceRef }, claim: 'true' }));
  await world.advance(10_000);
  expect((await world.events('web')).join('\n')).toMatch(
    /TargetGroupMismatch: spec.targetGroupARN: wanted a target group of VPC vpc-0a1b2c3d4e5f60718; given target group by-hand of VPC vpc-elsewhere/,
  );
  expect(registered(world, elsewhere.arn)).toEqual([]);
});

test('a claim that is neither true nor false, and a field that nobody knows, are named', async () => {
  const { world, arn } = await openShop();
  await world.apply(
    binding({ spec: { targetGroupARN: arn, serviceRef }, claim: 'yes' }),
    binding({ name: 'odd', spec: { targetGroupARN: arn, serviceRef, targetGroupArn: arn }, claim: 'true' }),
  );
  await world.advance(10_000);
  expect((await world.events('web')).join('\n')).toContain(
    `metadata.annotations[${CLAIM}]: wanted true or false; given "yes"`,
  );
  expect((await world.events('odd')).join('\n')).toContain('given targetGroupArn; did you mean targetGroupARN?');
  expect(registered(world, arn)).toEqual(BOTH);
});
