import { expect, test } from 'vitest';
import { play } from './play.ts';
import type { Schedule } from './schedule.ts';

/** What random schedules have found, cut down to what it takes. */
const CALM = { seed: 1, calm: true, operators: 1, lagMs: { min: 4_000, max: 15_000 }, latencyMs: 0 } as const;

const FOUND: { name: string; schedule: Schedule }[] = [
  {
    name: 'a selector flip while the operator is away does not empty the group at its start',
    schedule: {
      ...CALM,
      shops: [{ name: 'web', replicas: 2, startDelayMs: 0, green: true }],
      events: [
        { at: 1_000, kind: 'crash', downMs: 12_000 },
        { at: 5_000, kind: 'flip', shop: 'web' },
      ],
    },
  },
  {
    name: 'what was registered before a start whose first look failed is looked for again',
    schedule: {
      ...CALM,
      calm: false,
      shops: [{ name: 'web', replicas: 2, startDelayMs: 0, green: false }],
      events: [
        { at: 1_000, kind: 'crash', downMs: 60_000 },
        { at: 2_000, kind: 'scale', shop: 'web', replicas: 0 },
        { at: 58_000, kind: 'aws', trouble: 'error', forMs: 15_000, probability: 1 },
      ],
    },
  },
];

test.each(FOUND)('$name', async ({ schedule }) => {
  expect((await play(schedule)).violations).toEqual([]);
});
