import { describe, expect, test } from 'vitest';
import { RESOURCES } from '../../src/kube/resources.ts';
import { deployment, ingress, service } from './manifests.ts';
import { openWorld, type World } from './world.ts';

const ANNOTATIONS = {
  'healthcheck-interval-seconds': '5',
  'healthcheck-timeout-seconds': '2',
};

describe('pods on a node that announces that it goes', () => {
  const onNodes = ({ aws: { state } }: World): string[] =>
    [...state.targetGroups.values()]
      .flatMap(({ targets }) => [...targets.values()])
      .filter(({ state: is }) => is === 'healthy')
      .map(({ id }) => id.split('.')[2] ?? '')
      .toSorted();

  async function served(annotations: Record<string, string>): Promise<World> {
    const world = await openWorld({ workloads: true });
    await world.apply(
      service({ name: 'web' }),
      deployment({ name: 'web', replicas: 3 }),
      ingress({
        name: 'shop',
        annotations: { ...ANNOTATIONS, ...annotations },
        rules: [{ service: 'web' }],
      }),
    );
    await world.start();
    await world.advance(60_000);
    await world.patch(RESOURCES.node, world.nodes[0]?.name ?? '', {
      body: { spec: { taints: [{ key: 'karpenter.sh/disrupted', effect: 'NoSchedule' }] } },
    });
    await world.advance(15_000);
    return world;
  }

  test('leave before they are evicted, where that is asked for', async () =>
    expect(onNodes(await served({ 'podwire.dev/drain-pre-drain-on-node-disruption': 'true' }))).toHaveLength(2));

  test('stay until then otherwise', async () => expect(onNodes(await served({}))).toHaveLength(3));
});
