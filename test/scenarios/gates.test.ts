import { describe, expect, test } from 'vitest';
import { GATE } from '../../src/api/pod.ts';
import { RESOURCES } from '../../src/kube/resources.ts';
import type { ControlName } from '../../src/settings/controls.ts';
import { type DeploymentOptions, deployment, ingress, service } from './manifests.ts';
import { watchTraffic } from './watcher.ts';
import { openWorld, type World } from './world.ts';

const CAREFUL = { preStopSeconds: 20, graceSeconds: 50, gated: true };
const ANNOTATIONS = {
  'healthcheck-interval-seconds': '5',
  'healthcheck-timeout-seconds': '2',
  'target-group-attributes': 'deregistration_delay.timeout_seconds=10',
};

/** Gated pods behind an Ingress, every one a healthy target and ready. */
async function serving(replicas: number, controls: ControlName[] = []): Promise<World> {
  const world = await openWorld({ workloads: true, controls });
  await world.apply(service({ name: 'web' }), deployment({ name: 'web', ...CAREFUL, replicas }));
  await world.apply(ingress({ name: 'shop', annotations: ANNOTATIONS, rules: [{ service: 'web' }] }));
  await world.start();
  await world.advance(60_000);
  return world;
}

const update = (world: World, options: Partial<DeploymentOptions>): Promise<void> =>
  world.apply(deployment({ name: 'web', ...CAREFUL, ...options }));

/** From now on a target passes its health checks only that long after the first one. */
function beSlow(world: World, ms: number): void {
  const answer = world.probe.bind(world);
  const begun = world.clock.monotonic();
  const first = new Map<string, number>(); // address -> when it was checked first
  const known = new Set(
    [...world.aws.state.targetGroups.values()].flatMap(({ targets }) => [...targets.values()]).map(({ id }) => id),
  );
  world.probe = (group, target) => {
    const now = world.clock.monotonic();
    const since = first.get(target.id) ?? (known.has(target.id) ? begun - ms : now);
    first.set(target.id, since);
    return now - since < ms ? { ok: false, reason: 'Target.FailedHealthChecks' } : answer(group, target);
  };
}

type Told = { version: string; ready: boolean; gate: string };

async function pods(world: World): Promise<Told[]> {
  type Shape = {
    metadata: { deletionTimestamp?: string };
    spec: { containers: { image: string }[] };
    status: { conditions?: { type: string; status: string; reason?: string }[] };
  };
  const all = (await world.kube.list(RESOURCES.pod, { namespace: 'shop' })) as unknown as Shape[];
  const living = all.filter(({ metadata }) => metadata.deletionTimestamp === undefined);
  return living.map(({ spec, status }) => ({
    version: spec.containers[0]?.image.split(':')[1] ?? '',
    ready: status.conditions?.some(({ type, status: is }) => type === 'Ready' && is === 'True') ?? false,
    gate: status.conditions?.find(({ type }) => type === GATE)?.reason ?? '',
  }));
}

const versions = async (world: World): Promise<string> =>
  (await pods(world))
    .map(({ version, ready }) => `${version}${ready ? '' : '?'}`)
    .toSorted()
    .join(' ');

describe('a rolling update whose pods become healthy 25 s after they are ready', () => {
  test.each([1, 3])('of %i: no request can be lost', async (replicas) => {
    const world = await serving(replicas);
    beSlow(world, 25_000);
    const { seen, stop } = watchTraffic(world);
    await update(world, { replicas, version: '2' });
    await world.advance(120_000 * replicas);
    stop();
    expect(seen).toMatchObject({ empty: [], lost: [] });
    expect(await versions(world)).toBe(Array.from({ length: replicas }, () => '2').join(' '));
    expect(world.errors).toEqual([]);
  });

  test('control: with open gates the group has no healthy target', async () => {
    const world = await serving(1, ['no-gate']);
    beSlow(world, 45_000);
    const { seen, stop } = watchTraffic(world);
    await update(world, { replicas: 1, version: '2' });
    await world.advance(120_000);
    stop();
    expect([...seen.empty, ...seen.lost]).not.toEqual([]);
  });
});

