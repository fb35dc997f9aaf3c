import type { PhaseReport } from '../traffic/phase.ts';

/** What the demo found out, as `--report` writes it. */
export type DemoReport = {
  phases: { name: string; requests: number; failed: number; longestGapMs: number }[];
  /** Median latency of the two paths, milliseconds. */
  medianMs: { ip: number; instance: number };
  awsCalls: Record<string, number>;
  /** What was not there before and stayed in local AWS after everything was deleted. */
  leftovers: string[];
  /** The load generator itself stalled, twice: the figures say nothing. */
  inconclusive: boolean;
};

export const phaseRow = ({ name, requests, failed, longestGapMs }: PhaseReport): DemoReport['phases'][number] => ({
  name,
  requests,
  failed,
  longestGapMs: Math.round(longestGapMs),
});

/** Whether no request was lost and nothing was left behind, on figures that can be trusted. */
export const passed = ({ phases, leftovers, inconclusive }: DemoReport): boolean =>
  !inconclusive && leftovers.length === 0 && phases.every(({ requests, failed }) => requests > 0 && failed === 0);

/** The closing table. */
export function tableOf(report: DemoReport, kept = false): string[] {
  const rows = report.phases.map(({ name, requests, failed, longestGapMs }) => [
    name,
    String(requests),
    String(failed),
    `${longestGapMs} ms`,
  ]);
  const sum = (of: 'requests' | 'failed'): string => String(report.phases.reduce((all, phase) => all + phase[of], 0));
  const longest = Math.max(0, ...report.phases.map(({ longestGapMs }) => longestGapMs));
  return [
    ...columns([
      ['phase', 'requests', 'failed', 'longest gap'],
      ...rows,
      ['in all', sum('requests'), sum('failed'), `${longest} ms`],
    ]),
    '',
    ...columns([
      ['AWS calls of the operator', ''],
      ...Object.entries(report.awsCalls).map(([action, n]) => [action, String(n)]),
    ]),
    '',
    kept ? 'nothing was deleted: everything runs on' : leftBehind(report),
    ...(report.inconclusive ? ['inconclusive: this machine stalled for more than a second while it measured'] : []),
  ];
}

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
