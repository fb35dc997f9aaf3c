import type { LoadTarget } from './request.ts';

/** What one request is like: `short` a GET of 20 ms, `post` one with a body, `long` one of 5–20 s, `stream` one of 30 s, the longest that a drain budget allows for unless it is told otherwise. */
export type Shape = 'short' | 'post' | 'long' | 'stream';

/** Shares of the shapes, together 1; every duration is divided by `factor`. */
export type Mix = { shares: Record<Shape, number>; factor: number };

/** Mostly short ones, and some that are under way when something happens. */
export const USUAL_SHARES: Mix['shares'] = { short: 0.7, post: 0.2, long: 0.08, stream: 0.02 };

const SHORT_MS = 20;
const LONG_MS = { least: 5_000, most: 20_000 };
const STREAM_MS = 30_000;
const CHUNK_MS = 1_000;
const BODY_BYTES = 500;

/** The shape that `chance`, in [0, 1), falls on. */
export function shapeOf({ shares }: Mix, chance: number): Shape {
  let left = chance;
  for (const [shape, share] of Object.entries(shares) as [Shape, number][]) {
    left -= share;
    if (left < 0) return shape;
  }
  return 'short';
}

/** The request of a shape; `chance`, in [0, 1), decides how long a long one takes. */
export function shaped(
  target: LoadTarget,
  { shape, factor, chance }: { shape: Shape; factor: number; chance: number },
): LoadTarget {
  const scaled = (ms: number): string => String(Math.round(ms / factor));
  if (shape === 'stream') return asking(target, { streamMs: scaled(STREAM_MS), chunkEveryMs: scaled(CHUNK_MS) });
  if (shape === 'long') {
    // Half before the answer begins, half while it comes: a client does not wait for the beginning for ever.
    const half = scaled((LONG_MS.least + (LONG_MS.most - LONG_MS.least) * chance) / 2);
    return asking(target, { delayMs: half, streamMs: half, chunkEveryMs: scaled(CHUNK_MS) });
  }
  const short = asking(target, { delayMs: scaled(SHORT_MS) });
  return shape === 'post' ? { ...short, method: 'POST', body: BODY } : short;
}

const BODY = 'x'.repeat(BODY_BYTES);

function asking(target: LoadTarget, query: Record<string, string>): LoadTarget {
  const url = new URL(target.url);
  for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
  return { ...target, url: url.href, name: target.name ?? target.url };
}
