import { describe, expect, test } from 'vitest';
import type { Endpoint } from '../../src/cluster/objects.ts';
import { seededRandom } from '../../src/runtime/virtual-clock.ts';
import { createTargetsWorld, leaving, pod, pods, type TargetsWorld } from './targets-world.ts';

type Life = 'starting' | 'ready' | 'failing' | 'leaving' | 'ending';

const ENDPOINT: Record<Life, (n: number) => Endpoint> = {
  starting: (n) => pod(n, { ready: false, serving: false }),
  ready: (n) => pod(n),
  failing: (n) => pod(n, { ready: false, serving: false }),
  leaving: (n) => leaving(n),
  ending: (n) => leaving(n, false),
};

/** Pods of one Service that live at random: started, ready, failing, leaving, gone; addresses are never used twice. */
class Herd {
  readonly lives = new Map<number, Life>(); // number of the pod -> life
  readonly #random: () => number;
  #next = 1;

  constructor(random: () => number) {
    this.#random = random;
  }

  step(): void {
    for (const [n, life] of this.lives) this.#age(n, life);
    while (this.lives.size < 2 || (this.lives.size < 6 && this.#random() < 0.3))
      this.lives.set(this.#next++, 'starting');
  }

  #age(n: number, life: Life): void {
    const draw = this.#random();
    if (life === 'ending' && draw < 0.5) this.lives.delete(n);
    else if (life === 'leaving' && draw < 0.4) this.lives.set(n, 'ending');
    else if (life === 'starting' && draw < 0.5) this.lives.set(n, 'ready');
    else if (life === 'ready' && draw < 0.15) this.lives.set(n, draw < 0.1 ? 'leaving' : 'failing');
    else if (life === 'failing' && draw < 0.5) this.lives.set(n, 'ready');
  }

  get endpoints(): Endpoint[] {
    return [...this.lives].map(([n, life]) => ENDPOINT[life](n));
  }

  of(...wanted: Life[]): number[] {
    return [...this.lives].filter(([, life]) => wanted.includes(life)).map(([n]) => n);
  }
}

const FAULTS = ['RegisterTargets', 'DeregisterTargets', 'DescribeTargetHealth'];
const CODES = ['Throttling', 'InternalFailure', 'ServiceUnavailable'];

/** Faults come and go, answers are lost, and the operator is killed and started again. */
function trouble(world: TargetsWorld, random: () => number): void {
  const pick = <T>(all: readonly T[]): T => all[Math.floor(random() * all.length)] as T;
  const when = random() < 0.5 ? ('before' as const) : ('after' as const);
  const faults = random() < 0.3 ? [{ action: pick(FAULTS), code: pick(CODES), when, probability: 0.5 }] : [];
  world.aws.configure({ faults });
  if (random() < 0.1) world.restart();
}

/**
 * Moments in which a call of ours took out a target that served and left none that is healthy in a group of pods that run.
 * A pod may fail its probe between a decision and a throttled call: as long as its target is healthy, the group is not empty.
 */
function emptiedIn(world: TargetsWorld, herd: Herd): string[] {
  const found: string[] = [];
  const keysOf = (...lives: Life[]) => new Set(herd.of(...lives).map((n) => `10.0.1.${n}:8080`));
  let before: string[] = [];
  world.aws.onChange(({ kind }) => {
    if (kind !== 'targets') return;
    const serving = keysOf('ready', 'leaving');
    const running = keysOf('ready', 'leaving', 'failing');
    const healthy = world.healthy.filter((key) => running.has(key));
    const registered = new Set(world.registered);
    const takenOut = before.filter((key) => serving.has(key) && !registered.has(key));
    if (healthy.length === 0 && takenOut.length > 0) found.push(`${world.clock.monotonic()}: ${takenOut.join(' ')}`);
    before = healthy;
  });
  return found;
}

async function live(seed: number): Promise<{ world: TargetsWorld; herd: Herd; emptied: string[] }> {
  const random = seededRandom(seed);
  const world = await createTargetsWorld({ settings: { seed } });
  const herd = new Herd(random);
  const emptied = emptiedIn(world, herd);
  for (let step = 0; step < 60; step++) {
    herd.step();
    trouble(world, random);
    await world.put(herd.endpoints, Math.floor(random() * 8_000));
  }
  return { world, herd, emptied };
}

const SEEDS = Array.from({ length: 40 }, (_, seed) => seed + 1);

describe('random lives of pods, with faults and kills', () => {
  test.each(SEEDS)('seed %d: no call of ours empties the group, and it converges', async (seed) => {
    const { world, herd, emptied } = await live(seed);
    expect(emptied).toEqual([]);
    world.aws.configure({ faults: [] });
    await world.put(pods(...herd.of('ready', 'starting', 'failing')), 700_000);
    const keys = herd.of('ready', 'starting', 'failing').map((n) => `10.0.1.${n}:8080`);
    expect(world.registered).toEqual(keys.toSorted());
    world.resetCalls();
    await world.changed(600_000);
    expect(world.calls).toEqual([]);
  });

  test('taking out what still serves by hand is noticed', async () => {
    const { world, herd, emptied } = await live(1);
    world.aws.configure({ faults: [] });
    await world.put(pods(...herd.of('ready', 'starting', 'failing')), 60_000);
    for (const n of herd.of('starting', 'failing')) herd.lives.set(n, 'ready');
    world.takeOut(...world.registered);
    expect(emptied).not.toEqual([]);
  });
});
