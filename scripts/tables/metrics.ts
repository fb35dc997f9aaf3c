import { METRIC_GROUPS, type Metric, SOURCES } from '../../src/metrics.ts';
import { processMetrics } from '../../src/server/registry.ts';
import { code, sectionOf, tableOf } from './markdown.ts';

type Metrics = Readonly<Record<string, Metric>>;

/** The metrics, one table for each group. */
export const metricsTables = (): string =>
  Object.entries<Metrics>({ ...METRIC_GROUPS, 'The process': processMetrics() })
    .map(([title, metrics]) => sectionOf(title, groupTable(metrics)))
    .join('\n\n');

const groupTable = (metrics: Metrics): string =>
  tableOf(
    ['metric', 'kind', 'labels', 'named as in', ''],
    Object.entries(metrics).map(([name, metric]) => {
      const { kind, labels, help, source = '' } = metric;
      return [code(name), kind, labels.map(code).join(', '), source, told(help, metric)];
    }),
  );

const told = (help: string, { most, folded = [] }: Metric): string => {
  const words = help.replaceAll('<', '&lt;').replaceAll('>', '&gt;');
  const other = folded.map(code).join(', ');
  return most === undefined ? words : `${words} Beyond ${most} label sets ${other} says \`other\`.`;
};

/** Whose names are used, in Markdown. */
export const sourcesList = (): string =>
  Object.entries(SOURCES)
    .map(([source, text]) => `- **${source}**: ${text}.`)
    .join('\n');
