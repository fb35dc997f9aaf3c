export type Figure = number | boolean;
export type Figures = Record<string, Figure>;

/** The value that `share` (0 to 1) of the samples do not exceed: the nearest rank, never one in between. */
export function percentile(samples: readonly number[], share: number): number {
  const sorted = samples.toSorted((a, b) => a - b);
  const rank = Math.max(1, Math.ceil(share * sorted.length));
  const value = sorted[rank - 1];
  if (value === undefined) throw new Error('percentile: wanted at least one sample, given none');
  return value;
}

/** What is above ten with one digit after the point, the rest with two: more is noise. */
export const rounded = (value: number): number =>
  Math.abs(value) > 10 ? Math.round(value * 10) / 10 : Math.round(value * 100) / 100;

export function countBy<T>(items: readonly T[], keyOf: (item: T) => string): Record<string, number> {
  const groups = [...Map.groupBy(items, keyOf)].toSorted(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(groups.map(([key, all]) => [key, all.length]));
}
