import { realClock as clock } from '../../../src/runtime/clock.ts';
import { type App, deploymentOf } from '../apps.ts';
import { preStopOf } from '../budget.ts';
import type { Part, ProofCase } from '../case.ts';
import { isReplaced, pass, restart, served } from '../deeds.ts';
import { play, shop, withProblems } from '../play.ts';
import { milliseconds } from '../scale.ts';
import type { Stage } from '../stage.ts';
import type { ProofWorld } from '../world.ts';

/** A version that takes connections and never answers: its readiness probe is content with that, the load balancer is not. */
export const rollOutBad = (world: ProofWorld): Promise<Part[]> => rollOutWedged(world, shop());

/** The same where each pod takes the address and port of the one before it; two at a time, the third goes when they are ready. */
export const rollOutBadInPlace = (world: ProofWorld): Promise<Part[]> => rollOutWedged(world, inPlace(2));

/** Without a gate it is through in half of that. */
const STALL_SECONDS = 120;

async function rollOutWedged(world: ProofWorld, app: App): Promise<Part[]> {
  const problems: string[] = [];
  const bad = {
    container: { readinessProbe: { tcpSocket: { port: 'http' }, periodSeconds: 1 } },
    env: { WEDGED: 'true' },
  };
  const part = await play(world, app, {
    name: 'the rollout stalls',
    act: async (mark) => {
      await world.kubectl.apply(deploymentOf({ ...app, ...bad }));
      mark('bad version');
      if (await isReplacedWithin(world, STALL_SECONDS)) {
        mark('every good pod is replaced');
        problems.push('the bad version was rolled out');
        // The last good one serves on while it sleeps.
        return pass(world, 45);
      }
      await world.kubectl.apply(deploymentOf(app));
      mark('undone');
      return served(world, 'shop', app.replicas);
    },
  });
  return [withProblems(part, problems)];
}

async function isReplacedWithin(world: ProofWorld, limitSeconds: number): Promise<boolean> {
  const end = clock.monotonic() + milliseconds(world.scale, limitSeconds);
  while (clock.monotonic() < end) {
    if (await isReplaced(world, 'shop')) return true;
    await pass(world, 1);
  }
  return isReplaced(world, 'shop');
}

/** Pods on the node's own address: the next generation has the same address and port as the one before. */
const inPlace = (maxUnavailable: number): App =>
  shop({
    strategy: { rollingUpdate: { maxSurge: 0, maxUnavailable } },
    pod: { spec: { hostNetwork: true } },
  });

async function redeployInPlace(stage: Stage): Promise<Part[]> {
  const world = await stage.open();
  const act = async (mark: (text: string) => void): Promise<void> => {
    mark('restart');
    await restart(world, 'shop');
    mark('rolled out');
    await pass(world, preStopOf(world));
  };
  const good = await play(world, inPlace(1), { name: 'host network', act });
  return [good, ...(await rollOutBadInPlace(await stage.open()))];
}

export const BAD_VERSIONS: ProofCase[] = [
  {
    case: 11,
    name: 'redeploy on the same address and port (host network)',
    control: 'gate from cached health',
    run: redeployInPlace,
  },
  {
    case: 20,
    name: 'new version never healthy',
    control: 'no gate',
    short: true,
    run: async (stage) => rollOutBad(await stage.open()),
  },
];