describe('a version that never becomes healthy', () => {
  test('stalls, the old pods serve, and the next version goes through', async () => {
    const world = await serving(3);
    beSlow(world, Number.POSITIVE_INFINITY);
    const { seen, stop } = watchTraffic(world);
    await update(world, { replicas: 3, version: '2' });
    await world.advance(900_000);
    expect(await versions(world)).toBe('1 1 1 2?');
    expect((await pods(world)).find(({ version }) => version === '2')?.gate).toBe('TimedOutProtecting');
    delete (world as Partial<World>).probe;
    await update(world, { replicas: 3, version: '3' });
    await world.advance(300_000);
    stop();
    expect(await versions(world)).toBe('3 3 3');
    expect(seen).toMatchObject({ empty: [], lost: [] });
  });

  test('control: with open gates it replaces every pod that serves', async () => {
    const world = await serving(3, ['no-gate']);
    beSlow(world, Number.POSITIVE_INFINITY);
    const { seen, stop } = watchTraffic(world);
    await update(world, { replicas: 3, version: '2' });
    await world.advance(300_000);
    stop();
    expect([...seen.empty, ...seen.lost]).not.toEqual([]);
  });
});

describe('a rolling update in trouble', () => {
  test('the operator is restarted again and again', async () => {
    const world = await serving(3);
    beSlow(world, 12_000);
    const { seen, stop } = watchTraffic(world);
    await update(world, { replicas: 3, version: '2' });
    for (const downMs of [500, 3_000, 7_000, 15_000]) {
      await world.advance(13_000);
      world.kill();
      await world.advance(downMs);
      await world.start();
    }
    await world.advance(400_000);
    stop();
    expect([await versions(world), seen]).toMatchObject(['2 2 2', { empty: [], lost: [] }]);
  });

  test('health cannot be read for ten minutes: the rollout is frozen, and goes on by itself', async () => {
    const world = await serving(3);
    const { seen, stop } = watchTraffic(world);
    world.aws.configure({ faults: [{ action: 'DescribeTargetHealth', code: 'InternalFailure', httpStatus: 500 }] });
    await update(world, { replicas: 3, version: '2' });
    await world.advance(600_000);
    expect(await versions(world)).toBe('1 1 1 2?');
    world.aws.configure({ faults: [] });
    await world.advance(400_000);
    stop();
    expect([await versions(world), seen]).toMatchObject(['2 2 2', { empty: [], lost: [] }]);
  });

  test('registrations are throttled for two minutes', async () => {
    const world = await serving(3);
    const { seen, stop } = watchTraffic(world);
    world.aws.configure({ faults: [{ action: 'RegisterTargets', code: 'Throttling', message: 'Rate exceeded' }] });
    await update(world, { replicas: 3, version: '2' });
    await world.advance(120_000);
    expect(await versions(world)).toBe('1 1 1 2?');
    world.aws.configure({ faults: [] });
    await world.advance(400_000);
    stop();
    expect([await versions(world), seen]).toMatchObject(['2 2 2', { empty: [], lost: [] }]);
  });
});

describe('Deployment, Service and Ingress in any order', () => {
  const PARTS = {
    deployment: () => deployment({ name: 'web', ...CAREFUL, replicas: 2 }),
    service: () => service({ name: 'web' }),
    ingress: () => ingress({ name: 'shop', annotations: ANNOTATIONS, rules: [{ service: 'web' }] }),
  };
  type Part = keyof typeof PARTS;
  const ORDERS: Part[][] = [
    ['deployment', 'service', 'ingress'],
    ['deployment', 'ingress', 'service'],
    ['service', 'deployment', 'ingress'],
    ['service', 'ingress', 'deployment'],
    ['ingress', 'deployment', 'service'],
    ['ingress', 'service', 'deployment'],
  ];
  const namespace = {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name: 'shop', labels: { 'podwire.dev/inject': 'enabled' } },
  };

  test.each(ORDERS.flatMap((order) => [0, 5_000].map((ms) => ({ order, ms }))))(
    '$order, $ms ms apart: every pod gets ready and serves',
    async ({ order, ms }) => {
      const world = await openWorld({ workloads: true });
      await world.apply(namespace);
      await world.start();
      for (const part of order) {
        await world.apply(PARTS[part]());
        if (ms > 0) await world.advance(ms);
      }
      await world.advance(60_000);
      expect(await versions(world)).toBe('1 1');
      const [group] = world.aws.state.targetGroups.values();
      expect([...(group?.targets.values() ?? [])].map(({ state }) => state)).toEqual(['healthy', 'healthy']);
      const before = order.indexOf('deployment') === 2 || ms === 0;
      const reasons = new Set((await pods(world)).map(({ gate }) => gate));
      expect([...reasons]).toEqual(before ? ['TargetHealthy'] : ['NotATarget']);
    },
  );
});
