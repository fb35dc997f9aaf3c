import type { StackForecast } from '../../controllers/dry-run.ts';
import { printPlan } from '../../plan/print.ts';
import type { Step } from '../../plan/step.ts';
import type { Forecast } from './forecast.ts';
import type { Refusal } from './manifests.ts';

/** A plan as it is told; its fields stay what they are, and others may come. */
export type Report = {
  apiVersion: 'podwire.dev/v1alpha1';
  kind: 'Plan';
  /** Whether something would change. */
  changes: boolean;
  /** Steps by their impact, and how many of them would not be done at once. */
  summary: { steps: number; held: number; impacts: Record<string, number> };
  /** What could not be planned. */
  refused: Refusal[];
  /** What is only to be known. */
  notes: string[];
  stacks: ReportedStack[];
};

type ReportedStack = { stack: string; ingresses: string[]; steps: Step[] };

/** What the plan says, and what it could not say. */
export function reportOf({ stacks, refused, notes }: Forecast): Report {
  const steps = stacks.flatMap((one) => one.steps);
  return {
    apiVersion: 'podwire.dev/v1alpha1',
    kind: 'Plan',
    changes: steps.length > 0,
    summary: {
      steps: steps.length,
      held: steps.filter(({ hold }) => hold !== undefined).length,
      impacts: countImpacts(steps),
    },
    refused: [...refused, ...stacks.flatMap(refusalsOf)],
    notes: [...notes, ...stacks.flatMap(notesOf)],
    stacks: stacks.map(({ stack, members, steps: own }) => ({
      stack,
      ingresses: members.map(({ namespace, name }) => `${namespace}/${name}`),
      steps: own,
    })),
  };
}

function countImpacts(steps: Step[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { impact } of steps) counts[impact] = (counts[impact] ?? 0) + 1;
  return counts;
}

function refusalsOf({ stack, members, problems, error }: StackForecast): Refusal[] {
  const own = members.flatMap((member) =>
    member.problems
      .filter(({ severity }) => severity === 'refused')
      .map(({ reason, field, message }) => ({
        object: `Ingress ${member.namespace}/${member.name}`,
        reason,
        message: `${field}: ${message}`,
      })),
  );
  const whole = problems
    .filter(({ severity }) => severity === 'refused')
    .map(({ reason, field, message }) => ({ object: stack, reason, message: `${field}: ${message}` }));
  const failed = error === undefined ? [] : [{ object: stack, reason: error.name, message: error.message }];
  return [...own, ...whole, ...failed];
}

function notesOf({ stack, members, problems, moved, kept }: StackForecast): string[] {
  const warned = [...members.flatMap((member) => member.problems), ...problems].filter(
    ({ severity }) => severity === 'warning',
  );
  return [
    ...warned.map(({ field, message }) => `${stack}: ${field}: ${message}`),
    ...members
      .filter(({ servedFromLastGood }) => servedFromLastGood)
      .map(({ namespace, name }) => `${stack}: Ingress ${namespace}/${name} is served as it was accepted last`),
    ...moved.map(
      (name) =>
        `${stack}: Ingress ${name} has moved to another load balancer; before the steps here it is served by both until clients have followed it`,
    ),
    ...(kept ? [`${stack}: nothing is changed until what is refused is corrected or deleted`] : []),
  ];
}

/** The plan as people read it. */
export function tellReport(report: Report): string[] {
  const { stacks, refused, notes } = report;
  return [
    ...stacks.flatMap(stackLines),
    ...refused.map(({ object, reason, message }) => `refused: ${object}: ${reason}: ${message}`),
    ...notes.map((note) => `note: ${note}`),
    ...(stacks.length + refused.length + notes.length === 0 ? [] : ['']),
    summaryLine(report),
  ];
}

function stackLines({ stack, ingresses, steps }: ReportedStack): string[] {
  if (steps.length === 0) return [`${stack}: no changes`];
  const owned = ingresses.length === 0 ? 'nothing asks for it' : `Ingress ${ingresses.join(', ')}`;
  return [
    `${stack} (${owned})`,
    ...printPlan(steps)
      .trimEnd()
      .split('\n')
      .map((line) => `  ${line}`),
  ];
}

function summaryLine({ summary: { steps, held, impacts }, stacks }: Report): string {
  if (steps === 0) return 'No changes.';
  const changed = stacks.filter((one) => one.steps.length > 0).length;
  const where = stacks.length === 1 ? '1 load balancer' : `${changed} of ${stacks.length} load balancers`;
  const counted = Object.entries(impacts).map(
    ([impact, count]) => `${count} ${impact === 'none' ? 'without impact' : impact}`,
  );
  const waits = held === 0 ? '' : `; ${held} not at once`;
  return `${steps} ${steps === 1 ? 'step' : 'steps'} in ${where}: ${counted.join(', ')}${waits}.`;
}
