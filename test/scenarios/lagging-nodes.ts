import { simulateNodes, type Way } from '../../src/local/aws/simulated-nodes.ts';
import type { Timer } from '../../src/runtime/clock.ts';
import type { World } from './world.ts';

/** What requests on every way through every load balancer node would have come to. */
export type Asked = { requests: number; lost: string[] };

const EVERY_MS = 100;

/**
 * Asks every load balancer node ten times a second until stopped, beginning when all of them know what stands now. Each node
 * learns of each rule and of each target in its own time, and in no order.
 */
export function askNodes(world: World): { asked: Asked; stop(): void } {
  const { aws, clock } = world;
  const nodes = simulateNodes(aws);
  const asked: Asked = { requests: 0, lost: [] };
  const began = clock.monotonic();
  let timer: Timer;
  const ask = (): void => {
    const ways = nodes.ways();
    asked.requests += ways.length;
    const lost = ways.flatMap((way) => lossesOn(way, world));
    asked.lost.push(...lost.map((why) => `${clock.monotonic() - began}: ${why}`));
    timer = clock.after(EVERY_MS, ask);
  };
  timer = clock.after(aws.settings.propagationLagMs.max + 1, ask);
  return {
    asked,
    stop: () => {
      timer.cancel();
      void nodes.close();
    },
  };
}

function lossesOn({ targetGroupArn, targets }: Way, world: World): string[] {
  if (targets.length === 0) return [`503: ${targetGroupArn} has no usable target`];
  const silent = targets.filter(({ address, port }) => !world.answers(address, port));
  return silent.map(({ address, port }) => `502: ${address}:${port} does not answer`);
}
