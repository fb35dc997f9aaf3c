const MOST = 120;

/** What was given, in quotes; of a long text the beginning. */
export const quote = (given: string): string =>
  given.length <= MOST ? `"${given}"` : `"${given.slice(0, MOST)}…" (${given.length} characters)`;
