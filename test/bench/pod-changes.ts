import { Gone } from '../../src/errors.ts';
import type { Endpoint } from '../../src/local/cluster/objects.ts';
import { realClock as clock } from '../../src/runtime/clock.ts';
import { until } from '../../src/local/until.ts';
import { readEndpoints, removePod, startPod, writeEndpoints } from './endpoints.ts';
import { countBy } from './figures.ts';
import type { World } from './world.ts';

/** Slower than registrations are granted, so that none waits for the budget: the baseline has one change in two seconds. */
const EVERY_MS = 350;

export type PodChanges = {
  addedMs: number[];
  removedMs: number[];
  /** Calls that change targets. Looks at health count apart. */
  callsPerChange: number;
  readsPerChange: number;
  byAction: Record<string, number>;
};

/**
 * Adds a pod and takes the oldest one away, in turn; each time above the moment the bare watcher learned of it. A pod leaves
 * as in Kubernetes: its endpoint first says that it is terminating and still serves, then it is gone.
 */
export async function measurePodChanges(world: World, service: string, times: number): Promise<PodChanges> {
  const addedMs: number[] = [];
  const removedMs: number[] = [];
  let endpoints = await readEndpoints(world, service);
  const began = performance.now();
  for (let time = 0; time < times; time++) {
    endpoints = [...endpoints, await startPod(world)];
    addedMs.push(await excess(world, { service, endpoints, action: 'RegisterTargets' }));
    const [oldest, ...rest] = endpoints as [Endpoint, ...Endpoint[]];
    const leaving = { ...oldest, conditions: { ready: false, serving: true, terminating: true } };
    removedMs.push(await excess(world, { service, endpoints: [leaving, ...rest], action: 'DeregisterTargets' }));
    endpoints = rest;
    await writeEndpoints(world, service, endpoints);
    await removePod(world, oldest).catch(ignoreGone); // the first ones are endpoints only
  }
  const calls = world.callsSince(began);
  const changing = calls.filter(({ action }) => action !== 'DescribeTargetHealth').length;
  return {
    addedMs,
    removedMs,
    callsPerChange: changing / (2 * times),
    readsPerChange: (calls.length - changing) / (2 * times),
    byAction: countBy(calls, ({ action }) => action),
  };
}

/** Endpoints that vanish without having been terminating, as when a selector changes. */
export async function measureVanishing(world: World, service: string, times: number): Promise<number[]> {
  const vanishedMs: number[] = [];
  for (let time = 0; time < times; time++) {
    const endpoints = await readEndpoints(world, service);
    const fresh = [...endpoints, await startPod(world)];
    await excess(world, { service, endpoints: fresh, action: 'RegisterTargets' });
    vanishedMs.push(await excess(world, { service, endpoints: fresh.slice(1), action: 'DeregisterTargets' }));
  }
  return vanishedMs;
}

function ignoreGone(error: unknown): void {
  if (!(error instanceof Gone)) throw error;
}

type Change = { service: string; endpoints: Endpoint[]; action: string };

async function excess(world: World, { service, endpoints, action }: Change): Promise<number> {
  const before = performance.now();
  const watched = await world.watcher.seen(await writeEndpoints(world, service, endpoints));
  const call = await until(`${action} of ${service}`, async () =>
    world.callsSince(before).find((one) => one.action === action),
  );
  await clock.sleep(Math.max(0, before + EVERY_MS - performance.now()));
  return call.began - watched;
}
