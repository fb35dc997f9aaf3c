import { expect, test } from 'vitest';
import { RESOURCES } from '../../src/kube/resources.ts';
import { ingress, prefixed, service, slice } from './manifests.ts';
import { openWorld, type World } from './world.ts';

const PROVISIONING_MS = 150_000;
const MINUTE_MS = 60_000;

const member = (name: string, group?: string): object =>
  ingress({
    name,
    annotations: group === undefined ? {} : { 'group.name': group },
    rules: [{ host: `${name}.example.com`, service: 'web' }],
  });

async function served(...members: object[]): Promise<World> {
  const world = await openWorld({ aws: { provisioningMs: PROVISIONING_MS } });
  await world.apply(service({ name: 'web' }), slice({ service: 'web', addresses: ['10.0.1.50'] }), ...members);
  await world.start();
  await world.advance(5 * MINUTE_MS);
  return world;
}

const move = (world: World, group: string | null) => world.annotate('shop', prefixed({ 'group.name': group }));

/** The load balancer that clients of the Ingress are sent to. */
async function shownBy(world: World, name = 'shop') {
  type Address = { status?: { loadBalancer?: { ingress?: { hostname: string }[] } } };
  const object = (await world.kube.get(RESOURCES.ingress, { namespace: 'shop', name })) as Address | undefined;
  const hostname = object?.status?.loadBalancer?.ingress?.[0]?.hostname;
  return [...world.aws.state.loadBalancers.values()].find(({ dnsName }) => dnsName === hostname);
}

/** Whether a request for the Ingress would find its rule, and a healthy target behind it, at a load balancer. */
function answers({ aws: { state } }: World, loadBalancer: { arn: string } | undefined, name = 'shop'): boolean {
  const listeners = [...state.listeners.values()].filter(
    ({ loadBalancerArn }) => loadBalancerArn === loadBalancer?.arn,
  );
  const rules = [...state.rules.values()].filter(({ listenerArn }) => listeners.some(({ arn }) => arn === listenerArn));
  const ours = rules.filter(({ conditions }) => JSON.stringify(conditions).includes(`${name}.example.com`));
  const groups = ours.flatMap(({ actions }) => actions.map(({ TargetGroupArn }) => TargetGroupArn ?? ''));
  const targets = groups.flatMap((arn) => [...(state.targetGroups.get(arn)?.targets.values() ?? [])]);
  return targets.some((target) => target.state === 'healthy');
}

/** Every second for a quarter of an hour: what clients of now find, and what those find that still ask for the old one. */
async function lookOn(world: World, old: { arn: string } | undefined) {
  const seen = [];
  for (let second = 0; second < 900; second++) {
    await world.advance(1_000);
    const shown = await shownBy(world);
    seen.push({
      serves: shown?.state === 'active' && answers(world, shown),
      isOld: shown?.arn === old?.arn,
      old: answers(world, old),
    });
  }
  return seen;
}

const told = async (world: World, ledger: string): Promise<string> =>
  (await world.conditions(RESOURCES.loadBalancer, ledger)).join('\n');

test.each([
  ['into a group', [member('shop')], 'front', 'ingress.shop.shop'],
  ['into a group that is there', [member('shop'), member('other', 'front')], 'front', 'ingress.shop.shop'],
  ['out of its group', [member('shop', 'front'), member('other', 'front')], null, 'group.front'],
])('an Ingress that moves %s is served by both until clients have followed', async (...[, members, group, left]) => {
  const world = await served(...members);
  const old = await shownBy(world);
  expect(old).toBeDefined();
  await move(world, group);
  await world.advance(10_000);
  expect(await told(world, left)).toMatch(/MembersMoved=False ServedByBoth: Ingress shop\/shop has moved/);
  const seen = await lookOn(world, old);
  expect(seen.filter(({ serves }) => !serves)).toEqual([]);
  const switched = seen.findIndex(({ isOld }) => !isOld);
  const gone = seen.findIndex(({ old: answersOn }) => !answersOn);
  expect(switched).toBeGreaterThanOrEqual(0);
  expect(gone).toBeGreaterThan(switched + 120);
  expect(world.aws.state.loadBalancers.size).toBe(left === 'ingress.shop.shop' ? 1 : 2);
  expect(answers(world, await shownBy(world))).toBe(true);
});

test('one that moves back halfway stays where it was', async () => {
  const world = await served(member('shop'));
  const old = await shownBy(world);
  await move(world, 'front');
  await world.advance(30_000);
  await move(world, null);
  const seen = await lookOn(world, old);
  expect(seen.every(({ serves, isOld }) => serves && isOld)).toBe(true);
  expect(world.aws.state.loadBalancers.size).toBe(1);
});

test('one that moves while the operator dies twice is served all the time', async () => {
  const world = await served(member('shop'));
  const old = await shownBy(world);
  await move(world, 'front');
  await world.advance(3_000);
  await world.restart();
  const first = await lookOn(world, old);
  await world.restart();
  await world.advance(5 * MINUTE_MS);
  expect(first.every(({ serves }) => serves)).toBe(true);
  expect(world.aws.state.loadBalancers.size).toBe(1);
  expect(answers(world, await shownBy(world))).toBe(true);
});

test('one whose new load balancer never has a healthy target is served by the old one for ten minutes', async () => {
  const world = await served(member('shop'));
  const old = await shownBy(world);
  world.probe = (group) =>
    group.loadBalancerArns.includes(old?.arn ?? '') ? { ok: true } : { ok: false, reason: 'Target.Timeout' };
  await move(world, 'front');
  const seen = await lookOn(world, old);
  const gone = seen.findIndex(({ old: answersOn }) => !answersOn);
  expect(gone).toBeGreaterThan(590);
  expect(gone).toBeLessThan(620);
});

test('one that is deleted while it moves leaves nothing behind', async () => {
  const world = await served(member('shop'));
  await move(world, 'front');
  await world.advance(20_000);
  await world.delete(RESOURCES.ingress, 'shop', 'shop');
  await world.advance(5 * MINUTE_MS);
  expect(world.aws.state.loadBalancers.size).toBe(0);
  expect(world.aws.state.targetGroups.size).toBe(0);
  expect(await world.kube.list(RESOURCES.loadBalancer)).toEqual([]);
});
