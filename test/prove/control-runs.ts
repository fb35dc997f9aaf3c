import type { App } from './apps.ts';
import type { Part } from './case.ts';
import { reuseWhileAway } from './cases/addresses.ts';
import { flipBackAndForth } from './cases/flips.ts';
import { rollOutBad, rollOutBadInPlace } from './cases/bad-versions.ts';
import { type Control, type ControlName, CONTROLS } from './controls.ts';
import { deploy, frontOf, restart } from './deeds.ts';
import { underLoad } from './load.ts';
import type { Stage } from './stage.ts';
import type { ProofWorld } from './world.ts';

/** A control has shown what it can when every load balancer node has acted. Seconds of real AWS. */
const LOAD_AFTER = 20;

type Deed = (world: ProofWorld, app: Partial<App>) => Promise<Part[]>;

const DEEDS: Record<Control['during'], Deed> = {
  rollout: async (world, app) => [await rollOut(world, { namespace: 'shop', replicas: 3, ...app })],
  'bad version': (world) => rollOutBad(world),
  'selector flip': (world) => flipBackAndForth(world),
  'address reuse': (world) => reuseWhileAway(world, LOAD_AFTER),
  'bad version in place': (world) => rollOutBadInPlace(world),
};

/** Does what a case does, with one part of the protection taken away. */
export async function runControl(name: ControlName, stage: Stage): Promise<Part[]> {
  const control: Control = CONTROLS[name];
  const world = await stage.open({ loadAfterSeconds: LOAD_AFTER, ...control.world });
  return DEEDS[control.during](world, control.app ?? {});
}

async function rollOut(world: ProofWorld, app: App): Promise<Part> {
  await deploy(world, app);
  const targets = await frontOf(world, app.namespace);
  return underLoad(world, { name: 'restart', targets, namespace: app.namespace }, async (mark) => {
    mark('restart');
    await restart(world, app.namespace);
    mark('rolled out');
  });
}
