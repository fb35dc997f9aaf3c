import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import { METRICS, type Metric, type Metrics } from '../metrics.ts';

export type MetricRegistry = {
  metrics: Metrics;
  contentType: string;
  /** Everything measured so far, in the text format of Prometheus. */
  text(): Promise<string>;
};

type Made = { histograms: Map<string, Histogram>; counters: Map<string, Counter> };
type Read = () => Iterable<{ labels: Record<string, string>; value: number }>;

/** A registry of every metric of the table. */
export function openRegistry(): MetricRegistry {
  const registry = new Registry();
  const readers = new Map<string, Read[]>();
  const made: Made = { histograms: new Map(), counters: new Map() };
  for (const [name, metric] of Object.entries(METRICS as Record<string, Metric>)) {
    const options = { name, help: metric.help, labelNames: [...metric.labels], registers: [registry] };
    if (metric.kind === 'gauge') makeGauge(options, () => readers.get(name) ?? []);
    else if (metric.kind === 'counter') made.counters.set(name, new Counter(options));
    else made.histograms.set(name, new Histogram({ ...options, buckets: [...(metric.buckets ?? [])] }));
  }
  const metrics: Metrics = {
    observe: (name, value, labels) => made.histograms.get(name)?.observe(labels, value),
    count: (name, labels) => made.counters.get(name)?.inc(labels),
    gauge: (name, read) => void readers.set(name, [...(readers.get(name) ?? []), read]),
  };
  return { metrics, contentType: registry.contentType, text: () => registry.metrics() };
}

type GaugeOptions = { name: string; help: string; labelNames: string[]; registers: Registry[] };

function makeGauge(options: GaugeOptions, readers: () => Read[]): void {
  new Gauge({
    ...options,
    collect() {
      this.reset();
      for (const read of readers()) for (const { labels, value } of read()) this.inc(labels, value);
    },
  });
}
