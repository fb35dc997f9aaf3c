import {
  CONDITION_REASONS,
  CONDITION_TYPES,
  type ReasonRow,
  REFUSAL_REASONS,
} from '../../src/model/condition-reasons.ts';
import { code, tableOf } from './markdown.ts';

/** Conditions, their reasons and the reasons of a refusal. */
export const conditionTables = (): { types: string; reasons: string; refusals: string } => ({
  types: tableOf(
    ['condition', 'on', 'says'],
    Object.entries(CONDITION_TYPES).map(([type, { on, text }]) => [code(type), on, text]),
  ),
  reasons: reasonTable(CONDITION_REASONS),
  refusals: reasonTable(REFUSAL_REASONS),
});

function reasonTable(table: Record<string, ReasonRow>): string {
  const some = Object.values(table).some(({ progress }) => progress !== undefined);
  return tableOf(
    ['reason', ...(some ? ['makes it'] : []), '', 'what to do'],
    Object.entries(table).map(([reason, { progress = '', text, next = '' }]) => [
      code(reason),
      ...(some ? [progress] : []),
      text,
      next,
    ]),
  );
}
