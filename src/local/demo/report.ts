import type { PhaseReport } from '../traffic/phase.ts';
import { budgetLine, type ShownBudget } from './budget.ts';

export type PhaseRow = { name: string; requests: number; failed: number; longestGapMs: number };

/** What the demo found out, as `--report` writes it. */
export type DemoReport = {
  /** Of what Podwire protects. */
  phases: PhaseRow[];
  /** Of the same deploy with protection off. */
  unprotected: PhaseRow[];
  /** Seconds of the protected side. */
  budget: ShownBudget;
  /** After which a load balancer node acts on what AWS has said yes to. */
  lagMs: { min: number; max: number };
  /** Median latency of the two paths, milliseconds. */
  medianMs: { ip: number; instance: number };
  awsCalls: Record<string, number>;
  /** What was not there before and stayed in local AWS after everything was deleted. */
  leftovers: string[];
  /** The load generator itself stalled, twice: the figures say nothing. */
  inconclusive: boolean;
};

export const phaseRow = ({ name, requests, failed, longestGapMs }: PhaseReport): PhaseRow => ({
  name,
  requests,
  failed,
  longestGapMs: Math.round(longestGapMs),
});

/** Whether the protected side lost no request while the other one did, and nothing was left behind, on figures that can be trusted. */
export const passed = ({ phases, unprotected, leftovers, inconclusive }: DemoReport): boolean =>
  !inconclusive &&
  leftovers.length === 0 &&
  phases.every(({ requests, failed }) => requests > 0 && failed === 0) &&
  unprotected.some(({ failed }) => failed > 0);

/** The closing table. */
export function tableOf(report: DemoReport, kept = false): string[] {
  const { budget, lagMs, awsCalls, inconclusive } = report;
  return [
    `protected    serves on after its deletion for ${budgetLine(budget)}, ready once the load balancer has seen it healthy`,
    'unprotected  the same deploy with podwire.dev/drain: "off"',
    `lag          each load balancer node acts ${lagMs.min / 1_000} to ${lagMs.max / 1_000} s after AWS has said yes`,
    '',
    ...phaseTable(report),
    '',
    ...columns([
      ['AWS calls of the operator', ''],
      ...Object.entries(awsCalls).map(([action, n]) => [action, String(n)]),
    ]),
    '',
    kept ? 'nothing was deleted: everything runs on' : leftBehind(report),
    ...(inconclusive ? ['inconclusive: this machine stalled for more than a second while it measured'] : []),
  ];
}

/** The phases one below the other, both sides beside each other. */
function phaseTable({ phases, unprotected }: DemoReport): string[] {
  const beside = (name: string) => unprotected.find((row) => row.name === name);
  const rows = phases.map((row) => [row.name, ...cells(row), ...cells(beside(row.name))]);
  return columns([
    ['', 'protected', '', '', 'unprotected', '', ''],
    ['phase', ...FIGURES, ...FIGURES],
    ...rows,
    ['in all', ...cells(sumOf(phases)), ...cells(sumOf(unprotected))],
  ]);
}

const FIGURES = ['requests', 'failed', 'longest gap'];

const cells = (row?: PhaseRow): string[] =>
  row === undefined ? ['', '', ''] : [String(row.requests), String(row.failed), `${row.longestGapMs} ms`];

const sumOf = (rows: PhaseRow[]): PhaseRow => ({
  name: 'in all',
  requests: rows.reduce((all, { requests }) => all + requests, 0),
  failed: rows.reduce((all, { failed }) => all + failed, 0),
  longestGapMs: Math.max(0, ...rows.map(({ longestGapMs }) => longestGapMs)),
});

const leftBehind = ({ leftovers }: DemoReport): string =>
  `left behind in local AWS: ${leftovers.length === 0 ? 'nothing' : leftovers.join(', ')}`;

/** Lines of cells; the first column to the left, the others to the right. */
function columns(rows: string[][]): string[] {
  const widths = (rows[0] ?? []).map((_, at) => Math.max(...rows.map((row) => (row[at] ?? '').length)));
  return rows.map((row) =>
    row
      .map((cell, at) => (at === 0 ? cell.padEnd(widths[at] ?? 0) : cell.padStart((widths[at] ?? 0) + 2)))
      .join('')
      .trimEnd(),
  );
}
