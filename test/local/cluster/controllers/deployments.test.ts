import { beforeEach, expect, test } from 'vitest';
import { bindingOf, KINDS, type Pod } from '../../../../src/local/cluster/objects.ts';
import { conditionTexts, deployment, openWorld, template, type World } from './world.ts';

let world: World;
beforeEach(async () => {
  world = await openWorld();
  return async () => {
    await world.controllers.close();
    expect(world.errors).toEqual([]);
  };
});

const counts = async () => {
  const { status } = await world.deployment();
  return [
    status?.replicas ?? 0,
    status?.updatedReplicas ?? 0,
    status?.readyReplicas ?? 0,
    status?.availableReplicas ?? 0,
  ];
};
const versions = async () => (await world.pods()).map((pod) => pod.metadata.labels?.version).toSorted();
const revisionOf = (object: { metadata: { annotations?: Record<string, string> } }) =>
  object.metadata.annotations?.['deployment.kubernetes.io/revision'];

test('a Deployment becomes pods, and its status follows them', async () => {
  await world.create(KINDS.deployment, deployment());
  await world.settle();
  expect(await versions()).toEqual(['v1', 'v1', 'v1']);
  expect(await counts()).toEqual([3, 3, 0, 0]);
  expect(conditionTexts(await world.deployment())).toEqual([
    'Available=False MinimumReplicasUnavailable',
    'Progressing=True ReplicaSetUpdated',
  ]);
  await world.readyAll();
  expect(await counts()).toEqual([3, 3, 3, 3]);
  expect(conditionTexts(await world.deployment())).toEqual([
    'Available=True MinimumReplicasAvailable',
    'Progressing=True NewReplicaSetAvailable',
  ]);
  const { metadata, status } = await world.deployment();
  expect(status?.observedGeneration).toBe(metadata.generation);
});

test('a pod belongs to its ReplicaSet, and that to the Deployment', async () => {
  await world.create(KINDS.deployment, deployment({ replicas: 1 }));
  await world.settle();
  const [set] = await world.replicaSets();
  const [pod] = await world.pods();
  const { uid } = (await world.deployment()).metadata;
  expect(set?.metadata.ownerReferences).toMatchObject([
    { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web', uid },
  ]);
  expect(pod?.metadata.ownerReferences).toMatchObject([
    { kind: 'ReplicaSet', uid: set?.metadata.uid, controller: true },
  ]);
  expect(pod?.metadata.labels).toMatchObject({
    app: 'web',
    'pod-template-hash': set?.metadata.labels?.['pod-template-hash'],
  });
});

test('a rolling update goes on only as new pods become ready', async () => {
  await world.create(KINDS.deployment, deployment({ strategy: { rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } } }));
  await world.settle();
  await world.readyAll();
  await world.edit(KINDS.deployment, 'web', { spec: { template: template('v2') } });
  await world.settle();
  expect(await versions()).toEqual(['v1', 'v1', 'v1', 'v2']);
  await world.clock.advance(60_000);
  expect(await versions()).toEqual(['v1', 'v1', 'v1', 'v2']);
  await world.readyAll();
  expect(await versions()).toEqual(['v1', 'v1', 'v2', 'v2']);
  for (let step = 0; step < 3; step++) await world.readyAll();
  expect(await versions()).toEqual(['v2', 'v2', 'v2']);
  expect(conditionTexts(await world.deployment())).toContain('Progressing=True NewReplicaSetAvailable');
});

test('minReadySeconds holds the rollout back', async () => {
  await world.create(KINDS.deployment, deployment({ replicas: 1, minReadySeconds: 10 }));
  await world.settle();
  await world.readyAll();
  expect(await counts()).toEqual([1, 1, 1, 0]);
  await world.clock.advance(11_000);
  expect(await counts()).toEqual([1, 1, 1, 1]);
});

