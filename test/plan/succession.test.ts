import { describe, expect, test } from 'vitest';
import type { Stack } from '../../src/model/stack.ts';
import { planStack } from '../../src/plan/stack.ts';
import { observedAs } from './observed-sample.ts';
import { sampleStack } from './sample.ts';

const OLD = 'old:target-group/shop/web:80';
const NEW = 'new:target-group/shop/web:80:instance';

/** The same stack with instance targets, as after a fallback to node ports. */
function fallenBack(stack: Stack): Stack {
  const rename = (id: string) => `${id}:instance`;
  return {
    ...stack,
    targetGroups: stack.targetGroups.map((group) => ({
      ...group,
      id: rename(group.id),
      name: `${group.name}-i`,
      targetType: 'instance',
    })),
    listeners: stack.listeners.map((listener) => ({
      ...listener,
      rules: listener.rules.map((rule) => ({
        ...rule,
        actions: [{ type: 'forward', targets: [{ targetGroup: rename('shop/web:80'), weight: 1 }] }],
      })),
    })),
  };
}

/** What AWS has once both groups are there, the new one warming up. */
function warming(before: Stack) {
  const observed = observedAs(before);
  const [fresh] = observedAs(fallenBack(before), 'new').targetGroups;
  if (!fresh) throw new Error('the sample has no target group');
  observed.targetGroups.push({ ...fresh, loadBalancers: ['old:load-balancer'] });
  for (const rule of observed.loadBalancers[0]?.listeners[0]?.rules ?? []) {
    rule.actions = [
      {
        type: 'forward',
        targets: [
          { group: OLD, weight: 1 },
          { group: NEW, weight: 0 },
        ],
      },
    ];
  }
  return observed;
}

describe('a target group that takes the place of another', () => {
  const before = sampleStack();
  const wanted = fallenBack(before);

  test('is checked with weight 0 while the old one serves', () => {
    const steps = planStack(wanted, observedAs(before), { healthy: new Set([OLD]) });
    expect(steps.map(({ operation }) => operation.do)).toEqual([
      'createTargetGroup',
      'modifyRule',
      'deleteTargetGroup',
    ]);
    const targets = [
      { group: { arn: OLD }, weight: 1 },
      { group: { step: 'create target-group/shop/web:80:instance' }, weight: 0 },
    ];
    expect(steps[1]?.operation).toMatchObject({ actions: [{ type: 'forward', targets }] });
    expect(steps[2]?.hold).toContain('no healthy target yet');
  });

  test('waits, without a call, until it has a healthy target', () => {
    const steps = planStack(wanted, warming(before), { healthy: new Set([OLD]) });
    expect(steps.map(({ operation, hold }) => [operation.do, hold !== undefined])).toEqual([
      ['deleteTargetGroup', true],
    ]);
  });

  test('takes over when it has one', () => {
    const steps = planStack(wanted, warming(before), { healthy: new Set([OLD, NEW]) });
    expect(steps.map(({ operation, hold }) => [operation.do, hold])).toEqual([
      ['modifyRule', undefined],
      ['deleteTargetGroup', undefined],
    ]);
    expect(steps[0]?.operation).toMatchObject({ actions: [{ targets: [{ group: { arn: NEW }, weight: 1 }] }] });
  });

  test('takes over at once where the old one has no healthy target either', () => {
    const steps = planStack(wanted, observedAs(before), { healthy: new Set() });
    expect(steps.map(({ operation, hold }) => [operation.do, hold])).toEqual([
      ['createTargetGroup', undefined],
      ['modifyRule', undefined],
      ['deleteTargetGroup', undefined],
    ]);
  });

  test('keeps a replaced load balancer until the groups of the new one have healthy targets', () => {
    const internal: Stack = { ...before, loadBalancer: { ...before.loadBalancer, scheme: 'internal', name: 'other' } };
    const observed = observedAs(before);
    const made = observedAs(internal, 'new');
    observed.loadBalancers.push(...made.loadBalancers);
    for (const loadBalancer of made.loadBalancers) loadBalancer.securityGroups[0] = 'old:security-group';
    observed.targetGroups.push(...made.targetGroups);
    const heldWith = (...healthy: string[]) =>
      planStack(internal, observed, { healthy: new Set(healthy) }).map(({ operation, hold }) => [
        operation.do,
        hold !== undefined,
      ]);
    expect(heldWith(OLD)).toEqual([
      ['deleteLoadBalancer', true],
      ['deleteTargetGroup', true],
    ]);
    expect(heldWith(OLD, 'new:target-group/shop/web:80')).toEqual([
      ['deleteLoadBalancer', false],
      ['deleteTargetGroup', false],
    ]);
  });
});
