import { expect } from 'vitest';
import { RESOURCES } from '../../src/kube/resources.ts';
import { ingress, service, slice } from './manifests.ts';
import { openWorld, type World } from './world.ts';

export const HOUR_MS = 3_600_000;

async function applyShops(world: World, count: number): Promise<void> {
  for (let n = 1; n <= count; n++) {
    const name = `shop-${n}`;
    const addresses = [`10.0.1.${n}`, `10.0.2.${n}`];
    const rules = [{ host: `${name}.example.com`, service: name }];
    await world.apply(service({ name }), slice({ service: name, addresses }), ingress({ name, rules }));
  }
}

/** A world whose Ingresses are all served. No sweep comes before it is asked for. */
export async function served(count: number, sweepIntervalSeconds = 90_000): Promise<World> {
  const world = await openWorld({
    settings: { sweepIntervalSeconds },
    aws: { quotas: { 'application-load-balancers': 200 } },
  });
  await applyShops(world, count);
  await world.start();
  await world.advance(120_000);
  expect(await unannounced(world)).toEqual([]);
  return world;
}

/** Ingresses without an address. */
export async function unannounced({ kube }: World): Promise<string[]> {
  const all = await kube.list(RESOURCES.ingress);
  const silent = all.filter(({ status }) => !JSON.stringify(status ?? {}).includes('hostname'));
  return silent.map(({ metadata }) => metadata.name);
}

export async function applyNew(world: World): Promise<void> {
  const rules = [{ host: 'new.example.com', service: 'new' }];
  await world.apply(service({ name: 'new' }), slice({ service: 'new', addresses: ['10.0.3.9'] }));
  await world.apply(ingress({ name: 'new', rules }));
}

/** Restarts an operator with so many Ingresses: first with nothing changed, then with a new one. */
export async function restartWith(count: number): Promise<void> {
  const world = await served(count);
  await world.restart();
  await world.advance(300_000);
  expect(world.life.calls).toEqual([]);
  world.kill();
  await applyNew(world);
  await world.start();
  const took = await world.clock.runUntil(async () => (await unannounced(world)).length === 0, 60_000);
  console.log(
    `${count} Ingresses: a new one has its address ${took} ms after the restart, ${countsOf(world.life.calls)}`,
  );
  expect(took).toBeLessThan(10_000);
  expect(world.life.mutating.filter((action) => action === 'createLoadBalancer')).toHaveLength(1);
  expect(world.life.calls.length).toBeLessThan(30);
}

/** Lets one drift sweep pass over so many stacks. */
export async function sweepOver(count: number): Promise<void> {
  const world = await served(count, 3_600);
  const before = { all: world.life.calls.length, writes: world.life.mutating.length };
  await world.advance(HOUR_MS);
  const calls = world.life.calls.slice(before.all);
  console.log(`the sweep of ${count} stacks: ${countsOf(calls)}`);
  expect(world.life.mutating.slice(before.writes)).toEqual([]);
  expect(calls.length).toBeGreaterThan(0);
  expect(calls.length).toBeLessThan(count * 8 + 20);
}

function countsOf(calls: string[]): string {
  const counts = Object.entries(Object.groupBy(calls, (action) => action));
  return `${calls.length} calls: ${counts.map(([action, all]) => `${action} ${all?.length}`).join(', ')}`;
}
