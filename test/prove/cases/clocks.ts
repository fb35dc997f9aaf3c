import { realClock as clock } from '../../../src/runtime/clock.ts';
import type { Part } from '../case.ts';
import { deploy } from '../deeds.ts';
import { leaseOf } from '../leader.ts';
import { play, rollOut, shop, withProblems } from '../play.ts';
import { milliseconds } from '../scale.ts';
import { skewedBy } from '../skew.ts';
import type { Stage } from '../stage.ts';
import type { ProofWorld } from '../world.ts';
import { evictTheOnly } from './evictions.ts';

/** Later than a clock that is 60 s ahead would put SIGTERM (75 s after the deletion), and well before the only pod's last deadline (52 s). */
const START = 20;

/** Deadlines count from the API server's times: a rollout, and the eviction of the only replica, which is held until another is there. */
export async function skewClock(stage: Stage): Promise<Part[]> {
  const parts: Part[] = [];
  for (const skew of [60, -60]) {
    const env = skewedBy(milliseconds(stage.scale, skew));
    const rolling = await stage.open({ env });
    const act = rollOut(rolling, shop());
    const part = await play(rolling, shop(), { name: `${skew} s, rollout`, act });
    parts.push(withProblems(part, await notSkewed(rolling, skew)));
    const holding = await stage.open({ env, drain: { hold: 30 } });
    const app = shop({ replicas: 1, env: { START_DELAY_MS: String(milliseconds(stage.scale, START)) } });
    await deploy(holding, app);
    const evicted = await evictTheOnly(holding, app, { name: `${skew} s, eviction` });
    parts.push(withProblems(evicted, await notSkewed(holding, skew)));
  }
  return parts;
}

/** A clock that is right shows nothing. */
async function notSkewed(world: ProofWorld, skew: number): Promise<string[]> {
  const wanted = milliseconds(world.scale, skew);
  const off = Date.parse((await leaseOf(world)).renewTime ?? '') - clock.now();
  const isSkewed = Math.abs(off - wanted) < Math.abs(wanted) / 2;
  return isSkewed ? [] : [`the operator's clock is off by ${off} ms, wanted ${wanted} ms`];
}
