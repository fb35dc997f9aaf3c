import { FINDINGS, LINKS } from './findings.ts';

/** The table of what can be wrong on the way in Markdown, in the order of the way. */
export function findingsTable(): string {
  const rows = LINKS.flatMap((link) =>
    Object.entries(FINDINGS)
      .filter(([, row]) => row.link === link)
      .map(([reason, { severity, next }]) => `| ${link} | \`${reason}\` | ${severity} | ${next} |`),
  );
  return ['| link | reason | | what to do |', '|---|---|---|---|', ...rows].join('\n');
}
