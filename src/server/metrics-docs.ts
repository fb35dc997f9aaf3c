import { METRIC_GROUPS, type Metric, SOURCES } from '../metrics.ts';
import { processMetrics } from './registry.ts';

/** The tables of metrics in Markdown, one for each group. */
export function metricsTables(): string {
  const groups = Object.entries<Readonly<Record<string, Metric>>>({
    ...METRIC_GROUPS,
    'The process': processMetrics(),
  });
  return groups.map(([title, metrics]) => [`### ${title}`, '', ...HEAD, ...rowsOf(metrics)].join('\n')).join('\n\n');
}

const HEAD = ['| metric | kind | labels | named as in | |', '|---|---|---|---|---|'];

const rowsOf = (metrics: Readonly<Record<string, Metric>>): string[] =>
  Object.entries(metrics).map(([name, metric]) => {
    const { kind, labels, help, source } = metric;
    const cells = [
      `\`${name}\``,
      kind,
      labels.map((label) => `\`${label}\``).join(', '),
      source ?? '',
      told(help, metric),
    ];
    return `| ${cells.join(' | ')} |`;
  });

const told = (help: string, { most, folded = [] }: Metric): string => {
  const words = help.replaceAll('<', '&lt;').replaceAll('>', '&gt;');
  const other = folded.map((label) => `\`${label}\``).join(', ');
  return most === undefined ? words : `${words} Beyond ${most} label sets ${other} says \`other\`.`;
};

/** Whose names are used, in Markdown. */
export const sourcesList = (): string =>
  Object.entries(SOURCES)
    .map(([source, text]) => `- **${source}**: ${text}.`)
    .join('\n');
