import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Stack } from '../../src/model/stack.ts';
import type { ObservedStack } from '../../src/plan/observed.ts';
import { printPlan } from '../../src/plan/print.ts';
import { planStack } from '../../src/plan/stack.ts';
import { isDestructive, refsOf, type Step } from '../../src/plan/step.ts';
import { observedAs } from './observed-sample.ts';
import { sampleStack } from './sample.ts';

const SERVICES = ['web', 'api', 'old', 'new'];

const stacks: fc.Arbitrary<Stack> = fc
  .record({
    services: fc.subarray(SERVICES, { minLength: 1 }),
    ports: fc.subarray([80, 8080, 8443], { minLength: 1 }),
    paths: fc.array(fc.constantFrom('/a', '/b', '/a/*', '/*'), { maxLength: 4 }),
    internal: fc.boolean(),
    instance: fc.boolean(),
    ownGroup: fc.boolean(),
    attributes: fc.constantFrom({}, { 'idle_timeout.timeout_seconds': '30' }),
    secure: fc.boolean(),
  })
  .map(({ services, ports, paths, internal, instance, ownGroup, attributes, secure }) => {
    const routes = paths.map((path, index) => `shop.example.com ${path} ${services[index % services.length]}`);
    const { securityGroup, ...stack } = sampleStack({ services, ports, routes });
    return {
      ...stack,
      ...(ownGroup && securityGroup ? { securityGroup } : {}),
      loadBalancer: {
        ...stack.loadBalancer,
        attributes,
        scheme: internal ? 'internal' : 'internet-facing',
        securityGroups: ownGroup ? [] : ['sg-named'],
      },
      targetGroups: stack.targetGroups.map((group) => ({ ...group, targetType: instance ? 'instance' : 'ip' })),
      listeners: stack.listeners.map((listener) =>
        secure ? { ...listener, protocol: 'HTTPS', certificates: ['cert-1', 'cert-2'] } : listener,
      ),
    } satisfies Stack;
  });

const nothing = (key: string): ObservedStack => ({ key, loadBalancers: [], securityGroups: [], targetGroups: [] });

const plans: fc.Arbitrary<{ steps: Step[]; observed: ObservedStack }> = fc
  .record({ wanted: fc.option(stacks, { nil: undefined }), before: fc.option(stacks, { nil: undefined }) })
  .map(({ wanted, before }) => {
    const observed = before ? observedAs(before) : nothing('ingress/shop/web');
    return { steps: planStack(wanted, observed), observed };
  });

/** Everything a step needs, directly or through others. */
function allNeeds(steps: Step[], step: Step): Set<string> {
  const byId = new Map(steps.map((each) => [each.id, each]));
  const found = new Set<string>();
  const visit = (id: string): void => {
    if (found.has(id)) return;
    found.add(id);
    byId.get(id)?.needs.forEach(visit);
  };
  step.needs.forEach(visit);
  return found;
}

const removedBy = ({ operation }: Step): string[] =>
  isDestructive(operation) ? ['id' in operation ? operation.id : operation.arn] : [];

