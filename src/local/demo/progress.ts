/** Tells the steps of the demo as they begin, numbered, with the time since its start. */
export class Progress {
  readonly #tell: (line: string) => void;
  readonly #began = performance.now();
  #steps: number;
  #step = 0;

  constructor(steps: number, tell: (line: string) => void) {
    this.#steps = steps;
    this.#tell = tell;
  }

  step(text: string): void {
    this.#step += 1;
    const seconds = ((performance.now() - this.#began) / 1_000).toFixed(0).padStart(3);
    this.#tell(`${seconds}s [${String(this.#step).padStart(2)}/${this.#steps}] ${text}`);
  }

  /** Some steps are made once more. */
  again(steps: number): void {
    this.#steps += steps;
  }

  /** One more line on the step that runs. */
  note(text: string): void {
    this.#tell(`             ${text}`);
  }
}
