import type { Endpoint, Pod } from '../../src/cluster/objects.ts';
import type { Controls } from '../../src/settings/controls.ts';
import { DRAIN_BUDGET } from '../model/drain/samples.ts';
import { deleted, webPod } from '../model/pods.ts';
import { at, createTargetsWorld, KEY, leaving, pod, pods, type TargetsWorld } from './targets-world.ts';

/** Behind an ALB with a sleep of 45 s: the last one goes 22 s after its deletion, SIGTERM comes after 45. */
export const SECOND = 1_000;
const START = { ready: 5, healthy: 10 };

export const podAt = (n: number, more: Partial<Pod> = {}): Pod => webPod(n, { addresses: [`10.0.1.${n}`], ...more });

/** A group of healthy pods whose drain budget is known. */
export async function serving(
  ns: number[],
  options: { hold?: number; controls?: Controls } = {},
): Promise<TargetsWorld> {
  const world = await createTargetsWorld({ spec: { drain: { ...DRAIN_BUDGET, hold: options.hold ?? 0 } } });
  if (options.controls) world.controls = options.controls;
  world.restart();
  world.podsSynced = true;
  world.pods = ns.map((n) => podAt(n));
  // Long enough for every load balancer node to know them.
  await world.put(pods(...ns), 40 * SECOND);
  learn(world, START);
  world.resetCalls();
  return world;
}

export function learn(world: TargetsWorld, startSeconds: { ready: number; healthy: number }): void {
  world.objects.set(KEY, { ...world.object, status: { ...world.object.status, startSeconds } });
}

/** Deletes pods now. Their endpoints follow a second later. */
export async function remove(world: TargetsWorld, ns: number[], graceSeconds = 75): Promise<void> {
  const now = world.clock.now() + world.serverAheadMs;
  world.pods = world.pods.map((one) => (ns.includes(numberOf(one)) ? deleted(one, now, graceSeconds) : one));
  await world.changed(SECOND);
  await world.put(endpointsOf(world));
}

export const numberOf = ({ name }: Pod): number => Number(name.split('-')[1]);
const endpointsOf = ({ pods: all }: TargetsWorld): Endpoint[] =>
  all.map((one) => (one.deleting ? leaving(numberOf(one)) : pod(numberOf(one))));

/** Seconds until the target is deregistered, at most a hundred. */
export async function untilGone(world: TargetsWorld, n: number): Promise<number> {
  const begun = world.clock.monotonic();
  const gone = (): boolean => !world.registered.includes(at(n)[0] ?? '');
  const ms = await world.clock.runUntil(gone, 100 * SECOND).catch(() => Number.POSITIVE_INFINITY);
  return Math.round((begun + ms) / SECOND) - Math.round(begun / SECOND);
}
