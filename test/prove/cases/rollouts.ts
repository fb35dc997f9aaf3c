import type { App } from '../apps.ts';
import type { Part, ProofCase } from '../case.ts';
import { deploy, frontOf, noneLeaving, pass, restart } from '../deeds.ts';
import { underLoad } from '../load.ts';
import { shop } from '../play.ts';
import { milliseconds, type Scale } from '../scale.ts';
import type { Stage } from '../stage.ts';
import type { ProofWorld } from '../world.ts';
import { realClock as clock } from '../../../src/runtime/clock.ts';

/** Requests of one variant of a rolling case; in the short form of both variants together. */
const ROLLING_REQUESTS = 150_000;
/** Long enough for them at 500 a second, with what comes before and after. */
const ROLLING_SECONDS = 250;

const shareOf = (scale: Scale): number => (scale.factor > 1 ? 1 / 2 : 1);

/** Restarts again and again until enough requests were sent. */
async function restartForLong(world: ProofWorld, app: App, name: string): Promise<Part> {
  const targets = await frontOf(world, app.namespace);
  const share = shareOf(world.scale);
  const atLeast = ROLLING_REQUESTS * share;
  return underLoad(world, { name, targets, namespace: app.namespace, atLeast }, async (mark) => {
    const end = clock.monotonic() + milliseconds(world.scale, ROLLING_SECONDS * share);
    while (clock.monotonic() < end) {
      mark('restart');
      await restart(world, app.namespace);
      mark('rolled out');
      await noneLeaving(world, app.namespace);
      await pass(world, 10);
    }
  });
}

const surge = (maxSurge: number | string) => ({ rollingUpdate: { maxSurge, maxUnavailable: 0 } });

async function everySize(stage: Stage): Promise<Part[]> {
  const sizes = stage.scale.factor > 1 ? [3] : [1, 3, 30];
  const parts: Part[] = [];
  for (const replicas of sizes) {
    let world: ProofWorld | undefined;
    for (const maxSurge of [1, '100%']) {
      const app = shop({ replicas, strategy: surge(maxSurge) });
      const name = `${replicas} replicas, surge ${maxSurge}`;
      const measure = async (): Promise<Part> => {
        world ??= await stage.open();
        await deploy(world, app);
        return restartForLong(world, app, name);
      };
      parts.push(await stage.part(name, measure));
    }
  }
  return parts;
}

async function halfUnavailable(stage: Stage): Promise<Part[]> {
  const world = await stage.open();
  const strategy = { rollingUpdate: { maxSurge: 0, maxUnavailable: '50%' } };
  const app = shop({ replicas: 2, strategy });
  await deploy(world, app);
  const targets = await frontOf(world, app.namespace);
  const part = await underLoad(world, { name: 'restart', targets, namespace: app.namespace }, async (mark) => {
    mark('restart');
    await restart(world, app.namespace);
    mark('rolled out');
  });
  return [part];
}

export const ROLLOUTS: ProofCase[] = [
  {
    case: 1,
    name: 'rolling update, surge 1 and 100 %',
    control: 'no sleep',
    short: true,
    atLeast: ROLLING_REQUESTS,
    run: everySize,
  },
  { case: 2, name: 'maxUnavailable 50 % of 2', control: 'no gate', short: true, run: halfUnavailable },
];
