/** How much shorter than in AWS everything is: lags, delays, budgets and sleeps are all divided by `factor`. */
export type Scale = { factor: number };

export const FULL: Scale = { factor: 1 };
export const SHORT: Scale = { factor: 5 };

/** Seconds of real AWS as seconds of this run. */
export const seconds = ({ factor }: Scale, real: number): number => real / factor;

/** The same in milliseconds. */
export const milliseconds = (scale: Scale, real: number): number => Math.round(seconds(scale, real) * 1_000);
