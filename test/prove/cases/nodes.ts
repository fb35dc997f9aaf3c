import type { Part, ProofCase } from '../case.ts';
import { deploy, listPods, noneLeaving, pass, restart, served } from '../deeds.ts';
import { playOn, shop } from '../play.ts';
import { milliseconds } from '../scale.ts';
import type { Stage } from '../stage.ts';
import type { ProofWorld } from '../world.ts';

const ANNOTATION = 'alb.ingress.kubernetes.io/target-type';

/** From pods to node ports and back, while requests go on. */
async function otherTargetType(stage: Stage): Promise<Part[]> {
  const world = await stage.open();
  const app = shop({ service: { type: 'NodePort' } });
  await deploy(world, app);
  const part = await playOn(world, app, {
    name: 'ip to instance and back',
    act: async (mark) => {
      for (const type of ['instance', 'ip']) {
        await world.kubectl('annotate', 'ingress', '-n', 'shop', 'web', '--overwrite', `${ANNOTATION}=${type}`);
        mark(`target type ${type}`);
        await pass(world, 180);
      }
    },
  });
  return [part];
}

/** The node of the only replica is drained; the operator has learned how long a start takes, and holds the old pod as long. */
async function drainTheOnly(stage: Stage): Promise<Part[]> {
  const world = await stage.open({ drain: { hold: 'auto' } });
  const app = shop({ replicas: 1, env: { START_DELAY_MS: String(milliseconds(world.scale, 15)) } });
  await deploy(world, app);
  await restart(world, 'shop');
  await noneLeaving(world, 'shop');
  await restart(world, 'shop');
  await noneLeaving(world, 'shop');
  await served(world, 'shop', 1);
  const part = await playOn(world, app, {
    name: 'kubectl drain',
    act: async (mark) => {
      const node = await nodeOfTheOnly(world);
      mark('drain');
      await world.kubectl.slowly('drain', node, '--ignore-daemonsets', '--delete-emptydir-data');
      mark('drained');
      await served(world, 'shop', 1);
    },
  });
  return [part];
}

async function nodeOfTheOnly(world: ProofWorld): Promise<string> {
  const [pod = ''] = await listPods(world, 'shop');
  return world.kubectl('get', 'pod', '-n', 'shop', pod, '-o', 'jsonpath={.spec.nodeName}');
}

export const NODES: ProofCase[] = [
  { case: 37, name: 'change of the target type in both directions', control: 'no sleep', run: otherTargetType },
  { case: 39, name: "the only replica's node is drained, hold: auto", control: 'no sleep', run: drainTheOnly },
];
