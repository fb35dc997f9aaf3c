import { parser } from '@prometheus-io/lezer-promql';
import { expect, test } from 'vitest';
import { dashboard } from '../../scripts/chart/dashboard.ts';
import { ALERTS } from '../../src/alerts.ts';
import { METRICS, type Metric } from '../../src/metrics.ts';
import { openRegistry, processMetrics } from '../../src/server/registry.ts';

const TABLE: Record<string, Pick<Metric, 'kind' | 'labels' | 'help'> & Partial<Metric>> = {
  ...METRICS,
  ...processMetrics(),
};

/** Names that promtool would warn of, by the rules of Prometheus' naming and of its linter. */
function wrongNames(table: typeof TABLE): string[] {
  return Object.entries(table).flatMap(([name, { kind, labels, help }]) => {
    const rules: [boolean, string][] = [
      [!/^[a-z][a-z0-9]*(_[a-z0-9]+)*$/.test(name), 'a name in lower case with underscores'],
      [help.trim() === '', 'help'],
      [kind === 'counter' && !name.endsWith('_total'), 'a counter that ends with _total'],
      [kind !== 'counter' && name.endsWith('_total'), 'no _total where nothing only grows'],
      [/_(count|sum|bucket)$/.test(name), 'no ending that a histogram adds'],
      [/(^|_)(gauge|counter|histogram|summary)(_|$)/.test(name), 'no kind in the name'],
      [/_(ms|milliseconds|minutes|hours|kb|mb|gb|kilobytes|megabytes|percent)(_|$)/.test(name), 'base units'],
      [labels.some((label) => !/^[a-z][a-z_]*$/.test(label) || ['le', 'quantile'].includes(label)), 'labels'],
    ];
    return rules.flatMap(([broken, wanted]) => (broken ? [`${name}: wanted ${wanted}`] : []));
  });
}

test('R12: every metric is named by the rules of Prometheus, those of the process included', () => {
  expect(Object.keys(TABLE).length).toBeGreaterThan(60);
  expect(wrongNames(TABLE)).toEqual([]);
});

test('R12: control: wrong names are found', () => {
  const wrong = (name: string, kind: Metric['kind'], help = 'Help.') => ({ [name]: { kind, labels: ['le'], help } });
  expect(wrongNames({ ...wrong('a_total', 'gauge'), ...wrong('b_ms', 'counter', ' ') })).toHaveLength(6);
});

/** Each sample of an exposition: name, labels and value. Prometheus reads NaN in any case. */
function samplesIn(text: string): string[] {
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  for (const line of lines)
    expect(line).toMatch(/^[a-z0-9_]+(\{([a-z_]+="[^"\n]*",?)*\})? (-?[\d.e+-]+|\+Inf|[Nn]a[Nn])$/);
  return lines;
}

test('R12: the exposition can be read, and each family has one HELP and one TYPE', async () => {
  const text = await openRegistry({ process: true }).text();
  samplesIn(text);
  for (const what of ['HELP', 'TYPE']) {
    const names = [...text.matchAll(new RegExp(`^# ${what} (\\S+)`, 'gm'))].map(([, name]) => name);
    expect(new Set(names).size).toBe(names.length);
    expect(names.toSorted()).toEqual(Object.keys(TABLE).toSorted());
  }
});

test('R12: labels that come from the cluster have a limit, and what folds together are labels of the metric', () => {
  const fromCluster = ['namespace', 'name', 'target_group', 'error_code'];
  const unbounded = Object.entries<Metric>(METRICS).filter(
    ([, { kind, labels, most }]) =>
      labels.some((label) => fromCluster.includes(label)) && (!most || kind === 'histogram'),
  );
  // The name of a queue or a lease is ours.
  const ours = /^(workqueue_|leader_election_|podwire_check$)/;
  expect(unbounded.map(([name]) => name).filter((name) => !ours.test(name))).toEqual([]);
  for (const { labels, folded = [] } of Object.values<Metric>(METRICS))
    expect(folded.filter((label) => !labels.includes(label))).toEqual([]);
});

test('R12: beyond the limit nothing is lost: it is added up', async () => {
  const { metrics, text } = openRegistry();
  for (let index = 0; index < 100; index++)
    metrics.count('podwire_drain_deadline_missed_total', { namespace: `team-${index}` });
  metrics.gauge('podwire_closed_gates', () =>
    Array.from({ length: 100 }, (_, index) => ({ labels: { namespace: `team-${index}` }, value: 2 })),
  );
  const samples = samplesIn(await text());
  const missed = samples.filter((line) => line.startsWith('podwire_drain_deadline_missed_total'));
  expect(missed).toHaveLength(31);
  expect(missed).toContain('podwire_drain_deadline_missed_total{namespace="other"} 70');
  expect(samples).toContain('podwire_closed_gates{namespace="other"} 140');
  expect(samplesIn(await text()).filter((line) => line.startsWith('podwire_closed_gates'))).toHaveLength(31);
});

/** Names of metrics in an expression, without what a histogram adds; those of kube-state-metrics are not ours. */
const namesIn = (expr: string): string[] =>
  [...expr.matchAll(/\b([a-z]+(?:_[a-z0-9]+)+)\b(?=[\s,){[]|$)/g)]
    .map(([name]) => name)
    .filter((name) =>
      /^(podwire|controller_runtime|workqueue|rest_client|aws|awslbc|leader|nodejs|process)_/.test(name),
    );

const inTable = (name: string): boolean => name in TABLE || name.replace(/_bucket$/, '') in TABLE;

/** Of the alerts and of the dashboard. */
function expressions(): string[] {
  const { panels } = dashboard() as { panels: { targets: { expr: string }[] }[] };
  const drawn = panels.flatMap(({ targets }) => targets.map(({ expr }) => expr));
  return [...Object.values(ALERTS).map(({ expr }) => expr), ...drawn];
}

/** What Prometheus' own grammar does not take of an expression. */
function errorsIn(expr: string): string[] {
  const errors: string[] = [];
  // Grafana fills it in before it asks.
  const asked = expr.replaceAll('$__rate_interval', '1m');
  parser.parse(asked).iterate({
    enter: ({ type, from }) => void (type.isError && errors.push(`${asked.slice(0, from)} … ${asked.slice(from)}`)),
  });
  return errors;
}

test('H10: every expression of the alerts and of the dashboard is PromQL', () => {
  expect(expressions().flatMap(errorsIn)).toEqual([]);
  expect(errorsIn('sum by (namespace podwire_closed_gates) > 0')).not.toEqual([]);
  expect(errorsIn('sum(rate(podwire_closed_gates[5])) >')).not.toEqual([]);
});

test('R12: alerts and dashboard read metrics of the table only', () => {
  const read = expressions().flatMap(namesIn);
  expect(new Set(read).size).toBeGreaterThan(40);
  expect(read.filter((name) => !inTable(name))).toEqual([]);
  expect(namesIn('sum(podwire_gone_total) > 0').filter((name) => !inTable(name))).toEqual(['podwire_gone_total']);
});
