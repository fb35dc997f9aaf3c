import type { Part, ProofCase } from '../case.ts';
import { type App, deploymentOf } from '../apps.ts';
import { isRolledOut, pass, restart, served, targetsIn } from '../deeds.ts';
import { play, shop, withProblems } from '../play.ts';
import { preStopOf } from '../budget.ts';
import type { Stage } from '../stage.ts';
import type { ProofWorld } from '../world.ts';

const ALB = 'alb.ingress.kubernetes.io/';

/** A version that takes connections and never answers: its readiness probe is content with that, the load balancer is not. */
export const rollOutBad = (world: ProofWorld): Promise<Part[]> => rollOutWedged(world, shop());

/** The same where each pod takes the address and port of the one before it. */
export const rollOutBadInPlace = (world: ProofWorld): Promise<Part[]> => rollOutWedged(world, inPlace());

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
      await pass(world, 120);
      if (await isRolledOut(world, 'shop')) problems.push('the bad version was rolled out');
      await world.kubectl.apply(deploymentOf(app));
      mark('undone');
      await served(world, 'shop', 3);
    },
  });
  return [withProblems(part, problems)];
}

/** Every readiness probe fails for 30 s though the apps answer: what would be lost by deregistering them all is the proof. */
async function allUnready(stage: Stage): Promise<Part[]> {
  const world = await stage.open();
  const app = shop({ replicas: 4, ingress: { [`${ALB}healthcheck-path`]: '/alive' } });
  const problems: string[] = [];
  const part = await play(world, app, {
    name: 'unready for 30 s',
    act: async (mark) => {
      await world.kubectl('annotate', 'pods', '-n', 'shop', '--all', 'local.podwire.dev/ready=false');
      mark('not ready');
      await pass(world, 30);
      const registered = (await targetsIn(world, 'shop')).filter(({ state }) => state !== 'draining').length;
      if (registered < app.replicas / 2) problems.push(`only ${registered} of ${app.replicas} pods are registered`);
      await world.kubectl('annotate', 'pods', '-n', 'shop', '--all', '--overwrite', 'local.podwire.dev/ready=true');
      mark('ready again');
      await served(world, 'shop', app.replicas);
    },
  });
  return [withProblems(part, problems)];
}

/** Pods on the node's own address: the next generation has the same address and port as the one before. */
const inPlace = (): App =>
  shop({
    strategy: { rollingUpdate: { maxSurge: 0, maxUnavailable: 1 } },
    pod: { spec: { hostNetwork: true } },
  });

async function redeployInPlace(stage: Stage): Promise<Part[]> {
  const world = await stage.open();
  const app = inPlace();
  const act = async (mark: (text: string) => void): Promise<void> => {
    mark('restart');
    await restart(world, 'shop');
    mark('rolled out');
    await pass(world, preStopOf(world));
  };
  const good = await play(world, app, { name: 'host network', act });
  return [good, ...(await rollOutBadInPlace(await stage.open()))];
}

export const GATES: ProofCase[] = [
  {
    case: 11,
    name: 'redeploy on the same address and port (host network)',
    control: 'gate from cached health',
    run: redeployInPlace,
  },
  {
    case: 19,
    name: 'group in no listener, zone not enabled, health checks off',
    control: 'no gate',
    notYet: 'nothing makes such a group beside the load yet; in virtual time it is tested',
  },
  {
    case: 20,
    name: 'new version never healthy',
    control: 'no gate',
    short: true,
    run: async (stage) => rollOutBad(await stage.open()),
  },
  { case: 21, name: 'every readiness probe fails for 30 s', control: 'no sleep', run: allUnready },
];
