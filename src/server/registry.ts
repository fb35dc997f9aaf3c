import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import { METRICS, type Metric, type Metrics } from '../metrics.ts';

export type MetricRegistry = {
  metrics: Metrics;
  contentType: string;
  /** Everything measured so far, in the text format of Prometheus. */
  text(): Promise<string>;
};

type Labels = Record<string, string>;
type Read = () => Iterable<{ labels: Labels; value: number }>;
type Fold = (labels: Labels) => Labels;
type Made = {
  histograms: Map<string, { histogram: Histogram; fold: Fold }>;
  counters: Map<string, { counter: Counter; fold: Fold }>;
};

const TABLE = Object.entries(METRICS as Record<string, Metric>);

/** A registry of every metric of the table, and of the process where that is asked for. */
export function openRegistry({ process = false }: { process?: boolean } = {}): MetricRegistry {
  const registry = new Registry();
  const readers = new Map<string, Read[]>();
  const made: Made = { histograms: new Map(), counters: new Map() };
  for (const [name, metric] of TABLE) {
    const options = { name, help: metric.help, labelNames: [...metric.labels], registers: [registry] };
    const fold = foldOf(metric);
    if (metric.kind === 'gauge') makeGauge(options, { metric, readers: () => readers.get(name) ?? [] });
    else if (metric.kind === 'counter') made.counters.set(name, { counter: new Counter(options), fold });
    else {
      const histogram = new Histogram({ ...options, buckets: [...(metric.buckets ?? [])] });
      made.histograms.set(name, { histogram, fold });
    }
  }
  if (process) measureProcess(registry);
  return { metrics: metricsOf(made, readers), contentType: registry.contentType, text: () => registry.metrics() };
}

function metricsOf({ histograms, counters }: Made, readers: Map<string, Read[]>): Metrics {
  return {
    observe(name, value, labels) {
      const { histogram, fold } = histograms.get(name) ?? {};
      histogram?.observe(fold?.(labels) ?? labels, value);
    },
    count(name, labels) {
      const { counter, fold } = counters.get(name) ?? {};
      counter?.inc(fold?.(labels) ?? labels);
    },
    gauge: (name, read) => void readers.set(name, [...(readers.get(name) ?? []), read]),
  };
}

/** What the labels of a metric become: the first label sets stay as they are, the later ones share one. */
function foldOf({ labels: names, most = Infinity, folded = [] }: Metric): Fold {
  const known = new Set<string>();
  const other = Object.fromEntries(folded.map((name) => [name, 'other']));
  return (labels) => {
    if (most === Infinity) return labels;
    const key = JSON.stringify(names.map((name) => labels[name]));
    if (known.size < most) known.add(key);
    return known.has(key) ? labels : { ...labels, ...other };
  };
}

type GaugeOptions = { name: string; help: string; labelNames: string[]; registers: Registry[] };

function makeGauge(options: GaugeOptions, { metric, readers }: { metric: Metric; readers: () => Read[] }): void {
  new Gauge({
    ...options,
    collect() {
      this.reset();
      const fold = foldOf(metric);
      for (const read of readers()) for (const { labels, value } of read()) this.inc(fold(labels), value);
    },
  });
}

/** Of prom-client's: gauges whose names end as those of counters do, and one series for each of V8's spaces. */
const LEFT_OUT = [
  ...['nodejs_active_handles_total', 'nodejs_active_requests_total', 'nodejs_active_resources_total'],
  ...['total', 'used', 'available'].map((what) => `nodejs_heap_space_size_${what}_bytes`),
];

function measureProcess(register: Registry): void {
  collectDefaultMetrics({ register });
  for (const name of LEFT_OUT) register.removeSingleMetric(name);
}

type ProcessMetric = { name: string; help: string; type: Metric['kind']; labelNames: string[] };
/** The metrics of the process, by name; they are prom-client's. */
export function processMetrics(): Record<string, Pick<Metric, 'kind' | 'labels' | 'help'>> {
  const registry = new Registry();
  measureProcess(registry);
  const all = registry.getMetricsAsArray() as unknown as ProcessMetric[];
  return Object.fromEntries(
    all.map(({ name, help, type: kind, labelNames: labels }) => [name, { kind, labels, help }] as const),
  );
}
