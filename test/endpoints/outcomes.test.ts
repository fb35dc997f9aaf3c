import { expect, test } from 'vitest';
import { CAPABILITY_NAMES, type Measured } from './capabilities.ts';
import type { Case } from './case.ts';
import { Outcomes, printOutcomes } from './outcomes.ts';

const measured = {
  ...Object.fromEntries(CAPABILITY_NAMES.map((name) => [name, 'yes'])),
  draining: 'gone at once',
} as Measured;
const caseOf = (name: string): Case => ({ name, run: async () => undefined });

test('L1: the closing table says what ran, what was skipped and why, and which endpoint was not there', () => {
  const outcomes = new Outcomes('here');
  outcomes.measured(measured);
  const [retried, broken, skipped] = [caseOf('retried'), caseOf('broken'), caseOf('skipped')];
  outcomes.add(retried, { needs: ['elbv2'], result: 'failed' });
  outcomes.add(retried, { needs: ['elbv2'], result: 'passed' });
  outcomes.add(broken, { needs: ['elbv2', 'portKeyed'], result: 'failed' });
  outcomes.add(skipped, { needs: ['elbv2', 'draining'], result: 'skipped', lacking: ['draining'] });
  const lines = printOutcomes([outcomes], [{ endpoint: 'there', why: 'no Docker answers' }])
    .split('\n')
    .map((line) => line.replaceAll(/ {2,}/g, ' | '));
  expect(lines).toContain('capability | here | there');
  expect(lines).toContain('elbv2 | yes, 1 passed, 1 failed | not run');
  expect(lines).toContain('portKeyed | yes, 1 failed | not run');
  expect(lines).toContain('draining | no, 1 skipped | not run');
  expect(lines).toContain('all tests | 1 passed, 1 failed, 1 skipped | not run');
  expect(lines).toContain('here | draining | 1 | gone at once');
  expect(lines).toContain('not run: there: no Docker answers');
});
