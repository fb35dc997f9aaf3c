import { expect, test } from 'vitest';
import { deployment, ingress, service, slice } from './manifests.ts';
import { applyNew, HOUR_MS, restartWith, served, sweepOver, unannounced } from './shops.ts';
import { openWorld } from './world.ts';

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

test('with 20 Ingresses a restart makes no call, and a new Ingress is served at once', () => restartWith(20));

test('the drift sweep of 20 stacks reads only, and a bounded number of times', () => sweepOver(20));

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
