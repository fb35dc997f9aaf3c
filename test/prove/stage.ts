import type { Scale } from './scale.ts';
import { openWorld, type ProofWorld, type WorldOptions } from './world.ts';

/** Where a case is played: it opens the worlds it needs, and all of them are closed after it. */
export type Stage = {
  scale: Scale;
  tell: (line: string) => void;
  open(options?: WorldOptions): Promise<ProofWorld>;
  close(): Promise<void>;
};

export function openStage({ scale, tell }: Pick<Stage, 'scale' | 'tell'>): Stage {
  const worlds: ProofWorld[] = [];
  return {
    scale,
    tell,
    async open(options = {}) {
      // Two worlds at once would be too much for a small machine.
      await Promise.all(worlds.splice(0).map((world) => world.close()));
      const world = await openWorld(scale, options);
      worlds.push(world);
      return world;
    },
    async close() {
      for (const world of worlds.splice(0)) await world.close();
    },
  };
}
