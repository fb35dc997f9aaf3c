import { CONDITION_REASONS, CONDITION_TYPES, type ReasonRow, REFUSAL_REASONS } from './condition-reasons.ts';

/** The tables of conditions and their reasons in Markdown. */
export const conditionTables = (): { types: string; reasons: string; refusals: string } => ({
  types: rows(
    ['condition', 'on', 'says'],
    Object.entries(CONDITION_TYPES).map(([type, { on, text }]) => [`\`${type}\``, on, text]),
  ),
  reasons: reasonRows(CONDITION_REASONS),
  refusals: reasonRows(REFUSAL_REASONS),
});

function reasonRows(table: Record<string, ReasonRow>): string {
  const some = Object.values(table).some(({ progress }) => progress !== undefined);
  return rows(
    ['reason', ...(some ? ['makes it'] : []), '', 'what to do'],
    Object.entries(table).map(([reason, { progress = '', text, next = '' }]) => [
      `\`${reason}\``,
      ...(some ? [progress] : []),
      text,
      next,
    ]),
  );
}

const rows = (head: string[], body: string[][]): string =>
  [head, head.map(() => '---'), ...body].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
