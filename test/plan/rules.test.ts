import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { RuleCondition } from '../../src/model/stack.ts';
import type { ObservedRule } from '../../src/plan/observed.ts';
import type { WantedRule } from '../../src/plan/rule-pairs.ts';
import { planRules } from '../../src/plan/rules.ts';
import type { Step } from '../../src/plan/step.ts';
import { applyRuleStep, type LiveListener, type Request, route } from './aws-rules.ts';

type Line = { host: string; path: string; backend: string };

const HOSTS = ['a.example.com', 'b.example.com', '*.example.com'];
const PATHS = ['/', '/x', '/x/y', '/x*', '/*'];
const lines = fc.array(
  fc.record({
    host: fc.constantFrom(...HOSTS),
    path: fc.constantFrom(...PATHS),
    backend: fc.constantFrom('one', 'two', 'three'),
  }),
  { maxLength: 6 },
);
const REQUESTS: Request[] = ['a.example.com', 'b.example.com', 'c.example.com'].flatMap((host) =>
  ['/', '/x', '/x/y', '/z'].map((path) => ({ host, path })),
);

const conditionsOf = ({ host, path }: Line): RuleCondition[] => [
  { field: 'host-header', values: [host] },
  { field: 'path-pattern', values: [path] },
];

const wantedOf = (line: Line, index: number): WantedRule => ({
  priority: index + 1,
  conditions: conditionsOf(line),
  actions: [{ type: 'forward', targets: [{ group: { arn: line.backend }, weight: 1 }] }],
  owner: 'shop/web',
  tags: {},
});

const observedOf = (line: Line, index: number): ObservedRule => ({
  arn: `rule-${index}`,
  priority: index + 1,
  conditions: conditionsOf(line),
  actions: [{ type: 'forward', targets: [{ group: line.backend, weight: 1 }] }],
});

type Case = { before: Line[]; after: Line[]; defaults: [string, string] };

function planOf({ before, after, defaults }: Case): Step[] {
  const base = {
    listener: { arn: 'listener' },
    port: 80,
    wanted: after.map(wantedOf),
    observed: before.map(observedOf),
    fresh: false,
  };
  return planRules(defaults[0] === defaults[1] ? base : { ...base, defaultStep: defaultStepTo(defaults[1]) });
}

function defaultStepTo(backend: string): Step {
  const defaultActions = [{ type: 'forward' as const, targets: [{ group: { arn: backend }, weight: 1 }] }];
  const operation = {
    do: 'modifyListener' as const,
    listener: { arn: 'listener' },
    settings: { port: 80, protocol: 'HTTP' as const, defaultActions },
  };
  return { id: 'modify listener/80', resource: 'listener/80', because: '', impact: 'in place', needs: [], operation };
}

const liveOf = (rules: Line[], backend: string): LiveListener => ({
  rules: rules.map((line, index) => ({
    arn: `rule-${index}`,
    priority: index + 1,
    conditions: conditionsOf(line),
    backend: line.backend,
  })),
  backend,
});

/** The listener after each step, in some order that the needs allow. */
function statesOf(first: LiveListener, steps: Step[], pick: (count: number) => number): LiveListener[] {
  const states = [first];
  const done = new Set<string>();
  let left = steps;
  while (left.length > 0) {
    const ready = left.filter(({ needs }) => needs.every((id) => done.has(id)));
    const next = ready[pick(ready.length)];
    if (!next) throw new Error(`stuck: ${left.map(({ id }) => id).join(', ')}`);
    states.push(applyRuleStep(states.at(-1) as LiveListener, next));
    done.add(next.id);
    left = left.filter((step) => step !== next);
  }
  return states;
}

const cases = fc.record({
  before: lines,
  after: lines,
  defaults: fc.constantFrom<[string, string]>(['none', 'none'], ['one', 'none'], ['none', 'two']),
});
const seeds = fc.infiniteStream(fc.double({ min: 0, max: 0.999, noNaN: true }));

/** Each request stays with its old answer or has its new one after every step; `alter` spoils the plan for the control. */
const neverAstray = (alter: (steps: Step[]) => Step[]) =>
  fc.property(cases, seeds, (each, seed) => {
    const first = liveOf(each.before, each.defaults[0]);
    const states = statesOf(first, alter(planOf(each)), (count) => Math.floor(seed.next().value * count));
    return REQUESTS.every((request) => {
      const allowed = [route(first, request), route(states.at(-1) as LiveListener, request)];
      return states.every((state) => allowed.includes(route(state, request)));
    });
  });

describe('planRules', () => {
  test('ends with the wanted rules at the wanted priorities', () => {
    fc.assert(
      fc.property(cases, seeds, (each, seed) => {
        const states = statesOf(liveOf(each.before, each.defaults[0]), planOf(each), (count) =>
          Math.floor(seed.next().value * count),
        );
        const last = states.at(-1) as LiveListener;
        const found = last.rules.toSorted((a, b) => a.priority - b.priority).map(({ arn: _arn, ...rule }) => rule);
        const wanted = liveOf(each.after, each.defaults[1]);
        expect(found).toEqual(wanted.rules.map(({ arn: _arn, ...rule }) => rule));
        expect(last.backend).toBe(wanted.backend);
      }),
      { numRuns: 500 },
    );
  });

  test('never sends a request where neither the old nor the new rules send it', () => {
    const verdict = fc.check(
      neverAstray((steps) => steps),
      { numRuns: 500 },
    );
    expect(verdict.counterexample).toBeNull();
  });

  test('is caught when deletions wait for nothing', () => {
    const hasty = (steps: Step[]) => steps.map((step) => (step.impact === 'deletes' ? { ...step, needs: [] } : step));
    expect(fc.check(neverAstray(hasty), { numRuns: 500, seed: 1 }).failed).toBe(true);
  });

  test('plans nothing for equal rules', () => {
    fc.assert(
      fc.property(lines, (same) => {
        expect(planOf({ before: same, after: same, defaults: ['none', 'none'] })).toEqual([]);
      }),
    );
  });

  test('needs one call for one rule more, one less, one changed or one renamed', () => {
    const rule = (path: string, backend = 'one'): Line => ({ host: 'a.example.com', path, backend });
    const defaults: [string, string] = ['none', 'none'];
    const actions = (before: Line[], after: Line[]) =>
      planOf({ before, after, defaults }).map(({ operation }) => operation.do);
    expect(actions([rule('/a')], [rule('/a'), rule('/b')])).toEqual(['createRule']);
    expect(actions([rule('/a'), rule('/b')], [rule('/a')])).toEqual(['deleteRule']);
    expect(actions([rule('/a'), rule('/b')], [rule('/a'), rule('/b', 'two')])).toEqual(['modifyRule']);
    expect(actions([rule('/a'), rule('/b')], [rule('/a'), rule('/c')])).toEqual(['modifyRule']);
    expect(actions([rule('/a'), rule('/b')], [rule('/b'), rule('/a')])).toEqual(['setRulePriorities']);
    expect(actions([rule('/b')], [rule('/a'), rule('/b')])).toEqual(['createRule', 'setRulePriorities']);
    expect(actions([rule('/x'), rule('/*')], [rule('/x', 'two'), rule('/*', 'two')])).toEqual([
      'modifyRule',
      'modifyRule',
    ]);
  });
});
