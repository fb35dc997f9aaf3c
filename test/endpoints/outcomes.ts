import { alignColumns } from '../columns.ts';
import { can, CAPABILITY_NAMES, type Capability, type Measured } from './capabilities.ts';

type Outcome = {
  needs: readonly Capability[];
  result: 'passed' | 'failed' | 'skipped';
  lacking?: readonly Capability[];
};

/** What became of every test of one endpoint. */
export class Outcomes {
  readonly endpoint: string;
  readonly #all: Outcome[] = [];
  #measured: Measured | undefined;

  constructor(endpoint: string) {
    this.endpoint = endpoint;
  }

  measured(measured: Measured): void {
    this.#measured = measured;
  }

  add(outcome: Outcome): void {
    this.#all.push(outcome);
  }

  /** `yes` or `no`, and how many of the tests that need it passed, failed or were skipped for want of it. */
  cell(capability: Capability): string {
    if (!this.#measured) return '-';
    const needing = this.#all.filter(({ needs }) => needs.includes(capability));
    const count = (result: Outcome['result']) =>
      needing.filter((each) => each.result === result && (each.lacking?.includes(capability) ?? true)).length;
    const counts = (['passed', 'failed', 'skipped'] as const).map((result) => [count(result), result] as const);
    const told = counts.filter(([number]) => number > 0).map(([number, result]) => `${number} ${result}`);
    return [can(this.#measured, capability) ? 'yes' : 'no', ...told].join(', ');
  }
}

/** Endpoint by capability, as lines of text. */
export function printOutcomes(all: readonly Outcomes[]): string {
  return alignColumns([
    ['capability', ...all.map(({ endpoint }) => endpoint)],
    ...CAPABILITY_NAMES.map((name) => [name, ...all.map((outcomes) => outcomes.cell(name))]),
  ]);
}
