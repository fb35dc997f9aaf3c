import { METRICS, type Metric } from '../metrics.ts';

/** The table of metrics in Markdown. */
export function metricsTable(): string {
  const rows = Object.entries(METRICS as Record<string, Metric>).map(
    ([name, { kind, labels, help }]) =>
      `| \`${name}\` | ${kind} | ${labels.map((label) => `\`${label}\``).join(', ')} | ${help} |`,
  );
  return ['| metric | kind | labels | |', '|---|---|---|---|', ...rows].join('\n');
}
