import { describe, expect, test } from 'vitest';
import { type DeploymentOptions, deployment, ingress, service } from './manifests.ts';
import { startCareless, watchTraffic } from './watcher.ts';
import { openWorld, type World, type WorldOptions } from './world.ts';

const CAREFUL = { preStopSeconds: 10, graceSeconds: 40, minReadySeconds: 8 };
const ANNOTATIONS = {
  'healthcheck-interval-seconds': '5',
  'healthcheck-timeout-seconds': '2',
  'target-group-attributes': 'deregistration_delay.timeout_seconds=10',
};

/** A Deployment behind an Ingress, every pod a healthy target. */
async function serving(options: Partial<DeploymentOptions>, aws: WorldOptions['aws'] = {}): Promise<World> {
  const world = await openWorld({ workloads: true, aws });
  await world.apply(service({ name: 'web' }), deployment({ name: 'web', ...options }));
  await world.apply(ingress({ name: 'shop', annotations: ANNOTATIONS, rules: [{ service: 'web' }] }));
  await world.start();
  await world.advance(40_000);
  return world;
}

type Move = { name: string; options: Partial<DeploymentOptions>; run: (world: World) => Promise<void> };

const to = async (world: World, options: Partial<DeploymentOptions>, ms = 120_000): Promise<void> => {
  await world.apply(deployment({ name: 'web', ...CAREFUL, ...options }));
  await world.advance(ms);
};

const MOVES: Move[] = [
  {
    name: 'a rolling update of one pod',
    options: { replicas: 1 },
    run: (world) => to(world, { replicas: 1, version: '2' }),
  },
  {
    name: 'a rolling update of three',
    options: { replicas: 3 },
    run: (world) => to(world, { replicas: 3, version: '2' }, 200_000),
  },
  {
    name: 'scaling 3, 6, 2, 1',
    options: { replicas: 3 },
    run: async (world) => {
      for (const replicas of [6, 2, 1]) await to(world, { replicas }, 60_000);
    },
  },
  {
    name: 'a rolling update while the operator is restarted',
    options: { replicas: 3 },
    run: async (world) => {
      await to(world, { replicas: 3, version: '2' }, 11_000);
      for (const downMs of [500, 3_000, 7_000]) {
        world.kill();
        await world.advance(downMs);
        await world.start();
        await world.advance(15_000);
      }
      await world.advance(100_000);
    },
  },
  {
    name: 'a second update in the middle of the first',
    options: { replicas: 2 },
    run: async (world) => {
      await to(world, { replicas: 2, version: '2' }, 9_000);
      await to(world, { replicas: 2, version: '3' }, 200_000);
    },
  },
];

describe('with a preStop sleep no request can be lost', () => {
  test.each(MOVES)('$name', async ({ options, run }) => {
    const world = await serving({ ...CAREFUL, ...options });
    const { seen, stop } = watchTraffic(world);
    await run(world);
    stop();
    expect(seen.ticks).toBeGreaterThan(500);
    expect(seen).toMatchObject({ empty: [], lost: [] });
    expect(world.errors).toEqual([]);
  });

  test('a rolling update of three, with the throttles and the latency of AWS', async () => {
    const world = await serving({ ...CAREFUL, replicas: 3 }, { throttling: 'aws', latencyMs: 50 });
    const { seen, stop } = watchTraffic(world);
    await to(world, { replicas: 3, version: '2' }, 200_000);
    stop();
    expect(seen).toMatchObject({ empty: [], lost: [] });
  });

  test('afterwards the group holds the new pods and nothing else', async () => {
    const world = await serving({ ...CAREFUL, replicas: 3 });
    await to(world, { replicas: 3, version: '2' }, 200_000);
    const [group] = world.aws.state.targetGroups.values();
    const pods = (await world.kube.list({
      group: '',
      version: 'v1',
      kind: 'Pod',
      plural: 'pods',
      namespaced: true,
    })) as {
      status?: { podIP?: string };
    }[];
    const addresses = pods.map(({ status }) => status?.podIP).toSorted();
    expect([...(group?.targets.values() ?? [])].map(({ id }) => id).toSorted()).toEqual(addresses);
    expect(addresses).toHaveLength(3);
  });
});

describe('controls', () => {
  test('without a preStop sleep requests are lost', async () => {
    const world = await serving({ replicas: 1 });
    const { seen, stop } = watchTraffic(world);
    await world.apply(deployment({ name: 'web', replicas: 1, version: '2' }));
    await world.advance(120_000);
    stop();
    expect(seen.lost).not.toEqual([]);
  });

  test('a controller that registers after it has deregistered leaves the group empty', async () => {
    const world = await serving({ ...CAREFUL, replicas: 1 });
    world.kill();
    const stopCareless = startCareless(world, 1);
    const { seen, stop } = watchTraffic(world);
    await to(world, { replicas: 1, version: '2' });
    stop();
    stopCareless();
    expect(seen.empty).not.toEqual([]);
  });
});
