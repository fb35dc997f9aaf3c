import { describe, expect, test } from 'vitest';
import { KINDS, type Pod } from '../../src/local/cluster/objects.ts';
import { watchLosses } from './losses.ts';
import { deployment, type DeploymentOptions, ingress, service } from './manifests.ts';
import { openWorld, type World } from './world.ts';

const CAREFUL = { replicas: 3, preStopSeconds: 20, graceSeconds: 40, minReadySeconds: 10 };
const ANNOTATIONS = {
  'healthcheck-interval-seconds': '5',
  'healthcheck-timeout-seconds': '2',
  'target-group-attributes': 'deregistration_delay.timeout_seconds=10',
};

async function serving(options: Partial<DeploymentOptions>): Promise<World> {
  const world = await openWorld({ workloads: true });
  await world.apply(service({ name: 'web' }), deployment({ name: 'web', ...options }));
  await world.apply(ingress({ name: 'shop', annotations: ANNOTATIONS, rules: [{ service: 'web' }] }));
  await world.start();
  await world.advance(90_000);
  return world;
}

const podsOf = async (world: World): Promise<Pod[]> => (await world.kube.list(KINDS.pod)) as Pod[];

async function lossesWhile(world: World, run: () => Promise<void>, lastsMs = 120_000): Promise<string[]> {
  const { losses, stop } = watchLosses(world);
  await world.advance(10_000); // every node has learned what stands
  losses.lost.length = 0;
  await run();
  await world.advance(lastsMs);
  await stop();
  expect(losses.asked).toBeGreaterThan(500);
  return losses.lost;
}

describe('what load balancer nodes would choose', () => {
  test('a careful rollout loses nothing', async () => {
    const world = await serving(CAREFUL);
    const update = () => world.apply(deployment({ name: 'web', ...CAREFUL, version: '2' }));
    expect(await lossesWhile(world, update, 250_000)).toEqual([]);
    expect(world.errors).toEqual([]);
  });

  test('a rollout without a sleep loses requests', async () => {
    const { preStopSeconds: _, ...careless } = CAREFUL;
    const world = await serving(careless);
    const update = () => world.apply(deployment({ name: 'web', ...careless, version: '2' }));
    expect(await lossesWhile(world, update, 250_000)).not.toEqual([]);
  });

  test('a hard eviction loses requests for a while and then no more', async () => {
    const world = await serving(CAREFUL);
    const [victim] = await podsOf(world);
    const { namespace = '', name = '' } = victim?.metadata ?? {};
    const lost = await lossesWhile(world, async () => world.kubelet?.evict({ namespace, name }));
    expect(lost.some((line) => line.includes(victim?.status?.podIP ?? ''))).toBe(true);
    expect(await lossesWhile(world, async () => undefined, 20_000)).toEqual([]);
  });

  test('a pod that sleeps serves, one that was told to stop does not, and both can be seen', async () => {
    const world = await serving({ ...CAREFUL, replicas: 1 });
    const [pod] = await podsOf(world);
    await world.kube.delete(KINDS.pod, { namespace: 'shop', name: pod?.metadata.name ?? '' });
    const states = async (): Promise<string[]> => ((await world.kubelet?.pods()) ?? []).map(({ state }) => state);
    await world.advance(5_000);
    expect((await states()).toSorted()).toEqual(['serving', 'sleeping']);
    expect(world.answers(pod?.status?.podIP ?? '', 8080)).toBe(true);
    await world.advance(20_000);
    expect(await states()).toEqual(['serving']);
    expect(world.answers(pod?.status?.podIP ?? '', 8080)).toBe(false);
  });

  test('a pod of another namespace that has a freed address is seen as a stranger', async () => {
    const world = await serving({ ...CAREFUL, replicas: 2 });
    const [victim] = await podsOf(world);
    const address = victim?.status?.podIP ?? '';
    world.kill(); // nobody takes the target out
    const { losses, stop } = watchLosses(world, { belongs: ({ namespace }) => namespace === 'shop' });
    await world.kube.delete(KINDS.pod, { namespace: 'shop', name: victim?.metadata.name ?? '', graceSeconds: 1 });
    await world.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'other' } });
    const annotations = { 'local.podwire.dev/address': address };
    await world.apply(deployment({ name: 'other', namespace: 'other', replicas: 1, annotations }));
    await world.advance(60_000);
    await stop();
    expect(losses.strangers.some((line) => line.includes(`at ${address}:8080`))).toBe(true);
    expect(losses.strangers.every((line) => line.includes(' other/'))).toBe(true);
    world.errors.length = 0; // the address was asked for before it was free
  });
});
