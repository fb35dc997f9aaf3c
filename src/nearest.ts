import { distance } from 'fastest-levenshtein';

/** The known name closest to what was written, unless nothing is close: more than a third of the letters would have to change. */
export function nearest(written: string, known: readonly string[]): string | undefined {
  const ranked = known.map((name) => ({ name, cost: distance(written, name) })).toSorted((a, b) => a.cost - b.cost);
  const [best] = ranked;
  return best !== undefined && best.cost <= Math.max(2, Math.ceil(written.length / 3)) ? best.name : undefined;
}
