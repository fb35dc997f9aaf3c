type Labels = readonly string[];

/** One metric: its name is its key in the table. Durations are in seconds. */
export type Metric = {
  readonly kind: 'histogram' | 'counter' | 'gauge';
  readonly labels: Labels;
  readonly help: string;
  /** Upper bounds of a histogram. */
  readonly buckets?: readonly number[];
};

const SECONDS = [0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 30, 45, 60, 120, 300] as const;
/** A lead below 0 came too late. */
const LEAD_SECONDS = [-60, -30, -10, 0, 5, 10, 15, 20, 30, 45, 60, 90, 120, 180, 300] as const;

/** Every metric of `podwire run`. What is served, and its documentation, come from here. */
export const METRICS = {
  podwire_leader: {
    kind: 'gauge',
    labels: [],
    help: '1 while this replica holds the lease and may change anything, else 0.',
  },
  podwire_deregister_lead_seconds: {
    kind: 'histogram',
    labels: ['namespace'],
    buckets: LEAD_SECONDS,
    help: 'From the acknowledged deregistration of a leaving pod until its containers get SIGTERM; below 0 it came too late.',
  },
  podwire_deregister_queue_seconds: {
    kind: 'histogram',
    labels: ['namespace'],
    buckets: SECONDS,
    help: 'From the first word of the end of a pod until AWS acknowledged its deregistration, the time it was held back left out.',
  },
  podwire_register_to_healthy_seconds: {
    kind: 'histogram',
    labels: ['namespace'],
    buckets: SECONDS,
    help: 'From the acknowledged registration of a target until it was first seen healthy.',
  },
  podwire_gate_open_seconds: {
    kind: 'histogram',
    labels: ['namespace'],
    buckets: SECONDS,
    help: 'From the ready containers of a gated pod until its gate was opened.',
  },
  podwire_closed_gates: {
    kind: 'gauge',
    labels: ['namespace'],
    help: 'Pods whose containers are ready and whose readiness gate is closed.',
  },
  podwire_drain_deadline_missed_total: {
    kind: 'counter',
    labels: ['namespace'],
    help: 'Leaving pods whose deregistration was acknowledged after the last moment their drain budget allows.',
  },
  podwire_unprotected_target_pods: {
    kind: 'gauge',
    labels: ['reason', 'namespace'],
    help: 'Pods behind a load balancer whose effective drain budget is too small, by what is missing.',
  },
  podwire_hold_active: {
    kind: 'gauge',
    labels: [],
    help: 'Leaving pods that are kept registered until a replacement serves.',
  },
  podwire_deregistration_held: {
    kind: 'gauge',
    labels: ['namespace', 'target_group'],
    help: 'Targets the brake keeps registered, by target group.',
  },
} as const satisfies Record<string, Metric>;

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
