import { GATE_REASONS } from './gate-reasons.ts';

/** The table of the gate's reasons in Markdown. */
export function gateTable(): string {
  const rows = Object.entries(GATE_REASONS).map(
    ([reason, { status, text }]) => `| \`${reason}\` | ${status} | ${text} |`,
  );
  return ['| reason | condition | |', '|---|---|---|', ...rows].join('\n');
}
