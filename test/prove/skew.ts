/** What sets the wall clock of an operator off by `ms`, and leaves all others as they are. */
export const skewedBy = (ms: number): Record<string, string> => ({
  NODE_OPTIONS: `--import=${new URL('skewed-date.ts', import.meta.url).href}`,
  PROOF_CLOCK_AHEAD_MS: String(ms),
});
