import { z } from 'zod';

/** One condition in the shape kstatus and `kubectl wait` read. */
export const condition = z.object({
  type: z.string(),
  status: z.enum(['True', 'False', 'Unknown']),
  reason: z.string(),
  message: z.string(),
  observedGeneration: z.int().exactOptional(),
  lastTransitionTime: z.string(),
});

export type Condition = z.infer<typeof condition>;
