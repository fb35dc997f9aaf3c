import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Part } from './case.ts';
import type { ControlResult, Judged } from './verdict.ts';

/** What one case came to; `tries` counts the repetition after a stall. */
export type CaseResult = Judged & {
  case: number;
  name: string;
  factor: number;
  measuredAt: string;
  seconds: number;
  tries: number;
  control: ControlResult;
  parts: Part[];
};

export type ControlRun = ControlResult & { factor: number; measuredAt: string; seconds: number; parts: Part[] };

/** One file a case and a control, so that a proof can be gone on with. */
export class Results {
  readonly #dir: string;

  constructor(dir: string) {
    this.#dir = dir;
  }

  async case(number: number): Promise<CaseResult | undefined> {
    return this.#read(fileOfCase(number));
  }

  async control(name: string): Promise<ControlRun | undefined> {
    return this.#read(fileOfControl(name));
  }

  async saveCase(result: CaseResult): Promise<void> {
    await this.#write(fileOfCase(result.case), result);
  }

  async part(number: number, name: string): Promise<Part | undefined> {
    return this.#read(fileOfPart(number, name));
  }

  async savePart(number: number, part: Part): Promise<void> {
    await this.#write(fileOfPart(number, part.name), part);
  }

  async saveControl(run: ControlRun): Promise<void> {
    await this.#write(fileOfControl(run.name), run);
  }

  async #read<T>(file: string): Promise<T | undefined> {
    const text = await readFile(join(this.#dir, file), 'utf8').catch(() => undefined);
    return text === undefined ? undefined : (JSON.parse(text) as T);
  }

  async #write(file: string, value: object): Promise<void> {
    const path = join(this.#dir, file);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, `${JSON.stringify(value)}\n`);
  }
}

const fileOfCase = (number: number): string => `case-${String(number).padStart(2, '0')}.json`;
const fileOfPart = (number: number, name: string): string =>
  `parts/${String(number).padStart(2, '0')}-${inFileName(name)}.json`;
const fileOfControl = (name: string): string => `control-${inFileName(name)}.json`;
const inFileName = (name: string): string => name.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-');
