import { expect, test } from 'vitest';
import { CHANGES, type Change, prepare } from './crash-changes.ts';
import { shapeOf } from './shape.ts';
import type { World } from './world.ts';

const CHANGE_MS = 60_000;
/** A drift sweep after the next start is in it, and every draining target is gone. */
const CALM_MS = 400_000;
/** AWS takes this long for each answer, so that one is always on its way. */
const ANSWER_MS = 100;

/** How the operator stopped: what did not stop in time, which calls were without an answer then, and how many came later. */
type Stopped = { troubles: object[]; open: string[]; later: number };

class Stopper {
  calls = 0;
  stopped: Stopped | undefined;
  readonly #open = new Set<string>();
  readonly #world: World;
  readonly #at: number;
  readonly #how: 'stop' | 'kill';

  constructor(world: World, { at, how }: { at: number; how: 'stop' | 'kill' }) {
    this.#world = world;
    this.#at = at;
    this.#how = how;
    world.between = ({ kube, elb, ec2 }) => ({ kube, elb: this.#watch(elb), ec2: this.#watch(ec2) });
  }

  #watch<Api extends object>(api: Api): Api {
    return new Proxy(api, {
      get: (target, method) => {
        const call = Reflect.get(target, method) as unknown;
        if (typeof call !== 'function' || typeof method !== 'string') return call;
        return (input: unknown) => this.#call(method, () => (call as (input: unknown) => Promise<unknown>)(input));
      },
    });
  }

  async #call(method: string, run: () => Promise<unknown>): Promise<unknown> {
    const name = `${++this.calls} ${method}`;
    this.#open.add(name);
    if (this.calls === this.#at) void this.#stop();
    try {
      await this.#world.clock.sleep(ANSWER_MS);
      return await run();
    } finally {
      this.#open.delete(name);
    }
  }

  async #stop(): Promise<void> {
    if (this.#how === 'kill') this.#world.kill();
    const troubles = this.#how === 'kill' ? [] : ((await this.#world.operator?.stop()) ?? []);
    const stopped = { troubles, open: [...this.#open], later: -this.calls };
    this.stopped = stopped;
  }

  later(): number {
    return this.calls + (this.stopped?.later ?? 0);
  }
}

/** Makes the change while an operator runs that is told to stop at that call to AWS; then another one takes over. */
async function play(change: Change, at: number, how: 'stop' | 'kill' = 'stop') {
  const world = await prepare(change);
  const stopper = new Stopper(world, { at, how });
  await world.start();
  await world.advance(1_000);
  await change.change(world);
  await world.advance(CHANGE_MS);
  const { stopped, calls } = stopper;
  const later = stopper.later();
  if (stopped !== undefined) await world.start();
  await world.advance(CALM_MS);
  return { calls, stopped: stopped && { ...stopped, later }, shape: await shapeOf(world) };
}

test.each([CHANGES[0]!, CHANGES[2]!, CHANGES.at(-1)!])(
  'R11: told to stop at any call to AWS, it ends what is on its way and nothing is left or made twice: $name',
  async (change) => {
    const { calls, shape, stopped } = await play(change, Infinity);
    expect(stopped).toBeUndefined();
    expect(calls).toBeGreaterThan(1);
    for (let at = 1; at <= calls; at++) {
      const outcome = await play(change, at);
      expect({ at, stopped: outcome.stopped }).toEqual({ at, stopped: { troubles: [], open: [], later: 0 } });
      expect({ at, shape: outcome.shape }).toEqual({ at, shape });
    }
  },
);

test('control: one that is killed leaves a call without its answer', async () => {
  const { stopped } = await play(CHANGES[0]!, 12, 'kill');
  expect(stopped?.open.length).toBeGreaterThan(0);
});
