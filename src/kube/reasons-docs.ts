import { EVENT_REASONS } from './reasons.ts';

/** The table of the reasons of Events in Markdown. */
export function eventTable(): string {
  const rows = Object.entries(EVENT_REASONS).map(([reason, { type, text }]) => `| \`${reason}\` | ${type} | ${text} |`);
  return ['| reason | type | |', '|---|---|---|', ...rows].join('\n');
}
