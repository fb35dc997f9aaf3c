/** What the local cluster answers otherwise than a real API server, and why that is left so. */
export type KnownDifference = { case: string; local: unknown; reason: string };

export const KNOWN_DIFFERENCES: KnownDifference[] = [
  {
    case: 'what a Deployment does is told in Events',
    local: [],
    reason: 'The workload controllers write no Events: those of Podwire are then the only ones a reader sees.',
  },
];
