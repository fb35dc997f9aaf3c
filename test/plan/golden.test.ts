import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { printPlan } from '../../src/plan/print.ts';
import { planStack } from '../../src/plan/stack.ts';
import { buildCase, caseNames, loadCase } from '../fixtures/load.ts';
import { observedAs } from './observed-sample.ts';

describe('golden cases', () => {
  test.each(caseNames())('%s', async (name) => {
    const one = loadCase(name);
    const plans = buildCase(one).map(({ key, build }) => {
      const steps = planStack(build.stack, { key, loadBalancers: [], securityGroups: [], targetGroups: [] });
      return `${key}\n${printPlan(steps)}`;
    });
    await expect(plans.join('\n')).toMatchFileSnapshot(join(one.folder, 'plan.txt'));
  });

  test.each(caseNames())('%s: plans nothing when it is there already', (name) => {
    const stacks = buildCase(loadCase(name)).flatMap(({ build }) => (build.stack ? [build.stack] : []));
    expect(stacks.flatMap((stack) => planStack(stack, observedAs(stack)))).toEqual([]);
  });
});
