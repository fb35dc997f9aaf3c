import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { realClock as clock } from '../../src/runtime/clock.ts';
import type { Part, ProofCase } from './case.ts';
import { type Control, type ControlName, CONTROLS } from './controls.ts';
import { runControl } from './control-runs.ts';
import { pageOf } from './page.ts';
import type { CaseResult, ControlRun, Results } from './results.ts';
import type { Scale } from './scale.ts';
import { type KeptParts, openStage, type Stage } from './stage.ts';
import { judge, type Judged, notYet } from './verdict.ts';

export type ProverOptions = {
  scale: Scale;
  dir: string;
  results: Results;
  /** Measure what was measured before as well. */
  again: boolean;
  /** How often a case that fails is measured; what the first try showed is told all the same. */
  tries: number;
  tell: (line: string) => void;
};

type Played = { run: (stage: Stage) => Promise<Part[]>; kept: KeptParts };

const NOTHING_KEPT: KeptParts = { read: async () => undefined, save: async () => undefined };

const AT_LEAST = 30_000;

/** Runs cases and controls one after the other, keeps what they came to, and tries once more after a stall. */
export class Prover {
  readonly #options: ProverOptions;
  readonly #done = new Set<string>(); // what was measured in this run
  /** What was measured in this run, and how long each took. */
  readonly steps: { name: string; seconds: number }[] = [];

  constructor(options: ProverOptions) {
    this.#options = options;
  }

  /** The result of one case: measured now where it is `wanted`, else what is known of it. */
  async result(one: ProofCase, wanted: boolean): Promise<CaseResult> {
    const known = await this.#options.results.case(one.case);
    if (!one.run || (!wanted && known === undefined)) return this.#unmeasured(one);
    if (known !== undefined && !(wanted && this.#options.again) && isFinal(known)) return this.#shown(known);
    if (!wanted) return known ?? this.#unmeasured(one);
    const result = await this.#measure(one, one.run);
    await this.#options.results.saveCase(result);
    return this.#shown(result);
  }

  /** All controls, also those that no row refers to; without the models if so asked. */
  async runControls({ models }: { models: boolean }): Promise<void> {
    const controls: [string, Control][] = Object.entries(CONTROLS);
    for (const [name, { model }] of controls) if (models || model !== true) await this.control(name as ControlName);
  }

  /** How much a control loses; measured once and kept, and once more after a stall: what a machine loses that stands still shows nothing. */
  async control(name: ControlName): Promise<ControlRun> {
    const { results, again } = this.#options;
    const known = await results.control(name);
    const isKept = this.#done.has(name) || (!again && known !== undefined && known.failed > 0 && !known.inconclusive);
    if (known !== undefined && isKept) return known;
    const first = await this.#measureControl(name);
    const run = first.inconclusive ? await this.#measureControl(name) : first;
    this.#done.add(name);
    await results.saveControl(run);
    return run;
  }

  async #measureControl(name: ControlName): Promise<ControlRun> {
    const { scale, tell } = this.#options;
    tell(`control "${name}"`);
    const began = clock.monotonic();
    const parts = await this.#onStage(`control ${name}`, {
      kept: NOTHING_KEPT,
      run: (stage) => runControl(name, stage),
    });
    const sum = (count: (part: Part) => number): number => parts.reduce((total, part) => total + count(part), 0);
    const run: ControlRun = {
      name,
      requests: sum((part) => part.requests),
      failed: sum((part) => part.failed),
      inconclusive: parts.some(({ inconclusive }) => inconclusive),
      factor: scale.factor,
      measuredAt: new Date(clock.now()).toISOString(),
      seconds: this.#noteStep(`control "${name}"`, began),
      parts,
    };
    tell(`control "${name}": ${run.failed} of ${run.requests} lost${run.inconclusive ? ', with a stall' : ''}`);
    return run;
  }

  async #measure(one: ProofCase, run: (stage: Stage) => Promise<Part[]>): Promise<CaseResult> {
    const { tell } = this.#options;
    const control = await this.control(one.control);
    const began = clock.monotonic();
    const earlier: string[] = [];
    for (let tries = 1; ; tries++) {
      tell(`case ${one.case}: ${one.name}${tries > 1 ? ', once more' : ''}`);
      const parts = await this.#onStage(`case ${one.case}`, { kept: this.#partsOf(one), run });
      const judged = judge(parts, control, this.#atLeast(one));
      tell(`case ${one.case}: ${judged.verdict}${judged.why.map((line) => `; ${line}`).join('')}`);
      const why = [...earlier, ...judged.why];
      if (!this.#isTriedAgain(judged, tries)) {
        const seconds = this.#noteStep(`case ${one.case}${tries > 1 ? `, ${tries} times` : ''}`, began);
        return { ...this.#head(one), ...judged, why, tries, control: briefly(control), parts, seconds };
      }
      earlier.push(...judged.why.map((line) => `try ${tries}: ${line}`));
    }
  }

  #noteStep(name: string, began: number): number {
    const seconds = Math.round((clock.monotonic() - began) / 1_000);
    this.steps.push({ name, seconds });
    return seconds;
  }

  /** After a stall once, and after a failure as often as was asked for. */
  #isTriedAgain({ verdict }: Judged, tries: number): boolean {
    if (verdict === 'inconclusive') return tries === 1;
    return verdict === 'fails' && tries < this.#options.tries;
  }

  /** A case that breaks is a case that fails; the next ones go on. */
  async #onStage(what: string, { run, kept }: Played): Promise<Part[]> {
    const stage = openStage({ scale: this.#options.scale, tell: this.#options.tell }, kept);
    try {
      return await run(stage);
    } catch (error) {
      this.#options.tell(`${what}: ${String(error)}`);
      return [brokenPart(what, error)];
    } finally {
      await stage.close();
    }
  }

  #partsOf({ case: number }: ProofCase): KeptParts {
    const { results, again } = this.#options;
    return {
      read: async (name) => (again ? undefined : results.part(number, name)),
      save: (part) => results.savePart(number, part),
    };
  }

  #atLeast({ atLeast = AT_LEAST }: ProofCase): number {
    return Math.floor(atLeast / this.#options.scale.factor);
  }

  #head({ case: number, name }: ProofCase) {
    const { factor } = this.#options.scale;
    return { case: number, name, factor, measuredAt: new Date(clock.now()).toISOString() };
  }

  #unmeasured(one: ProofCase): CaseResult {
    const judged = one.run === undefined ? notYet(one) : notYet({ notYet: 'not measured in this folder' });
    const control = { name: one.control, requests: 0, failed: 0, inconclusive: false };
    return { ...this.#head(one), ...judged, tries: 0, control, parts: [], seconds: 0 };
  }

  async #shown(result: CaseResult): Promise<CaseResult> {
    await mkdir(this.#options.dir, { recursive: true });
    await writeFile(join(this.#options.dir, `case-${String(result.case).padStart(2, '0')}.html`), pageOf(result));
    return result;
  }
}

const isFinal = ({ verdict }: CaseResult): boolean => verdict === 'pass' || verdict === 'bounded';

const briefly = ({ name, requests, failed, inconclusive }: ControlRun) => ({ name, requests, failed, inconclusive });

const brokenPart = (name: string, error: unknown): Part => ({
  name,
  requests: 0,
  failed: 0,
  longestGapMs: 0,
  failures: {},
  examples: [],
  executedButFailed: 0,
  wrongService: 0,
  problems: [error instanceof Error ? error.message : String(error)],
  inconclusive: false,
  timeline: { stepMs: 100, requests: [], failed: [], marks: [], targets: [] },
});
