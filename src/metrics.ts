import { AWS, KUBERNETES } from './metrics/calls.ts';
import { CONTROLLERS } from './metrics/controllers.ts';
import type { Metric, MetricTable } from './metrics/metric.ts';
import { OWN } from './metrics/own.ts';

export { type Metric, SOURCES } from './metrics/metric.ts';

/** Every metric of `podwire run` by what it is about; those of the process itself are prom-client's own. */
export const METRIC_GROUPS = {
  'What Podwire does': OWN,
  Controllers: CONTROLLERS,
  'Calls to the API server': KUBERNETES,
  AWS,
} as const satisfies Record<string, MetricTable>;

/** The same without the groups. What is served, and its documentation, come from here. */
export const METRICS = { ...OWN, ...CONTROLLERS, ...KUBERNETES, ...AWS } as const satisfies MetricTable;

type MetricName = keyof typeof METRICS;

type OfKind<K extends Metric['kind']> = {
  [N in MetricName]: (typeof METRICS)[N]['kind'] extends K ? N : never;
}[MetricName];

/** One value for each label of the metric. */
type LabelsOf<N extends MetricName> = Record<(typeof METRICS)[N]['labels'][number], string>;

/** One value of a gauge. */
export type Sample<N extends MetricName> = { labels: LabelsOf<N>; value: number };

/** Where the parts of the operator tell what they measure. Never throws, never waits. */
export type Metrics = {
  /** Adds a value to a histogram. */
  observe<N extends OfKind<'histogram'>>(name: N, value: number, labels: LabelsOf<N>): void;
  /** Adds one to a counter. */
  count<N extends OfKind<'counter'>>(name: N, labels: LabelsOf<N>): void;
  /** Names who knows the values of a gauge: `read` is asked at every scrape; what it no longer names is gone. Several readers add up. */
  gauge<N extends OfKind<'gauge'>>(name: N, read: () => Iterable<Sample<N>>): void;
};

/** For those who do not measure. */
export const noMetrics: Metrics = { observe: () => undefined, count: () => undefined, gauge: () => undefined };
