import { expect, test } from 'vitest';
import { RESOURCES } from '../../src/kube/resources.ts';
import { ingress, prefixed, service, slice } from './manifests.ts';
import { openWorld, type World } from './world.ts';

const PROVISIONING_MS = 150_000;
const MINUTE_MS = 60_000;

type Address = { status?: { loadBalancer?: { ingress?: { hostname: string }[] } } };

/** The load balancer that clients of the Ingress are sent to. */
async function shownBy(world: World, name = 'shop') {
  const object = (await world.kube.get(RESOURCES.ingress, { namespace: 'shop', name })) as Address | undefined;
  const hostname = object?.status?.loadBalancer?.ingress?.[0]?.hostname;
  return [...world.aws.state.loadBalancers.values()].find(({ dnsName }) => dnsName === hostname);
}

const healthyOf = ({ aws: { state } }: World, loadBalancer: { arn: string } | undefined): string[] =>
  [...state.targetGroups.values()]
    .filter(({ loadBalancerArns }) => loadBalancerArns.includes(loadBalancer?.arn ?? ''))
    .flatMap(({ targets }) => [...targets.values()].filter(({ state: is }) => is === 'healthy').map(({ id }) => id))
    .toSorted();

async function served(): Promise<World> {
  const world = await openWorld({ aws: { provisioningMs: PROVISIONING_MS } });
  await world.apply(
    service({ name: 'web' }),
    slice({ service: 'web', addresses: ['10.0.1.50'] }),
    ingress({ name: 'shop', rules: [{ service: 'web' }] }),
  );
  await world.start();
  await world.advance(5 * MINUTE_MS);
  return world;
}

/** What clients are sent to, every second for a quarter of an hour, and whether the old load balancer still stands. */
async function lookOn(world: World, old: string) {
  const seen = [];
  for (let second = 0; second < 900; second++) {
    await world.advance(1_000);
    const shown = await shownBy(world);
    const healthy = healthyOf(world, shown).join(' ');
    seen.push({
      state: shown?.state,
      healthy,
      isOld: shown?.arn === old,
      stands: world.aws.state.loadBalancers.has(old),
    });
  }
  return seen;
}

test('a load balancer that is replaced serves until nobody asks for it, and the other one begins warm', async () => {
  const world = await served();
  const old = await shownBy(world);
  await world.annotate('shop', prefixed({ scheme: 'internet-facing' }));
  await world.advance(MINUTE_MS);
  await world.apply(slice({ service: 'web', addresses: ['10.0.1.60', '10.0.2.60'] }));
  const seen = await lookOn(world, old?.arn ?? '');
  const switched = seen.findIndex(({ isOld }) => !isOld);
  const gone = seen.findIndex(({ stands }) => !stands);
  expect(new Set(seen.map(({ state }) => state))).toEqual(new Set(['active']));
  expect(new Set(seen.slice(60).map(({ healthy }) => healthy))).toEqual(new Set(['10.0.1.60 10.0.2.60']));
  expect(switched).toBeGreaterThan(60);
  expect(gone).toBeGreaterThan(switched + 120);
  expect(world.aws.state.loadBalancers.size).toBe(1);
  expect(world.aws.state.targetGroups.size).toBe(1);
  expect(await world.kube.list(RESOURCES.targetGroup)).toHaveLength(1);
  expect((await world.conditions(RESOURCES.loadBalancer, 'ingress.shop.shop')).join('\n')).toMatch(/Ready=True/);
});

test('one that is replaced twice in a row comes to rest as the last one', async () => {
  const world = await served();
  await world.annotate('shop', prefixed({ scheme: 'internet-facing' }));
  await world.advance(20_000);
  await world.annotate('shop', prefixed({ scheme: 'internal', 'load-balancer-name': 'own' }));
  await world.advance(20_000);
  await world.annotate('shop', prefixed({ scheme: 'internet-facing', 'load-balancer-name': 'front' }));
  await world.advance(20 * MINUTE_MS);
  expect((await shownBy(world))?.name).toBe('front');
  expect(healthyOf(world, await shownBy(world))).toEqual(['10.0.1.50']);
  expect(world.aws.state.loadBalancers.size).toBe(1);
  expect(world.aws.state.targetGroups.size).toBe(1);
});

test('one without a healthy target anywhere is replaced all the same', async () => {
  const world = await served();
  await world.apply(slice({ service: 'web', addresses: [] }));
  await world.annotate('shop', prefixed({ scheme: 'internet-facing' }));
  await world.advance(30 * MINUTE_MS);
  expect((await shownBy(world))?.scheme).toBe('internet-facing');
  expect(world.aws.state.loadBalancers.size).toBe(1);
});

test('who joins a group that serves is shown its address when the own targets are healthy, or after a minute', async () => {
  const world = await openWorld();
  const member = (name: string) =>
    ingress({ name, annotations: { 'group.name': 'front' }, rules: [{ host: `${name}.example.com`, service: name }] });
  await world.apply(service({ name: 'old' }), slice({ service: 'old', addresses: ['10.0.1.50'] }), member('old'));
  await world.start();
  await world.advance(10 * MINUTE_MS);
  await world.apply(service({ name: 'new' }), service({ name: 'empty' }), member('new'), member('empty'));
  await world.advance(20_000);
  expect(await shownBy(world, 'new')).toBeUndefined();
  await world.apply(slice({ service: 'new', addresses: ['10.0.2.50'] }));
  await world.advance(15_000);
  expect(await shownBy(world, 'new')).toBeDefined();
  expect(await shownBy(world, 'empty')).toBeUndefined();
  await world.advance(40_000);
  expect(await shownBy(world, 'empty')).toBeDefined();
});