describe('planStack', () => {
  test('gives each step an id of its own', () => {
    fc.assert(
      fc.property(plans, ({ steps }) => {
        expect(new Set(steps.map(({ id }) => id)).size).toBe(steps.length);
      }),
    );
  });

  test('puts what a step needs before it', () => {
    fc.assert(
      fc.property(plans, ({ steps }) => {
        const early = steps.flatMap((step, index) =>
          step.needs.filter((id) => !steps.slice(0, index).some((other) => other.id === id)),
        );
        expect(early).toEqual([]);
      }),
    );
  });

  test('puts no deletion before a creation', () => {
    fc.assert(
      fc.property(plans, ({ steps }) => {
        const kinds = steps.map(({ operation }) => isDestructive(operation));
        expect(kinds).toEqual(kinds.toSorted((a, b) => Number(a) - Number(b)));
      }),
    );
  });

  test('refers to nothing that is not there by then', () => {
    fc.assert(
      fc.property(plans, ({ steps }) => {
        const gone = new Set<string>();
        const missing = steps.flatMap((step) => {
          const needs = allNeeds(steps, step);
          const bad = refsOf(step.operation).filter((ref) =>
            'step' in ref ? !needs.has(ref.step) : gone.has(ref.arn),
          );
          for (const arn of removedBy(step)) gone.add(arn);
          return bad;
        });
        expect(missing).toEqual([]);
      }),
    );
  });

  test('deletes nothing that another step still uses', () => {
    fc.assert(
      fc.property(plans, ({ steps, observed }) => {
        const removed = new Set(steps.flatMap(removedBy));
        const kept = observed.loadBalancers
          .filter(({ arn }) => !removed.has(arn))
          .flatMap(({ listeners }) => listeners);
        const touched = new Set(
          steps
            .flatMap(({ operation }) =>
              'settings' in operation || operation.do === 'modifyRule' ? refsOf(operation) : [],
            )
            .map((ref) => JSON.stringify(ref)),
        );
        for (const { rules } of kept.filter(({ arn }) => !removed.has(arn))) {
          for (const { actions } of rules.filter(
            (rule) => !removed.has(rule.arn) && !touched.has(JSON.stringify({ arn: rule.arn })),
          )) {
            const groups = actions.flatMap((action) =>
              action.type === 'forward' ? action.targets.map(({ group }) => group) : [],
            );
            expect(groups.filter((group) => removed.has(group))).toEqual([]);
          }
        }
      }),
    );
  });

  test('plans nothing for what is there already', () => {
    fc.assert(
      fc.property(stacks, (stack) => {
        expect(planStack(stack, observedAs(stack))).toEqual([]);
      }),
    );
  });

  test('plans nothing for what AWS echoes in other words', () => {
    const stack = sampleStack();
    const observed = observedAs(stack);
    const [listener] = observed.loadBalancers[0]?.listeners ?? [];
    const rule = listener?.rules[0];
    if (!listener || !rule) throw new Error('the sample has no rule');
    rule.conditions = [...rule.conditions]
      .reverse()
      .map((condition) =>
        'values' in condition && condition.field === 'host-header'
          ? { ...condition, values: ['SHOP.example.com'] }
          : condition,
      );
    rule.actions = rule.actions.map((action) =>
      action.type === 'forward'
        ? { ...action, targets: action.targets.map((target) => ({ ...target, weight: 7 })) }
        : action,
    );
    listener.sslPolicy = 'ELBSecurityPolicy-2016-08';
    observed.loadBalancers[0]?.subnets.reverse();
    expect(planStack(stack, observed)).toEqual([]);
  });

  test('holds the deletion of a protected load balancer and of all that hangs on it, and says why', () => {
    const observed = observedAs(sampleStack());
    for (const loadBalancer of observed.loadBalancers)
      loadBalancer.attributes = { 'deletion_protection.enabled': 'true' };
    const steps = planStack(undefined, observed);
    expect(steps[0]?.hold).toContain('deletion protection');
    expect(steps.slice(1).every(({ needs }) => needs.includes(steps[0]?.id ?? ''))).toBe(true);
    expect(printPlan(steps)).toContain('not now: deletion protection is on');
  });

  test('makes the new load balancer before the old one goes, and keeps the old one until the new one is active', () => {
    const before = sampleStack();
    const wanted: Stack = { ...before, loadBalancer: { ...before.loadBalancer, scheme: 'internal' } };
    const steps = planStack(wanted, observedAs(before));
    const create = steps.find(({ operation }) => operation.do === 'createLoadBalancer');
    const removal = steps.find(({ operation }) => operation.do === 'deleteLoadBalancer');
    expect(create?.impact).toBe('DNS changes');
    expect(create?.operation).toMatchObject({ name: `${before.loadBalancer.name}-2` });
    expect(removal?.hold).toContain('not active yet');
    expect(allNeeds(steps, removal as Step)).toContain('create rule/80/1');
  });

  test('never revokes a rule that is described as somebody else’s', () => {
    const stack = sampleStack();
    const observed = observedAs(stack);
    observed.securityGroups[0]?.ingress.push(
      { fromPort: 443, toPort: 443, cidr: '10.0.0.0/8', description: 'office' },
      { fromPort: 9000, toPort: 9000, cidr: '10.0.0.0/8', description: 'podwire.dev/frontend' },
    );
    expect(planStack(stack, observed).map(({ operation }) => operation)).toEqual([
      expect.objectContaining({ do: 'revokeIngress', permissions: [{ port: 9000, cidr: '10.0.0.0/8' }] }),
    ]);
  });
});
