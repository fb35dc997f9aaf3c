import type { App } from './apps.ts';
import type { Part } from './case.ts';
import { deploy, frontOf, restart } from './deeds.ts';
import { type LoadRequest, type Mark, underLoad } from './load.ts';
import type { ProofWorld } from './world.ts';

export const shop = (more: Partial<App> = {}): App => ({ namespace: 'shop', replicas: 3, ...more });

type Playing = Omit<LoadRequest, 'targets' | 'namespace'>;

/** Deploys an app, sends it requests, and does something meanwhile. */
export async function play(
  world: ProofWorld,
  app: App,
  playing: Playing & { act: (mark: Mark) => Promise<unknown> },
): Promise<Part> {
  await deploy(world, app);
  return playOn(world, app, playing);
}

/** The same for an app that is served already. */
export async function playOn(
  world: ProofWorld,
  app: App,
  { act, ...playing }: Playing & { act: (mark: Mark) => Promise<unknown> },
): Promise<Part> {
  const targets = await frontOf(world, app.namespace);
  return underLoad(world, { ...playing, targets, namespace: app.namespace }, act);
}

/** One rollout, with something done once it has begun. */
export const rollOut =
  (world: ProofWorld, app: App, meanwhile: (mark: Mark) => Promise<unknown> = async () => undefined) =>
  async (mark: Mark): Promise<void> => {
    mark('restart');
    const rollout = restart(world, app.namespace);
    await Promise.all([rollout, meanwhile(mark)]);
    mark('rolled out');
  };

/** The part with what else did not hold. */
export const withProblems = (part: Part, problems: readonly string[]): Part => ({
  ...part,
  problems: [...part.problems, ...problems],
});
