import { expect, test } from 'vitest';
import { RESOURCES } from '../../src/kube/resources.ts';
import { deployment, ingress, service, slice } from './manifests.ts';
import { openWorld, type World } from './world.ts';

const HOUR_MS = 3_600_000;

async function applyShops(world: World, count: number): Promise<void> {
  for (let n = 1; n <= count; n++) {
    const name = `shop-${n}`;
    const addresses = [`10.0.1.${n}`, `10.0.2.${n}`];
    const rules = [{ host: `${name}.example.com`, service: name }];
    await world.apply(service({ name }), slice({ service: name, addresses }), ingress({ name, rules }));
  }
}

/** A world whose Ingresses are all served. No sweep comes before it is asked for. */
async function served(count: number, sweepIntervalSeconds = 90_000): Promise<World> {
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
async function unannounced({ kube }: World): Promise<string[]> {
  const all = await kube.list(RESOURCES.ingress);
  const silent = all.filter(({ status }) => !JSON.stringify(status ?? {}).includes('hostname'));
  return silent.map(({ metadata }) => metadata.name);
}

test('an operator with nothing to do makes no call to AWS for hours', async () => {
  const world = await served(3);
  const before = world.life.calls.length;
  await world.advance(6 * HOUR_MS);
  expect(world.life.calls.slice(before)).toEqual([]);
});

test('a change that decides nothing makes no call', async () => {
  const world = await served(1);
  const before = world.life.calls.length;
  await world.annotate('shop-1', { 'example.com/note': 'hello' });
  await world.apply(service({ name: 'shop-1', more: { sessionAffinity: 'None' } }));
  await world.advance(60_000);
  expect(world.life.calls.slice(before)).toEqual([]);
});

test.each([20, 100])(
  'with %i Ingresses a restart makes no call, and a new Ingress is served at once',
  async (count) => {
    const world = await served(count);
    await world.restart();
    await world.advance(300_000);
    expect(world.life.calls).toEqual([]);
    world.kill();
    await applyNew(world);
    await world.start();
    const took = await world.clock.runUntil(async () => (await unannounced(world)).length === 0, 60_000);
    const writes = world.life.mutating;
    console.log(
      `${count} Ingresses: new one announced ${took} ms after the restart, calls: ${world.life.calls.join(' ')}`,
    );
    expect(took).toBeLessThan(10_000);
    expect(writes.filter((action) => action === 'createLoadBalancer')).toHaveLength(1);
    expect(world.life.calls.length).toBeLessThan(30);
  },
);

async function applyNew(world: World): Promise<void> {
  const rules = [{ host: 'new.example.com', service: 'new' }];
  await world.apply(service({ name: 'new' }), slice({ service: 'new', addresses: ['10.0.3.9'] }));
  await world.apply(ingress({ name: 'new', rules }));
}

test('a new Ingress during a restart has its listener and targets before a second has passed', async () => {
  const world = await served(20);
  world.kill();
  await applyNew(world);
  await world.start();
  await world.advance(1_000);
  const groups = [...world.aws.state.targetGroups.values()].filter(({ name }) => name.includes('new'));
  expect(groups.map(({ targets, loadBalancerArns }) => [targets.size, loadBalancerArns.length])).toEqual([[1, 1]]);
});

test('pods that changed while the operator was down are registered at once, and the gone ones go', async () => {
  const world = await served(20);
  world.kill();
  await world.apply(slice({ service: 'shop-7', addresses: ['10.0.1.7', '10.0.3.207'] }));
  await world.start();
  await world.advance(60_000);
  const group = [...world.aws.state.targetGroups.values()].find(({ name }) => name.includes('shop7'));
  const kept = [...(group?.targets.values() ?? [])].filter(({ state }) => state !== 'draining');
  expect(kept.map(({ id }) => id).toSorted()).toEqual(['10.0.1.7', '10.0.3.207']);
  console.log(`one Service of 20 changed while down: ${world.life.calls.join(' ')}`);
  expect(world.life.calls.length).toBeLessThan(10);
});

test.each([
  [20, 20 * 8 + 10],
  [100, 100 * 8 + 20],
])('the drift sweep of %i stacks reads only, and a bounded number of times', async (count, most) => {
  const world = await served(count, 3_600);
  const before = { all: world.life.calls.length, writes: world.life.mutating.length };
  await world.advance(HOUR_MS);
  const calls = world.life.calls.slice(before.all);
  const counts = Object.entries(Object.groupBy(calls, (action) => action)).map(
    ([action, all]) => `${action} ${all?.length}`,
  );
  console.log(`sweep of ${count} stacks: ${calls.length} calls: ${counts.join(', ')}`);
  expect(world.life.mutating.slice(before.writes)).toEqual([]);
  expect(calls.length).toBeGreaterThan(0);
  expect(calls.length).toBeLessThan(most);
});

test('control: the count of calls sees one that is made', async () => {
  const world = await served(1);
  const before = world.life.calls.length;
  await world.apply(slice({ service: 'shop-1', addresses: ['10.0.1.1', '10.0.2.1', '10.0.3.1'] }));
  await world.advance(10_000);
  expect(world.life.calls.slice(before)).toContain('registerTargets');
});

test('the address is told when a target is healthy, and not before', async () => {
  const world = await openWorld({ workloads: true });
  await world.apply(service({ name: 'web' }), ingress({ name: 'shop', rules: [{ service: 'web' }] }));
  await world.start();
  await world.advance(20_000);
  expect(await unannounced(world)).toEqual(['shop']);
  await world.apply(deployment({ name: 'web' }));
  const healthy = (): boolean =>
    [...world.aws.state.targetGroups.values()].some(({ targets }) =>
      [...targets.values()].some(({ state }) => state === 'healthy'),
    );
  await world.clock.runUntil(healthy, 30_000);
  expect(await unannounced(world)).toEqual(['shop']);
  await world.advance(6_000);
  expect(await unannounced(world)).toEqual([]);
});

test('without any healthy target the address is told after a minute', async () => {
  const world = await openWorld({ workloads: true });
  await world.apply(service({ name: 'web' }), ingress({ name: 'shop', rules: [{ service: 'web' }] }));
  await world.start();
  const took = await world.clock.runUntil(async () => (await unannounced(world)).length === 0, 120_000);
  expect(took).toBeGreaterThanOrEqual(59_000);
  expect(took).toBeLessThan(67_000);
});
