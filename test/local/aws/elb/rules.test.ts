import type { RuleCondition } from '@aws-sdk/client-elastic-load-balancing-v2';
import { expect, test } from 'vitest';
import { codeOf, createStack, createTargetGroup, createWorld } from '../world.ts';
import type { World } from '../world.ts';

const FIXED = [{ Type: 'fixed-response' as const, FixedResponseConfig: { StatusCode: '404' } }];

async function createRule(
  { elb }: World,
  ListenerArn: string,
  rule: { priority: number; conditions?: RuleCondition[] },
): Promise<string> {
  const Conditions = rule.conditions ?? [{ Field: 'path-pattern', Values: [`/${rule.priority}`] }];
  const { Rules } = await elb.createRule({ ListenerArn, Priority: rule.priority, Conditions, Actions: FIXED });
  return Rules?.[0]?.RuleArn ?? '';
}

async function priorities({ elb }: World, ListenerArn: string): Promise<Record<string, string>> {
  const { Rules = [] } = await elb.describeRules({ ListenerArn });
  return Object.fromEntries(Rules.map(({ RuleArn = '', Priority = '' }) => [RuleArn, Priority]));
}

test('rules are listed by priority, the default one last, also in pages', async () => {
  const world = createWorld();
  const { listener } = await createStack(world);
  for (const priority of [30, 10, 20]) await createRule(world, listener, { priority });
  const first = await world.elb.describeRules({ ListenerArn: listener, PageSize: 3 });
  const second = await world.elb.describeRules({ ListenerArn: listener, PageSize: 3, Marker: first.NextMarker });
  const seen = [...(first.Rules ?? []), ...(second.Rules ?? [])].map(({ Priority }) => Priority);
  expect(seen).toEqual(['10', '20', '30', 'default']);
});

test('two rules swap their priorities in one call; an outcome with a conflict changes nothing', async () => {
  const world = createWorld();
  const { listener } = await createStack(world);
  const [a, b, c] = [
    await createRule(world, listener, { priority: 1 }),
    await createRule(world, listener, { priority: 2 }),
    await createRule(world, listener, { priority: 3 }),
  ];
  await world.elb.setRulePriorities({
    RulePriorities: [
      { RuleArn: a, Priority: 2 },
      { RuleArn: b, Priority: 1 },
    ],
  });
  expect(await priorities(world, listener)).toMatchObject({ [a]: '2', [b]: '1', [c]: '3' });
  const clash = world.elb.setRulePriorities({
    RulePriorities: [
      { RuleArn: b, Priority: 7 },
      { RuleArn: a, Priority: 3 },
    ],
  });
  expect(await codeOf(clash)).toBe('PriorityInUse');
  expect(await priorities(world, listener)).toMatchObject({ [a]: '2', [b]: '1', [c]: '3' });
});

test('a priority can be taken once', async () => {
  const world = createWorld();
  const { listener } = await createStack(world);
  await createRule(world, listener, { priority: 1 });
  expect(await codeOf(createRule(world, listener, { priority: 1 }))).toBe('PriorityInUse');
});

test('the default rule can be neither modified nor deleted, and a missing rule is not found', async () => {
  const world = createWorld();
  const { listener } = await createStack(world);
  const [arn = ''] = Object.keys(await priorities(world, listener));
  expect(await codeOf(world.elb.deleteRule({ RuleArn: arn }))).toBe('OperationNotPermitted');
  expect(await codeOf(world.elb.modifyRule({ RuleArn: arn, Actions: FIXED }))).toBe('OperationNotPermitted');
  expect(await codeOf(world.elb.deleteRule({ RuleArn: `${arn.slice(0, -1)}z` }))).toBe('RuleNotFound');
});

