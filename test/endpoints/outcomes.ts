import { alignColumns } from '../columns.ts';
import { can, CAPABILITY_NAMES, type Capability, type Measured } from './capabilities.ts';
import type { Case } from './case.ts';

type Result = 'passed' | 'failed' | 'skipped';
type Outcome = { needs: readonly Capability[]; result: Result; lacking?: readonly Capability[] };

const RESULTS = ['passed', 'failed', 'skipped'] as const;

/** What became of every test of one endpoint. */
export class Outcomes {
  readonly endpoint: string;
  readonly #all = new Map<Case, Outcome>();
  #measured: Measured | undefined;

  constructor(endpoint: string) {
    this.endpoint = endpoint;
  }

  measured(measured: Measured): void {
    this.#measured = measured;
  }

  /** The last try counts. */
  add(one: Case, outcome: Outcome): void {
    this.#all.set(one, outcome);
  }

  /** `yes` or `no`, and how many of the tests that need it passed, failed or were skipped for want of it. */
  cell(capability: Capability): string {
    if (!this.#measured) return 'not run';
    const needing = [...this.#all.values()].filter(({ needs }) => needs.includes(capability));
    const counted = needing.filter(({ lacking }) => lacking?.includes(capability) ?? true);
    return [can(this.#measured, capability) ? 'yes' : 'no', ...countsOf(counted)].join(', ');
  }

  /** How many of all its tests passed, failed or were skipped. */
  total(): string {
    return countsOf([...this.#all.values()]).join(', ') || 'not run';
  }

  /** Each capability that it lacks, what it answered instead, and the tests that were skipped for want of it. */
  lacks(): { capability: Capability; instead: string; skipped: number }[] {
    const measured = this.#measured;
    if (!measured) return [];
    const skipped = (name: Capability) =>
      [...this.#all.values()].filter(({ lacking }) => lacking?.includes(name)).length;
    return CAPABILITY_NAMES.filter((name) => !can(measured, name)).map((capability) => ({
      capability,
      instead: measured[capability],
      skipped: skipped(capability),
    }));
  }
}

function countsOf(outcomes: readonly Outcome[]): string[] {
  const counts = RESULTS.map((result) => [outcomes.filter((each) => each.result === result).length, result] as const);
  return counts.filter(([number]) => number > 0).map(([number, result]) => `${number} ${result}`);
}

/** An endpoint that the suite did not run against, and why. */
export type NotRun = { endpoint: string; why: string };

/** Capability by endpoint; then what each endpoint does instead of what it lacks; then the endpoints that were not there. */
export function printOutcomes(all: readonly Outcomes[], notRun: readonly NotRun[]): string {
  const absent = notRun.map(() => 'not run');
  const table = alignColumns([
    ['capability', ...[...all, ...notRun].map(({ endpoint }) => endpoint)],
    ...CAPABILITY_NAMES.map((name) => [name, ...all.map((outcomes) => outcomes.cell(name)), ...absent]),
    ['all tests', ...all.map((outcomes) => outcomes.total()), ...absent],
  ]);
  const lacks = all.flatMap((outcomes) =>
    outcomes.lacks().map(({ capability, instead, skipped }) => [outcomes.endpoint, capability, `${skipped}`, instead]),
  );
  const reasons = alignColumns([['endpoint', 'lacks', 'tests skipped', 'what it answers instead'], ...lacks]);
  const absences = notRun.map(({ endpoint, why }) => `not run: ${endpoint}: ${why}`);
  return [table, reasons, absences.join('\n')].filter((part) => part !== '').join('\n\n');
}
