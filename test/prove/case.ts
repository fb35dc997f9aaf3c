import type { Account } from '../../src/local/traffic/account.ts';
import type { ControlName } from './controls.ts';
import type { Stage } from './stage.ts';

/** A bound on what may fail where the budget is exceeded on purpose, with the arithmetic behind it. */
export type Bound = { failed: number; formula: string };

/** What happened at a moment of a part; `atMs` since its load began. */
export type Mark = { atMs: number; text: string };

/** The states a target went through, as local AWS saw them. */
export type TargetLine = { target: string; states: { atMs: number; state: string }[] };

type Timeline = {
  /** Requests and failures by when they began, in steps of `stepMs`. */
  stepMs: number;
  requests: number[];
  failed: number[];
  marks: Mark[];
  targets: TargetLine[];
};

/** What a load came to while one thing happened. */
export type Part = Pick<
  Account,
  'requests' | 'failed' | 'failures' | 'examples' | 'longestGapMs' | 'executedButFailed' | 'wrongService'
> &
  Partial<Pick<Account, 'latency' | 'late'>> & {
    name: string;
    bound?: Bound;
    /** What else had to hold and did not. Without any the part stands or falls with its failed requests. */
    problems: string[];
    inconclusive: boolean;
    /** Who stood still and how long, or how slow the machine was; what was measured before this was told has none. */
    doubts?: string[];
    timeline: Timeline;
  };

/** One of the cases: what is done, and which control shows that its measurement can fail. */
export type ProofCase = {
  case: number;
  name: string;
  control: ControlName;
  /** Part of the short proof. */
  short?: true;
  /** Requests that make it count in real time; by default 30,000. */
  atLeast?: number;
  run?: (stage: Stage) => Promise<Part[]>;
  /** Why there is no `run` yet. */
  notYet?: string;
};
