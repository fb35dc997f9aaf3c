import { until } from '../../../src/local/until.ts';
import { type App, deploymentOf, HEALTH_CHECK, objectsOf, serviceOf } from '../apps.ts';
import { PRE_STOP } from '../budget.ts';
import type { Part, ProofCase } from '../case.ts';
import { play, playOn, shop, withProblems } from '../play.ts';
import { ALB_LAG, NLB_LAG } from '../lags.ts';
import { type Mark, RATE } from '../load.ts';
import { deployBehindNlb, playBehindNlb } from '../nlb.ts';
import { deploy, pass, podsReady, scaleTo, served, targetsIn } from '../deeds.ts';
import type { Stage } from '../stage.ts';
import type { ProofWorld } from '../world.ts';

const colour = (app: App, name: 'blue' | 'green') => {
  const deployment = deploymentOf({ ...app, pod: { labels: { colour: name } } });
  return {
    ...deployment,
    metadata: { ...deployment.metadata, name: `web-${name}` },
    spec: { ...deployment.spec, selector: { matchLabels: { app: 'web', colour: name } } },
  };
};

const pointingAt = (app: App, name: 'blue' | 'green') =>
  serviceOf({ ...app, service: { selector: { app: 'web', colour: name } } });

/** Blue and green beside each other; the Service's selector moves to green, and blue is deleted 30 s later. */
async function flipSelector(stage: Stage): Promise<Part[]> {
  const world = await stage.open();
  const app = shop();
  await besideEachOther(world, app);
  const alb = await playOn(world, app, { name: 'blue to green', act: flipAndDelete(world, app) });
  return stage.scale.factor > 1 ? [alb] : [alb, await flipBehindNlb(stage)];
}

const flipAndDelete =
  (world: ProofWorld, app: App) =>
  async (mark: Mark): Promise<void> => {
    await world.kubectl.apply(pointingAt(app, 'green'));
    mark('selector flipped');
    await pass(world, 30);
    await world.kubectl('delete', 'deployment', '-n', 'shop', 'web-blue', '--wait=false');
    mark('blue deleted');
    await served(world, 'shop', app.replicas);
  };

async function flipBehindNlb(stage: Stage): Promise<Part> {
  const world = await stage.open();
  const app = shop();
  const targets = await deployBehindNlb(world, app, blueObjects(app));
  await world.kubectl.apply(colour(app, 'green'));
  await blueServed(world, app);
  await pass(world, NLB_LAG.max);
  const act = flipAndDelete(world, app);
  return playBehindNlb(world, targets, { name: 'blue to green, NLB', namespace: 'shop', act });
}

/** From the only blue pod to the only green one and back, twice: one node that learns of the end first is without any, and which does is chance. */
export async function flipBackAndForth(world: ProofWorld): Promise<Part[]> {
  const app = shop({ replicas: 1 });
  await besideEachOther(world, app);
  const part = await playOn(world, app, {
    name: 'blue to green and back',
    act: async (mark) => {
      for (const colour of ['green', 'blue', 'green', 'blue'] as const) {
        await world.kubectl.apply(pointingAt(app, colour));
        mark(`selector: ${colour}`);
        await pass(world, 30);
      }
    },
  });
  return [part];
}

async function besideEachOther(world: ProofWorld, app: App): Promise<void> {
  await world.kubectl.apply(...blueObjects(app), colour(app, 'green'));
  await blueServed(world, app);
  await pass(world, 20);
}

async function blueServed(world: ProofWorld, app: App): Promise<void> {
  await podsReady(world, app.namespace, 2 * app.replicas);
  const wanted = app.replicas;
  await until('the blue ones are served', async () => {
    const healthy = (await targetsIn(world, app.namespace)).filter(({ state }) => state === 'healthy');
    return healthy.length === wanted;
  });
}

function blueObjects(app: App): object[] {
  const kindOf = (object: object): string => (object as { kind: string }).kind;
  const others = objectsOf(app).filter((object) => !['Deployment', 'Service'].includes(kindOf(object)));
  return [...others, colour(app, 'blue'), pointingAt(app, 'blue')];
}
/** Requests fail only from the last pod's D2 until the first new one is healthy: as long as there is nobody to answer. */
async function toZeroAndBack(stage: Stage): Promise<Part[]> {
  const world = await stage.open();
  const app = shop({ replicas: 10 });
  const pauseSeconds = 60;
  const [start, lag] = [5, ALB_LAG.max];
  const away = pauseSeconds + start + lag + HEALTH_CHECK + PRE_STOP;
  const bound = {
    failed: Math.ceil((away / stage.scale.factor) * RATE),
    formula: `(${pauseSeconds} s at zero + start ${start} s + lag ${lag} s + health check ${HEALTH_CHECK} s + ${PRE_STOP} s of draining) × ${RATE}/s`,
  };
  const act = async (mark: (text: string) => void): Promise<void> => {
    await scaleTo(world, 'shop', 0);
    mark('scaled to 0');
    await pass(world, PRE_STOP + pauseSeconds);
    await scaleTo(world, 'shop', 10);
    mark('scaled to 10');
    await served(world, 'shop', 10);
  };
  return [await play(world, app, { name: '10 to 0 to 10', bound, act })];
}

async function flapping(stage: Stage): Promise<Part[]> {
  const world = await stage.open();
  await deploy(world, shop());
  await world.aws.control('calls', 'DELETE');
  const rounds = 15;
  const part = await playOn(world, shop(), {
    name: '3 to 10 and back every 20 s',
    act: async (mark) => {
      for (let round = 0; round < rounds; round++)
        for (const replicas of [10, 3]) {
          await scaleTo(world, 'shop', replicas);
          mark(`scaled to ${replicas}`);
          await pass(world, 20);
        }
    },
  });
  const calls = await world.aws.control<Record<string, number>>('calls/counts');
  const changing = (calls.RegisterTargets ?? 0) + (calls.DeregisterTargets ?? 0);
  // Each round brings 7 pods and takes 7 away: one call a pod at the most.
  const problems = changing > rounds * 14 ? [`${changing} changing calls for ${rounds} rounds of 7 pods`] : [];
  return [withProblems(part, problems)];
}

export const FLIPS: ProofCase[] = [
  {
    case: 22,
    name: 'selector flip (blue/green)',
    control: 'deregister first',
    short: true,
    run: flipSelector,
  },
  { case: 23, name: 'scale 10 to 0 to 10', control: 'no sleep', run: toZeroAndBack },
  { case: 24, name: '3 to 10 and back every 20 s for 10 min', control: 'no sleep', run: flapping },
];
