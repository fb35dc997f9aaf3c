/** What the local cluster answers otherwise than a real API server, and why that is left so. */
export type KnownDifference = { case: string; local: unknown; reason: string };

export const KNOWN_DIFFERENCES: KnownDifference[] = [];
