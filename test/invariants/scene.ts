import type { Timer } from '../../src/runtime/clock.ts';
import { Biographies } from './biography.ts';
import { TargetCalls } from './calls.ts';
import { Groups } from './groups.ts';
import type { Stage } from './stage.ts';

/** I1 to I8 as in the design; `lost` is a request lost though all was within the budget. */
export type Rule = 'I1' | 'I2' | 'I3' | 'I4' | 'I5' | 'I6' | 'I7' | 'I8' | 'lost';

/** `at`: virtual milliseconds since the first event. */
export type Violation = { rule: Rule; at: number; what: string };

type Span = { from: number; to: number };

const TICK_MS = 500;

/** What the rules look at, and where they tell what they find. */
export class Scene {
  readonly stage: Stage;
  readonly pods: Biographies;
  readonly groups: Groups;
  readonly calls: TargetCalls;
  readonly violations: Violation[] = [];
  readonly trace: string[] = [];
  readonly #ticks: (() => void)[] = [];
  /** When operator, API server and AWS all worked, as seen at every tick. */
  readonly #clean: Span[] = [];
  #begun = 0;
  #timer: Timer | undefined;

  constructor(stage: Stage) {
    const { world } = stage;
    this.stage = stage;
    this.pods = new Biographies(world);
    this.groups = new Groups(world, this.pods, (line) => this.note(line));
    this.calls = new TargetCalls(world.clock);
    this.#tick();
  }

  get now(): number {
    return this.stage.world.clock.monotonic();
  }

  get hasBegun(): boolean {
    return this.#begun > 0;
  }

  /** From now on times are told from here. */
  begin(): void {
    this.#begun = this.now;
  }

  note(line: string): void {
    this.trace.push(`${this.now - this.#begun} ${line}`);
  }

  report(rule: Rule, what: string): void {
    const at = this.now - this.#begun;
    if (this.violations.some((one) => one.rule === rule && one.what === what)) return;
    this.violations.push({ rule, at, what });
    this.note(`${rule} ${what}`);
  }

  onTick(run: () => void): void {
    this.#ticks.push(run);
  }

  /** Whether all worked throughout. */
  isCleanFrom(from: number, to: number): boolean {
    return this.#clean.some((span) => span.from <= from && span.to + TICK_MS >= to);
  }

  /** Whether all worked for so long at a stretch. */
  hasClean(ms: number, { from, to }: Span): boolean {
    return this.#clean.some((span) => Math.min(span.to, to) - Math.max(span.from, from) >= ms);
  }

  close(): void {
    this.#timer?.cancel();
  }

  #tick(): void {
    const { clock, aws } = this.stage.world;
    const now = clock.monotonic();
    const faulty = aws.settings.faults.some(({ until = 0 }) => until > now);
    const last = this.#clean.at(-1);
    if (this.stage.acts && !faulty) {
      if (last !== undefined && last.to === now - TICK_MS) last.to = now;
      else this.#clean.push({ from: now, to: now });
    }
    for (const run of this.#ticks) run();
    this.#timer = clock.after(TICK_MS, () => this.#tick());
  }
}
