import { CHECK_NAMES, type CheckName } from './checks.ts';
import { REASONS, type Reason } from './reasons.ts';

export const LEVELS = ['failure', 'warning', 'skipped', 'ok'] as const;
export type Level = (typeof LEVELS)[number];

/** One thing that was looked at. JSON; `reason` is stable, `cost` and `next` come with what is not well. */
export type Finding = {
  check: CheckName;
  level: Level;
  reason?: Reason;
  /** `Lease podwire-system/podwire`, `subnet subnet-0123`, … */
  object: string;
  message: string;
  /** What it costs as it stands. */
  cost?: string;
  /** The next command. */
  next?: string;
};

export const isWell = (check: CheckName, object: string, message: string): Finding => ({
  check,
  level: 'ok',
  object,
  message,
});

/** What could not be asked, and why. */
export const isSkipped = (check: CheckName, object: string, why: string): Finding => ({
  check,
  level: 'skipped',
  object,
  message: why,
});

type Given = {
  object: string;
  message: string;
  /** Words of the row in braces, and what they stand for. */
  words?: Record<string, string>;
  /** Where it weighs less than usual. */
  level?: 'warning';
};

/** A finding by the row of its reason. */
export function found(reason: Reason, { object, message, words = {}, level }: Given): Finding {
  const row = REASONS[reason];
  const said = (text: string) => text.replaceAll(/\{(\w+)\}/g, (whole, word: string) => words[word] ?? whole);
  return {
    check: row.check,
    level: level ?? row.level,
    reason,
    object,
    message,
    cost: said(row.cost),
    next: said(row.next),
  };
}

/** The worst first, each in the order of the checks. */
export function inOrder(findings: readonly Finding[]): Finding[] {
  const rank = ({ level, check }: Finding) => LEVELS.indexOf(level) * CHECK_NAMES.length + CHECK_NAMES.indexOf(check);
  return findings.toSorted((a, b) => rank(a) - rank(b));
}
