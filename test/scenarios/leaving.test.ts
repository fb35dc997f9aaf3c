import { describe, expect, test } from 'vitest';
import { RESOURCES } from '../../src/kube/resources.ts';
import { KINDS } from '../../src/local/cluster/objects.ts';
import { deployment, ingress, service } from './manifests.ts';
import { healthyInUse, watchTraffic } from './watcher.ts';
import { openWorld, type World, type WorldOptions } from './world.ts';

/** As the drain budget of an ALB asks for it: SIGTERM 45 s after the deletion, the last one is deregistered after 22. */
const PROTECTED = { name: 'web', preStopSeconds: 45, graceSeconds: 75, gated: true };
const LAST_MS = 22_000;
const ANNOTATIONS = {
  'healthcheck-interval-seconds': '5',
  'healthcheck-timeout-seconds': '2',
  'target-group-attributes': 'deregistration_delay.timeout_seconds=30',
};

async function serving(replicas: number, options: WorldOptions = {}): Promise<World> {
  const world = await openWorld({ workloads: true, ...options });
  await world.apply(service({ name: 'web' }), deployment({ ...PROTECTED, replicas }));
  await world.apply(ingress({ name: 'shop', annotations: ANNOTATIONS, rules: [{ service: 'web' }] }));
  await world.start();
  await world.advance(60_000);
  expect(healthyInUse(world)).toHaveLength(replicas);
  return world;
}

/** Deletes a pod as an eviction does. */
async function evict(world: World): Promise<void> {
  const [pod] = await world.kube.list(RESOURCES.pod, { namespace: 'shop' });
  await world.delete(RESOURCES.pod, pod?.metadata.name ?? '', 'shop');
}

const registered = ({ aws }: World): number =>
  [...aws.state.targetGroups.values()]
    .flatMap(({ targets }) => [...targets.values()])
    .filter(({ state }) => state !== 'draining').length;

describe('the only pod is evicted', () => {
  test('it serves until its replacement is healthy', async () => {
    const world = await serving(1);
    const { seen, stop } = watchTraffic(world);
    await evict(world);
    await world.advance(150_000);
    stop();
    expect(seen).toMatchObject({ empty: [], lost: [] });
    expect(healthyInUse(world)).toHaveLength(1);
    expect(world.errors).toEqual([]);
  });

  test('control: deregistered at once, it leaves the group empty', async () => {
    const world = await serving(1, { controls: ['deregister-first'] });
    const { seen, stop } = watchTraffic(world);
    await evict(world);
    await world.advance(150_000);
    stop();
    expect(seen.empty).not.toEqual([]);
  });

  test('though the operator is killed in the middle of the hold, and comes back', async () => {
    const world = await serving(1);
    const { seen, stop } = watchTraffic(world);
    await evict(world);
    await world.advance(3_000);
    world.kill();
    await world.advance(8_000);
    await world.start();
    await world.advance(150_000);
    stop();
    expect(seen).toMatchObject({ empty: [], lost: [] });
    expect(healthyInUse(world)).toHaveLength(1);
  });
});

test('scaled to zero: the last one serves until its last deadline, and is deregistered before it ends', async () => {
  const world = await serving(2);
  const { seen, stop } = watchTraffic(world);
  const begun = world.clock.monotonic();
  await world.apply(deployment({ ...PROTECTED, replicas: 0 }));
  await world.clock.runUntil(() => registered(world) === 0, 100_000);
  const tookMs = world.clock.monotonic() - begun;
  await world.advance(100_000);
  stop();
  expect(Math.abs(tookMs - LAST_MS)).toBeLessThan(2_500);
  expect(seen.lost).toEqual([]);
  expect(Math.min(...seen.empty)).toBeGreaterThan(LAST_MS - 2_500);
});

test('a selector flip: the new pods are healthy before an old one goes', async () => {
  const world = await serving(2);
  await world.apply(deployment({ ...PROTECTED, name: 'green', replicas: 2 }));
  await world.advance(20_000);
  const { seen, stop } = watchTraffic(world);
  await world.patch(RESOURCES.service, 'web', { namespace: 'shop', body: { spec: { selector: { app: 'green' } } } });
  await world.advance(30_000);
  await world.delete(KINDS.deployment, 'web', 'shop');
  await world.advance(150_000);
  stop();
  expect(seen).toMatchObject({ empty: [], lost: [] });
  expect(registered(world)).toBe(2);
  expect(healthyInUse(world)).toHaveLength(2);
});

test('the clock of the operator is a minute off: the deadlines are those of the API server', async () => {
  for (const skewMs of [-60_000, 60_000]) {
    const world = await openWorld({ workloads: true });
    world.skewMs = skewMs;
    await world.apply(service({ name: 'web' }), deployment({ ...PROTECTED, replicas: 1 }));
    await world.apply(ingress({ name: 'shop', annotations: ANNOTATIONS, rules: [{ service: 'web' }] }));
    await world.start();
    await world.advance(60_000);
    const begun = world.clock.monotonic();
    await world.apply(deployment({ ...PROTECTED, replicas: 0 }));
    await world.clock.runUntil(() => registered(world) === 0, 100_000);
    expect(Math.abs(world.clock.monotonic() - begun - LAST_MS), `${skewMs} ms ahead`).toBeLessThan(2_500);
  }
});
