import { isDestructive, type Step } from './step.ts';

/** A plan as people read it: one line a step, in the order of the plan, with its reason and what it does to traffic. */
export function printPlan(steps: readonly Step[]): string {
  if (steps.length === 0) return 'Nothing to do: AWS has what is wanted.\n';
  return `${steps.map(printStep).join('\n')}\n`;
}

export function printStep(step: Step): string {
  const impact = step.impact === 'none' ? '' : ` [${step.impact}]`;
  const hold = step.hold ? `\n    not now: ${step.hold}` : '';
  return `${signOf(step)} ${step.resource}: ${step.because}${impact}${hold}`;
}

function signOf({ operation }: Step): string {
  if (isDestructive(operation)) return '-';
  return operation.do.startsWith('create') || operation.do === 'ensureBackendSecurityGroup' ? '+' : '~';
}