test('host and path conditions come back in both forms', async () => {
  const world = createWorld();
  const { listener } = await createStack(world);
  const conditions = [
    { Field: 'host-header', Values: ['*.example.com'] },
    { Field: 'path-pattern', PathPatternConfig: { Values: ['/a', '/a/*'] } },
  ];
  const RuleArn = await createRule(world, listener, { priority: 1, conditions });
  const { Rules } = await world.elb.describeRules({ RuleArns: [RuleArn] });
  expect(Rules?.[0]?.Conditions).toEqual([
    { Field: 'host-header', Values: ['*.example.com'], HostHeaderConfig: { Values: ['*.example.com'] } },
    { Field: 'path-pattern', Values: ['/a', '/a/*'], PathPatternConfig: { Values: ['/a', '/a/*'] } },
  ]);
});

test.each<[string, RuleCondition[]]>([
  ['no condition', []],
  ['an unknown field', [{ Field: 'cookie', Values: ['a'] }]],
  [
    'two host conditions',
    [
      { Field: 'host-header', Values: ['a.b'] },
      { Field: 'host-header', Values: ['c.d'] },
    ],
  ],
  ['a host without dot', [{ Field: 'host-header', Values: ['localhost'] }]],
  ['a host with digits after the last dot', [{ Field: 'host-header', Values: ['a.b1'] }]],
  ['a path with a space', [{ Field: 'path-pattern', Values: ['/a b'] }]],
  ['two values in Values', [{ Field: 'path-pattern', Values: ['/a', '/b'] }]],
  ['six values', [{ Field: 'path-pattern', PathPatternConfig: { Values: ['/1', '/2', '/3', '/4', '/5', '/6'] } }]],
  ['six wildcards', [{ Field: 'path-pattern', Values: ['/*/*/*/*/*/*'] }]],
  ['the header Host', [{ Field: 'http-header', HttpHeaderConfig: { HttpHeaderName: 'Host', Values: ['a'] } }]],
  ['a method in small letters', [{ Field: 'http-request-method', HttpRequestMethodConfig: { Values: ['get'] } }]],
  ['an address that is no CIDR', [{ Field: 'source-ip', SourceIpConfig: { Values: ['10.0.0.1'] } }]],
  ['a regular expression that is none', [{ Field: 'path-pattern', PathPatternConfig: { RegexValues: ['('] } }]],
])('CreateRule refuses %s', async (_case, conditions) => {
  const world = createWorld();
  const { listener } = await createStack(world);
  expect(await codeOf(createRule(world, listener, { priority: 1, conditions }))).toBe('ValidationError');
  expect(Object.keys(await priorities(world, listener))).toHaveLength(1);
});

test('quotas of rules and of groups per action hold', async () => {
  const world = createWorld({ quotas: { 'rules-per-application-load-balancer': 1 } });
  const { listener } = await createStack(world);
  const groups: string[] = [];
  for (let i = 0; i < 6; i++) groups.push(await createTargetGroup(world, { name: `g${i}` }));
  const TargetGroups = groups.map((TargetGroupArn) => ({ TargetGroupArn }));
  const six = world.elb.createRule({
    ListenerArn: listener,
    Priority: 5,
    Conditions: [{ Field: 'path-pattern', Values: ['/'] }],
    Actions: [{ Type: 'forward', ForwardConfig: { TargetGroups } }],
  });
  expect(await codeOf(six)).toBe('TooManyTargetGroups');
  await createRule(world, listener, { priority: 1 });
  expect(await codeOf(createRule(world, listener, { priority: 2 }))).toBe('TooManyRules');
});

test('an empty list in a modification changes nothing', async () => {
  const world = createWorld();
  const { listener } = await createStack(world);
  const RuleArn = await createRule(world, listener, { priority: 1 });
  const { Rules } = await world.elb.modifyRule({ RuleArn, Actions: [], Conditions: [] });
  expect(Rules?.[0]).toMatchObject({ Actions: FIXED, Conditions: [{ Field: 'path-pattern', Values: ['/1'] }] });
});
