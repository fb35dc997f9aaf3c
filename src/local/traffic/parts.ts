import type { Part } from '../process.ts';

/** The processes of this folder by the name `startProcess` is given. */
export const TRAFFIC_PARTS: Record<string, () => Promise<Part<never, unknown>>> = {
  load: async () => (await import('./load.ts')).loadPart,
};
