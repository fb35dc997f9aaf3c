import { CHECK_NAMES, CHECKS } from './checks.ts';
import { REASONS } from './reasons.ts';

/** The checks in Markdown, in their order. */
export function doctorChecks(): string {
  const rows = CHECK_NAMES.map((name) => `| \`${name}\` | ${CHECKS[name].asks} | ${CHECKS[name].wants} |`);
  return ['| check | what it asks | what is wanted |', '|---|---|---|', ...rows].join('\n');
}

/** What can be found, in the order of the checks. */
export function doctorReasons(): string {
  const rows = CHECK_NAMES.flatMap((name) =>
    Object.entries(REASONS)
      .filter(([, { check }]) => check === name)
      .map(([reason, { level, cost, next }]) => `| \`${name}\` | \`${reason}\` | ${level} | ${cost} | \`${next}\` |`),
  );
  return ['| check | reason | | what it costs | next |', '|---|---|---|---|---|', ...rows].join('\n');
}
