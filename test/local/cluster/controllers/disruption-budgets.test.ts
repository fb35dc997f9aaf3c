import { beforeEach, expect, test } from 'vitest';
import {
  conditionOf,
  evictionOf,
  KINDS,
  type Pod,
  type PodDisruptionBudget,
} from '../../../../src/local/cluster/objects.ts';
import { deployment, openWorld, type World } from './world.ts';

let world: World;
beforeEach(async () => {
  world = await openWorld();
  return async () => {
    await world.controllers.close();
    expect(world.errors).toEqual([]);
  };
});

async function guarded(spec: object): Promise<void> {
  await world.create(KINDS.deployment, deployment());
  const selector = { matchLabels: { app: 'web' } };
  const metadata = { name: 'web', namespace: 'default' };
  await world.create(KINDS.podDisruptionBudget, { metadata, spec: { selector, ...spec } });
  await world.settle();
  for (const pod of await world.pods()) await bind(pod);
  await world.readyAll();
}

/** A pod without a node is removed at once. */
const bind = ({ metadata: { name } }: Pod) =>
  world.api.create(
    { group: '', version: 'v1', kind: 'Binding', plural: `pods/${name}/binding`, namespaced: true },
    { metadata: { name, namespace: 'default' }, target: { apiVersion: 'v1', kind: 'Node', name: 'a' } },
  );
const budget = async () =>
  (await world.api.get(KINDS.podDisruptionBudget, { namespace: 'default', name: 'web' })) as PodDisruptionBudget;
const evict = (pod: Pod | undefined) => {
  const name = pod?.metadata.name ?? '';
  return world.api.create(evictionOf(name), { metadata: { name, namespace: 'default' } });
};

test.each([
  [{ minAvailable: 2 }, { expectedPods: 3, currentHealthy: 3, desiredHealthy: 2, disruptionsAllowed: 1 }],
  [{ minAvailable: '50%' }, { desiredHealthy: 2, disruptionsAllowed: 1 }],
  [{ maxUnavailable: 1 }, { desiredHealthy: 2, disruptionsAllowed: 1 }],
  [{ maxUnavailable: '100%' }, { desiredHealthy: 0, disruptionsAllowed: 3 }],
  [{ maxUnavailable: 0 }, { desiredHealthy: 3, disruptionsAllowed: 0 }],
])('%o of three pods', async (spec, expected) => {
  await guarded(spec);
  expect((await budget()).status).toMatchObject(expected);
});

test('evictions take what the budget allows and no more, until another pod is ready', async () => {
  await guarded({ maxUnavailable: 1 });
  const [first, second] = await world.pods();
  await evict(first);
  await expect(evict(second)).rejects.toThrow('disruption budget');
  const gone = (await world.list<Pod>(KINDS.pod)).find(({ metadata }) => metadata.name === first?.metadata.name);
  expect(gone?.metadata.deletionTimestamp).toBeDefined();
  expect(gone && conditionOf(gone, 'DisruptionTarget')?.reason).toBe('EvictionByEvictionAPI');
  await world.settle();
  await expect(evict(second)).rejects.toThrow('disruption budget');
  await world.readyAll();
  await evict(second);
});

test('a pod that is not ready goes when the ready ones are enough, or when the budget says always', async () => {
  await guarded({ minAvailable: 3 });
  const [pod] = await world.pods();
  if (pod !== undefined) await world.setReady(pod, false);
  await world.settle();
  await expect(evict(pod)).rejects.toThrow('disruption budget');
  await world.edit(KINDS.podDisruptionBudget, 'web', { spec: { unhealthyPodEvictionPolicy: 'AlwaysAllow' } });
  await evict(pod);
});
