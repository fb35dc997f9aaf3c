import { CLUSTER_PARTS } from './cluster/parts.ts';
import type { Part } from './process.ts';
import { TRAFFIC_PARTS } from './traffic/parts.ts';

/** Every process of the local parts, by the name `startProcess` is given. */
export const PARTS: Record<string, () => Promise<Part<never, unknown>>> = {
  ...CLUSTER_PARTS,
  ...TRAFFIC_PARTS,
  aws: async () => (await import('./aws/aws-part.ts')).awsPart,
};