test('a template that comes back gets the newest revision', async () => {
  await world.create(KINDS.deployment, deployment());
  await world.settle();
  for (const version of ['v2', 'v1']) {
    for (let step = 0; step < 4; step++) await world.readyAll();
    await world.edit(KINDS.deployment, 'web', { spec: { template: template(version) } });
  }
  for (let step = 0; step < 5; step++) await world.readyAll();
  expect(await versions()).toEqual(['v1', 'v1', 'v1']);
  const sets = await world.replicaSets();
  expect(sets.map(revisionOf).toSorted()).toEqual(['2', '3']);
  const back = sets.find((set) => set.spec.replicas === 3);
  expect(back?.metadata.annotations?.['deployment.kubernetes.io/revision-history']).toBe('1');
  expect(revisionOf(await world.deployment())).toBe('3');
});

test('Recreate starts nothing new while anything old runs', async () => {
  await world.create(KINDS.deployment, deployment({ strategy: { type: 'Recreate' } }));
  await world.create(KINDS.node, { metadata: { name: 'a' } });
  await world.settle();
  for (const { metadata } of await world.pods())
    await world.create(bindingOf(metadata.name), {
      metadata: { name: metadata.name, namespace: 'default' },
      target: { kind: 'Node', name: 'a' },
    });
  await world.readyAll();
  await world.edit(KINDS.deployment, 'web', { spec: { template: template('v2') } });
  await world.settle();
  const all = await world.list<Pod>(KINDS.pod);
  expect(all.map(({ metadata }) => [metadata.labels?.version, metadata.deletionTimestamp !== undefined])).toEqual([
    ['v1', true],
    ['v1', true],
    ['v1', true],
  ]);
  await world.removeDeleted();
  expect(await versions()).toEqual(['v2', 'v2', 'v2']);
});

test('scaling is no rollout', async () => {
  await world.create(KINDS.deployment, deployment());
  await world.settle();
  await world.readyAll();
  for (const replicas of [6, 2, 0]) {
    await world.edit(KINDS.deployment, 'web', { spec: { replicas } });
    await world.settle();
    await world.readyAll();
    expect(await versions()).toHaveLength(replicas);
    expect(conditionTexts(await world.deployment())).toContain('Progressing=True NewReplicaSetAvailable');
  }
  expect(await world.replicaSets()).toHaveLength(1);
});

test('a paused Deployment keeps its template and still scales', async () => {
  await world.create(KINDS.deployment, deployment({ replicas: 1 }));
  await world.settle();
  await world.readyAll();
  await world.edit(KINDS.deployment, 'web', { spec: { paused: true, replicas: 2, template: template('v2') } });
  await world.settle();
  expect(await versions()).toEqual(['v1', 'v1']);
  await world.edit(KINDS.deployment, 'web', { spec: { paused: false } });
  for (let step = 0; step < 4; step++) await world.readyAll();
  expect(await versions()).toEqual(['v2', 'v2']);
});

test('a rollout that does not move in time says so, and recovers', async () => {
  await world.create(KINDS.deployment, deployment({ progressDeadlineSeconds: 60 }));
  await world.clock.advance(59_000);
  expect(conditionTexts(await world.deployment())).toContain('Progressing=True ReplicaSetUpdated');
  await world.clock.advance(3_000);
  expect(conditionTexts(await world.deployment())).toContain('Progressing=False ProgressDeadlineExceeded');
  await world.readyAll();
  expect(conditionTexts(await world.deployment())).toContain('Progressing=True NewReplicaSetAvailable');
});

test('no more old ReplicaSets are kept than wanted, the newest of them', async () => {
  await world.create(KINDS.deployment, deployment({ replicas: 1, revisionHistoryLimit: 2 }));
  await world.settle();
  for (const version of ['v2', 'v3', 'v4', 'v5']) {
    for (let step = 0; step < 3; step++) await world.readyAll();
    await world.edit(KINDS.deployment, 'web', { spec: { template: template(version) } });
    await world.settle();
  }
  for (let step = 0; step < 3; step++) await world.readyAll();
  expect((await world.replicaSets()).map(revisionOf).toSorted()).toEqual(['3', '4', '5']);
});

test('what a Deployment made goes with it', async () => {
  await world.create(KINDS.deployment, deployment());
  await world.settle();
  await world.api.delete(KINDS.deployment, { namespace: 'default', name: 'web' });
  await world.settle();
  expect(await world.replicaSets()).toEqual([]);
  expect(await world.pods()).toEqual([]);
});
