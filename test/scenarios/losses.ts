import { simulateNodes, type Way } from '../../src/local/aws/simulated-nodes.ts';
import type { Timer } from '../../src/runtime/clock.ts';
import type { World } from './world.ts';

/** What requests at every moment would have met. Times are virtual milliseconds since the watch began. */
export type Losses = {
  /** How many choices of a node were looked at. */
  asked: number;
  /** `<time>: <zone>:<port> would send to <address>:<port>, <which is …>`. */
  lost: string[];
  /** Answers of a pod in another namespace, or with another name, than is expected behind the group. */
  strangers: string[];
};

export type LossOptions = {
  everyMs?: number;
  /** Whether the pod that would answer belongs behind the group; all do, where it is left out. */
  belongs?: (pod: { namespace: string; pod: string }, targetGroupArn: string) => boolean;
};

/**
 * Looks every 100 ms at what each load balancer node would choose, as it sees the world then. A request is lost when one of
 * the chosen targets would not answer, or when there is none: every target that may be chosen is one that could be.
 */
export function watchLosses(world: World, options: LossOptions = {}): { losses: Losses; stop(): Promise<void> } {
  const { aws, clock } = world;
  const nodes = simulateNodes(aws);
  const losses: Losses = { asked: 0, lost: [], strangers: [] };
  const begun = clock.monotonic();
  let timer: Timer;
  const look = (): void => {
    const time = clock.monotonic() - begun;
    for (const way of nodes.ways()) {
      losses.asked += 1;
      losses.lost.push(...lossesOf(world, way).map((why) => `${time}: ${way.zone}:${way.listenerPort} ${why}`));
      losses.strangers.push(...strangersOf(world, way, options).map((who) => `${time}: ${who}`));
    }
    timer = clock.after(options.everyMs ?? 100, look);
  };
  timer = clock.after(0, look);
  return {
    losses,
    stop: async () => {
      timer.cancel();
      await nodes.close();
    },
  };
}

function lossesOf(world: World, { targets }: Way): string[] {
  if (targets.length === 0) return ['has no target'];
  const silent = targets.filter(({ address, port }) => !world.answers(address, port));
  return silent.map(({ address, port }) => `would send to ${address}:${port}, where nobody answers`);
}

function strangersOf({ runtime }: World, { targets, targetGroupArn }: Way, { belongs }: LossOptions): string[] {
  if (belongs === undefined) return [];
  return targets.flatMap(({ address, port }) => {
    const who = runtime.servedBy(address, port);
    return who === undefined || belongs(who, targetGroupArn)
      ? []
      : [`${who.namespace}/${who.pod} at ${address}:${port}`];
  });
}
