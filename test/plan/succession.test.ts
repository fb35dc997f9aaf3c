import { describe, expect, test } from 'vitest';
import type { Stack } from '../../src/model/stack.ts';
import type { ObservedStack } from '../../src/plan/observed.ts';
import { planStack } from '../../src/plan/stack.ts';
import { STILL_FINISHING, SUCCESSOR_COLD } from '../../src/plan/succession.ts';
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
  share(observed, { [OLD]: 1, [NEW]: 0 });
  return observed;
}

/** Has the rules forward to these groups with these weights. */
function share(observed: ObservedStack, weights: Record<string, number>): void {
  const targets = Object.entries(weights).map(([group, weight]) => ({ group, weight }));
  for (const rule of observed.loadBalancers[0]?.listeners[0]?.rules ?? [])
    rule.actions = [{ type: 'forward', targets }];
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
    expect(steps[2]?.hold).toBe(SUCCESSOR_COLD);
  });

  test('waits, without a call, until it has a healthy target', () => {
    const steps = planStack(wanted, warming(before), { healthy: new Set([OLD]) });
    expect(steps.map(({ operation, hold }) => [operation.do, hold !== undefined])).toEqual([
      ['deleteTargetGroup', true],
    ]);
  });

  test('waits on while its healthy targets are few, or unknown to some load balancer node', () => {
    const steps = planStack(wanted, warming(before), { healthy: new Set([OLD, NEW]), warm: new Set([OLD]) });
    expect(steps.map(({ operation, hold }) => [operation.do, hold !== undefined])).toEqual([
      ['deleteTargetGroup', true],
    ]);
  });

  test('takes over when it is warm, and the old one stays named until all requests it took have ended', () => {
    const healthy = new Set([OLD, NEW]);
    const [move, keep, ...more] = planStack(wanted, warming(before), { healthy });
    expect(more).toEqual([]);
    const targets = [
      { group: { arn: OLD }, weight: 0 },
      { group: { arn: NEW }, weight: 1 },
    ];
    expect(move?.operation).toMatchObject({ do: 'modifyRule', actions: [{ targets }] });
    expect(keep?.hold).toBe(STILL_FINISHING);
    expect(keep?.againMs).toBeUndefined();
    const moved = warming(before);
    share(moved, { [OLD]: 0, [NEW]: 1 });
    const waiting = planStack(wanted, moved, { healthy, idleMs: new Map([[OLD, -1_000]]) });
    expect(waiting).toMatchObject([{ hold: STILL_FINISHING, againMs: 301_000 }]);
    const done = planStack(wanted, moved, { healthy, idleMs: new Map([[OLD, 300_000]]) });
    expect(done.map(({ operation, hold }) => [operation.do, hold])).toEqual([
      ['modifyRule', undefined],
      ['deleteTargetGroup', undefined],
    ]);
    expect(done[0]?.operation).toMatchObject({ actions: [{ targets: [{ group: { arn: NEW }, weight: 1 }] }] });
  });

  test('ends as soon as the deregistration delay of the old one says', () => {
    const moved = warming(before);
    share(moved, { [OLD]: 0, [NEW]: 1 });
    for (const group of moved.targetGroups) group.attributes = { 'deregistration_delay.timeout_seconds': '10' };
    const idleMs = (ms: number) => ({ healthy: new Set([OLD, NEW]), idleMs: new Map([[OLD, ms]]) });
    expect(planStack(wanted, moved, idleMs(9_999))).toMatchObject([{ againMs: 1 }]);
    expect(planStack(wanted, moved, idleMs(10_000)).map(({ hold }) => hold)).toEqual([undefined, undefined]);
  });

  test('keeps what it has taken over, though its health falls', () => {
    const moved = warming(before);
    share(moved, { [OLD]: 0, [NEW]: 1 });
    const steps = planStack(wanted, moved, { healthy: new Set([OLD]), idleMs: new Map([[OLD, 0]]) });
    expect(steps).toMatchObject([{ hold: STILL_FINISHING }]);
  });

  test('gives the requests back at once when the old one is wanted again', () => {
    const moved = warming(before);
    share(moved, { [OLD]: 0, [NEW]: 1 });
    const steps = planStack(before, moved, { healthy: new Set([OLD, NEW]) });
    const targets = [
      { group: { arn: NEW }, weight: 0 },
      { group: { arn: OLD }, weight: 1 },
    ];
    expect(steps[0]?.operation).toMatchObject({ do: 'modifyRule', actions: [{ targets }] });
    expect(steps[1]).toMatchObject({ hold: STILL_FINISHING, operation: { do: 'deleteTargetGroup', arn: NEW } });
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
