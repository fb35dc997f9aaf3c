import { realClock as clock } from '../../src/runtime/clock.ts';
import { until } from '../until.ts';
import { readEndpoints, removePod, startPod, writeEndpoints } from './endpoints.ts';
import { countBy } from './figures.ts';
import type { World } from './world.ts';

/** Slower than registrations are granted, so that none waits for the budget: the baseline has one change in two seconds. */
const EVERY_MS = 400;

export type PodChanges = {
  addedMs: number[];
  removedMs: number[];
  callsPerChange: number;
  byAction: Record<string, number>;
};

/** Adds a pod and takes the oldest one away, in turn; each time above the moment the bare watcher learned of it. */
export async function measurePodChanges(world: World, service: string, times: number): Promise<PodChanges> {
  const addedMs: number[] = [];
  const removedMs: number[] = [];
  let endpoints = await readEndpoints(world, service);
  const began = performance.now();
  for (let time = 0; time < times; time++) {
    endpoints = [...endpoints, await startPod(world)];
    addedMs.push(await excess(world, { service, endpoints, action: 'RegisterTargets' }));
    const [oldest, ...rest] = endpoints;
    endpoints = rest;
    removedMs.push(await excess(world, { service, endpoints, action: 'DeregisterTargets' }));
    if (oldest?.targetRef?.name) await removePod(world, oldest).catch(() => undefined); // the first ones are endpoints only
  }
  const calls = world.callsSince(began);
  const byAction = countBy(calls, ({ action }) => action);
  return { addedMs, removedMs, callsPerChange: calls.length / (2 * times), byAction };
}

type Change = { service: string; endpoints: Awaited<ReturnType<typeof readEndpoints>>; action: string };

async function excess(world: World, { service, endpoints, action }: Change): Promise<number> {
  const before = performance.now();
  const watched = await world.watcher.seen(await writeEndpoints(world, service, endpoints));
  const call = await until(`${action} of ${service}`, async () =>
    world.callsSince(before).find((one) => one.action === action),
  );
  await clock.sleep(Math.max(0, before + EVERY_MS - performance.now()));
  return call.began - watched;
}
