import type { Bound } from './case.ts';
import type { CaseResult } from './results.ts';
import type { Verdict } from './verdict.ts';

export type Row = {
  case: number;
  name: string;
  requests: number;
  failed: number;
  longestGapMs: number;
  verdict: Verdict;
  bound?: Bound;
  why?: string[];
  control: { name: string; failed: number };
};

/** The whole table; `factor`: by how much every lag, delay, budget and sleep was divided. */
export type Report = { factor: number; cases: Row[] };

export function rowOf(result: CaseResult): Row {
  const { parts, control } = result;
  const sum = (count: (part: CaseResult['parts'][number]) => number): number =>
    parts.reduce((total, part) => total + count(part), 0);
  const bound = boundOf(result);
  return {
    case: result.case,
    name: result.name,
    requests: sum((part) => part.requests),
    failed: sum((part) => part.failed),
    longestGapMs: Math.max(0, ...parts.map((part) => part.longestGapMs)),
    verdict: result.verdict,
    ...(bound && { bound }),
    ...(result.why.length > 0 && { why: result.why }),
    control: { name: control.name, failed: control.failed },
  };
}

function boundOf({ parts }: CaseResult): Bound | undefined {
  const bounds = parts.flatMap(({ bound }) => bound ?? []);
  if (bounds.length === 0) return undefined;
  const failed = bounds.reduce((sum, bound) => sum + bound.failed, 0);
  return { failed, formula: [...new Set(bounds.map(({ formula }) => formula))].join('; ') };
}

const HEAD = ['case', '', 'requests', 'failed', 'longest gap', 'verdict', 'bound', 'control lost'];

/** The table for a terminal, one line a case, and the reasons below it. */
export function printReport({ factor, cases }: Report): string {
  const lines = [HEAD, ...cases.map(cellsOf)];
  const widths = HEAD.map((_, column) => Math.max(...lines.map((cells) => cells[column]?.length ?? 0)));
  const table = lines.map((cells) =>
    cells
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
  const reasons = cases.flatMap(({ case: number, why = [] }) => why.map((line) => `${number}: ${line}`));
  const scale = `every lag, delay, budget and sleep divided by ${factor}`;
  return [...table, '', scale, ...reasons].join('\n');
}

/** The same in Markdown, for the README. */
export function printMarkdown({ cases }: Report): string {
  const line = (cells: string[]): string => `| ${cells.join(' | ')} |`;
  return [line(HEAD), line(HEAD.map(() => '---')), ...cases.map((row) => line(cellsOf(row)))].join('\n');
}

function cellsOf(row: Row): string[] {
  const { bound, control } = row;
  return [
    String(row.case),
    row.name,
    row.requests.toLocaleString('en'),
    String(row.failed),
    `${(row.longestGapMs / 1_000).toFixed(2)} s`,
    row.verdict,
    bound === undefined ? '' : `${bound.failed} (${bound.formula})`,
    `${control.failed} (${control.name})`,
  ];
}
