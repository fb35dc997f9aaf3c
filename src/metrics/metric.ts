type Labels = readonly string[];

/** Whose metric of the same name means the same, so that dashboards and alerts made for it work. */
export const SOURCES = {
  'controller-runtime': 'controller-runtime and client-go, as in every operator made with them',
  peer: 'the AWS Load Balancer Controller',
} as const;

/** One metric: its name is its key in the table. Durations are in seconds. */
export type Metric = {
  readonly kind: 'histogram' | 'counter' | 'gauge';
  readonly labels: Labels;
  readonly help: string;
  /** Upper bounds of a histogram. */
  readonly buckets?: readonly number[];
  readonly source?: keyof typeof SOURCES;
  /**
   * Where labels come from the cluster: how many label sets are told apart. Those beyond share one, in which the `folded` labels
   * say `other`: sums stay right, and the number of series has a bound.
   */
  readonly most?: number;
  readonly folded?: Labels;
};

export type MetricTable = Readonly<Record<string, Metric>>;

/** Of what is measured for each controller or call: few, since there are many of these. */
export const SHORT_SECONDS = [0.05, 0.5, 5, 30] as const;
