import type { Part } from './case.ts';
import type { Scale } from './scale.ts';
import { openWorld, type ProofWorld, type WorldOptions } from './world.ts';

/** Where a case is played: it opens the worlds it needs, and all of them are closed after it. */
export type Stage = {
  scale: Scale;
  tell: (line: string) => void;
  open(options?: WorldOptions): Promise<ProofWorld>;
  /**
   * One of several parts that take long: what is kept of it, else measured now, and once more if a process stood still
   * meanwhile. Kept as soon as it says something, so that a proof that is broken off goes on behind it.
   */
  part(name: string, measure: () => Promise<Part>): Promise<Part>;
  close(): Promise<void>;
};

/** Parts that were measured before. */
export type KeptParts = {
  read(name: string): Promise<Part | undefined>;
  save(part: Part): Promise<void>;
};

export function openStage({ scale, tell }: Pick<Stage, 'scale' | 'tell'>, kept: KeptParts): Stage {
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
    async part(name, measure) {
      const known = await kept.read(name);
      if (known !== undefined) return known;
      const first = await measure();
      const part = first.inconclusive ? await measure() : first;
      tell(`${name}: ${part.failed} of ${part.requests} failed${part.inconclusive ? ', with a stall' : ''}`);
      if (!part.inconclusive && holds(part)) await kept.save(part);
      return part;
    },
    async close() {
      for (const world of worlds.splice(0)) await world.close();
    },
  };
}

const holds = ({ failed, bound, problems }: Part): boolean => failed <= (bound?.failed ?? 0) && problems.length === 0;
