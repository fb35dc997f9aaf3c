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
  {
    name: 'rules stay for targets that drain since before the start',
    schedule: {
      ...CALM,
      calm: false,
      lagMs: { min: 6_000, max: 9_000 },
      shops: [{ name: 'web', replicas: 3, startDelayMs: 0, green: false }],
      events: [
        { at: 10_000, kind: 'scale', shop: 'web', replicas: 0 },
        { at: 45_000, kind: 'crash', downMs: 5_000 },
      ],
    },
  },
  {
    name: "a kept target goes at once when another Service's pod gets its address",
    schedule: {
      ...CALM,
      seed: 227,
      calm: false,
      lagMs: { min: 2_000, max: 11_000 },
      shops: [
        { name: 'web', replicas: 4, startDelayMs: 2_000, green: false },
        { name: 'api', replicas: 3, startDelayMs: 1_000, green: true },
      ],
      events: [
        { at: 6_918, kind: 'aws', trouble: 'describe down', forMs: 38_000, probability: 1 },
        { at: 7_454, kind: 'crash', downMs: 6_000 },
        { at: 15_421, kind: 'evict', shop: 'api', pod: 2 },
        { at: 18_018, kind: 'restart', shop: 'web', startDelayMs: 5_000 },
        { at: 22_255, kind: 'reuse', restMs: 1_000, next: 'freed last' },
        { at: 24_091, kind: 'aws', trouble: 'throttle', forMs: 58_000, probability: 1 },
        { at: 36_097, kind: 'flap', shop: 'web', pod: 3, forMs: 18_000 },
        { at: 37_129, kind: 'scale', shop: 'api', replicas: 0 },
        { at: 40_052, kind: 'aws', trouble: 'lost answer', forMs: 47_000, probability: 0.5 },
        { at: 41_884, kind: 'crash', downMs: 7_000 },
      ],
    },
  },
  {
    name: "after a start a target whose address another Service's pod has got is not kept for want of others",
    schedule: {
      ...CALM,
      seed: 2_160,
      calm: false,
      lagMs: { min: 3_000, max: 5_000 },
      shops: [
        { name: 'web', replicas: 3, startDelayMs: 1_000, green: false },
        { name: 'api', replicas: 1, startDelayMs: 3_000, green: true },
      ],
      events: [
        { at: 0, kind: 'reuse', restMs: 0, next: 'freed last' },
        { at: 7_943, kind: 'scale', shop: 'web', replicas: 1 },
        { at: 8_720, kind: 'crash', downMs: 32_000 },
        { at: 24_369, kind: 'budget', shop: 'api', propagation: 27 },
        { at: 30_283, kind: 'aws', trouble: 'throttle', forMs: 18_000, probability: 1 },
        { at: 40_205, kind: 'delete', shop: 'web', pod: 2, graceSeconds: 5 },
        { at: 55_145, kind: 'crash', downMs: 27_000 },
        { at: 66_379, kind: 'evict', shop: 'api', pod: 3 },
      ],
    },
  },
  {
    name: 'a selector flip to nothing while the operator is away does not empty the group at its start',
    schedule: {
      ...CALM,
      calm: false,
      shops: [{ name: 'api', replicas: 2, startDelayMs: 0, green: true }],
      events: [
        { at: 1_000, kind: 'crash', downMs: 45_000 },
        { at: 10_000, kind: 'flip', shop: 'api' },
        { at: 20_000, kind: 'scale', shop: 'api', replicas: 0 },
      ],
    },
  },
  {
    name: 'a first look that fails for long is tried again soon after AWS answers',
    schedule: {
      ...CALM,
      seed: 303,
      calm: false,
      lagMs: { min: 2_000, max: 9_000 },
      shops: [
        { name: 'web', replicas: 2, startDelayMs: 2_000, green: false },
        { name: 'api', replicas: 2, startDelayMs: 1_000, green: false },
      ],
      events: [
        { at: 0, kind: 'reuse', restMs: 0, next: 'freed last' },
        { at: 1_205, kind: 'crash', downMs: 3_000 },
        { at: 16_926, kind: 'restart', shop: 'api', startDelayMs: 6_000 },
        { at: 19_823, kind: 'crash', downMs: 38_000 },
        { at: 22_436, kind: 'delete', shop: 'web', pod: 3, graceSeconds: 5 },
        { at: 33_292, kind: 'aws', trouble: 'describe down', forMs: 56_000, probability: 1 },
        { at: 34_011, kind: 'restart', shop: 'api', startDelayMs: 3_000 },
      ],
    },
  },
  {
    name: 'a record that names a pod for the address it took over, whose registration nothing answered, opens no gate',
    schedule: {
      ...CALM,
      seed: 1_507,
      calm: false,
      lagMs: { min: 3_000, max: 10_000 },
      shops: [{ name: 'api', replicas: 1, startDelayMs: 1_000, green: false }],
      events: [
        { at: 0, kind: 'reuse', restMs: 0, next: 'freed last' },
        { at: 7_002, kind: 'aws', trouble: 'error', forMs: 60_000, probability: 1 },
        { at: 26_366, kind: 'pressure', shop: 'api', pod: 2 },
        { at: 39_312, kind: 'crash', downMs: 26_000 },
      ],
    },
  },
  {
    name: 'an address that AWS does not take back while it drains is asked for again soon after',
    schedule: {
      ...CALM,
      seed: 3_793,
      lagMs: { min: 2_000, max: 7_000 },
      latencyMs: 40,
      shops: [{ name: 'web', replicas: 2, startDelayMs: 2_000, green: true }],
      events: [
        { at: 4_855, kind: 'budget', shop: 'web', propagation: 28 },
        { at: 7_021, kind: 'flip', shop: 'web' },
        { at: 37_522, kind: 'reregistration', mode: 'refuse' },
        { at: 67_767, kind: 'flip', shop: 'web' },
      ],
    },
  },
  {
    name: 'an address that drains for a minute is asked for again until it is free, and not ever more seldom',
    schedule: {
      ...CALM,
      seed: 6_085,
      lagMs: { min: 2_000, max: 12_000 },
      shops: [{ name: 'web', replicas: 2, startDelayMs: 3_000, green: true }],
      events: [
        { at: 17_687, kind: 'reregistration', mode: 'refuse' },
        { at: 21_592, kind: 'flap', shop: 'web', pod: 1, forMs: 11_000 },
        { at: 36_673, kind: 'crash', downMs: 2_000 },
      ],
    },
  },
  {
    name: 'a registration that nothing answered, of a pod that nobody wants any more, is found and undone',
    schedule: {
      ...CALM,
      seed: 4_765,
      calm: false,
      operators: 2,
      lagMs: { min: 5_000, max: 12_000 },
      shops: [
        { name: 'web', replicas: 4, startDelayMs: 0, green: false },
        { name: 'api', replicas: 2, startDelayMs: 2_000, green: false },
      ],
      events: [
        { at: 1_165, kind: 'aws', trouble: 'lost answer', forMs: 51_000, probability: 1 },
        { at: 15_301, kind: 'delete', shop: 'web', pod: 3, graceSeconds: 0 },
        { at: 38_470, kind: 'aws', trouble: 'lost answer', forMs: 58_000, probability: 1 },
        { at: 73_056, kind: 'scale', shop: 'web', replicas: 1 },
      ],
    },
  },
  {
    name: 'a registration that nothing answered is found by the next life too',
    schedule: {
      ...CALM,
      seed: 5_531,
      calm: false,
      lagMs: { min: 5_000, max: 16_000 },
      shops: [
        { name: 'web', replicas: 2, startDelayMs: 1_000, green: true },
        { name: 'api', replicas: 3, startDelayMs: 1_000, green: true },
      ],
      events: [
        { at: 1_309, kind: 'reuse', restMs: 0, next: 'freed last' },
        { at: 10_965, kind: 'delete', shop: 'api', pod: 1, graceSeconds: 5 },
        { at: 11_147, kind: 'aws', trouble: 'lost answer', forMs: 56_000, probability: 1 },
        { at: 36_898, kind: 'scale', shop: 'api', replicas: 2 },
        { at: 54_102, kind: 'crash', downMs: 18_000 },
      ],
    },
  },
  {
    name: 'a deregistration that nothing answered, of a pod that is ready again, is made good',
    schedule: {
      ...CALM,
      seed: 7_562,
      operators: 2,
      lagMs: { min: 4_000, max: 12_000 },
      shops: [{ name: 'web', replicas: 4, startDelayMs: 3_000, green: true }],
      events: [
        { at: 12_390, kind: 'aws', trouble: 'lost answer', forMs: 14_000, probability: 1 },
        { at: 12_620, kind: 'flap', shop: 'web', pod: 3, forMs: 9_000 },
      ],
    },
  },
  {
    name: 'a target that drains on though it was registered again is looked at by the next life',
    schedule: {
      ...CALM,
      seed: 7_643,
      operators: 2,
      lagMs: { min: 5_000, max: 9_000 },
      shops: [
        { name: 'web', replicas: 2, startDelayMs: 1_000, green: true },
        { name: 'api', replicas: 4, startDelayMs: 0, green: false },
      ],
      events: [
        { at: 11_354, kind: 'flap', shop: 'web', pod: 1, forMs: 8_000 },
        { at: 18_210, kind: 'reregistration', mode: 'stay-draining' },
        { at: 27_007, kind: 'crash', downMs: 5_000 },
      ],
    },
  },
];

test.each(FOUND)('$name', async ({ schedule }) => {
  expect((await play(schedule)).violations).toEqual([]);
});
