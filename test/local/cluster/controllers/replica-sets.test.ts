import { beforeEach, expect, test } from 'vitest';
import type { KubeApi } from '../../../../src/kube/api.ts';
import { resourceOf } from '../../../../src/kube/resources.ts';
import { newClusterView } from '../../../../src/local/cluster/controllers/cluster-view.ts';
import { podsToDelete } from '../../../../src/local/cluster/controllers/pod-order.ts';
import { reconcileReplicaSet } from '../../../../src/local/cluster/controllers/replica-sets.ts';
import { KINDS, type Pod, type ReplicaSet } from '../../../../src/local/cluster/objects.ts';
import { deployment, openWorld, type World } from './world.ts';

const ready = (since: string) => ({
  phase: 'Running',
  conditions: [{ type: 'Ready', status: 'True' as const, lastTransitionTime: since }],
});

function pod(name: string, more: { node?: string; cost?: string; created?: string; status?: Pod['status'] } = {}): Pod {
  const annotations = more.cost === undefined ? {} : { 'controller.kubernetes.io/pod-deletion-cost': more.cost };
  const metadata = { name, namespace: 'default', uid: name, resourceVersion: '1', annotations };
  return {
    metadata: { ...metadata, creationTimestamp: more.created ?? '2026-01-01T00:00:00Z' },
    spec: { containers: [], nodeName: more.node ?? 'a' },
    status: more.status ?? ready('2026-01-01T00:01:00Z'),
  };
}

const old = '2026-01-01T00:00:30Z';

test.each<[string, Pod, Pod]>([
  ['without a node', pod('first', { node: '' }), pod('second')],
  ['that still starts', pod('first', { status: { phase: 'Pending' } }), pod('second')],
  ['that is not ready', pod('first', { status: { phase: 'Running' } }), pod('second')],
  ['that costs less', pod('first', { cost: '-5' }), pod('second', { cost: '3' })],
  ['that became ready later', pod('first'), pod('second', { status: ready(old) })],
  ['that is younger', pod('first', { created: '2026-01-02T00:00:00Z' }), pod('second')],
])('the pod %s goes first', (_, first, second) => {
  expect(podsToDelete([second, first], 1).map(({ metadata }) => metadata.name)).toEqual(['first']);
  expect(podsToDelete([first, second], 2)).toEqual([first, second]);
});

test('of pods that are alike one goes from the fullest node', () => {
  const pods = [pod('alone', { node: 'b' }), pod('one'), pod('two')];
  expect(podsToDelete(pods, 1)[0]?.spec.nodeName).toBe('a');
});

let world: World;
beforeEach(async () => {
  world = await openWorld();
  return () => world.controllers.close();
});

test('a pod that is lost is replaced', async () => {
  await world.create(KINDS.deployment, deployment());
  await world.settle();
  const [lost, ...others] = await world.pods();
  await world.api.delete(KINDS.pod, { namespace: 'default', name: lost?.metadata.name ?? '', graceSeconds: 0 });
  await world.settle();
  const names = (await world.pods()).map(({ metadata }) => metadata.name);
  expect(names).toHaveLength(3);
  expect(names).toEqual(expect.arrayContaining(others.map(({ metadata }) => metadata.name)));
});

test('a pod that failed is replaced and left to be looked at', async () => {
  await world.create(KINDS.deployment, deployment({ replicas: 1 }));
  await world.settle();
  const [failed] = await world.pods();
  await world.edit(KINDS.pod, failed?.metadata.name ?? '', { status: { phase: 'Failed' } }, true);
  await world.settle();
  expect(await world.pods()).toHaveLength(1);
  expect(await world.list(KINDS.pod)).toHaveLength(2);
});

test('a ResourceQuota leaves room for some pods only, and the ReplicaSet says why there are no more', async () => {
  const quota = resourceOf('v1', 'ResourceQuota', 'resourcequotas');
  await world.create(quota, { metadata: { name: 'one', namespace: 'default' }, spec: { hard: { pods: '1' } } });
  await world.create(KINDS.deployment, deployment());
  await world.settle();
  expect(await world.pods()).toHaveLength(1);
  const failure = async () => (await world.replicaSets())[0]?.status?.conditions?.[0];
  expect(await failure()).toMatchObject({
    type: 'ReplicaFailure',
    status: 'True',
    reason: 'FailedCreate',
    message: expect.stringMatching(
      /pods "web-.*" is forbidden: exceeded quota: one, requested: pods=1, used: pods=1, limited: pods=1$/,
    ),
  });
  await world.api.delete(quota, { name: 'one', namespace: 'default' });
  await world.clock.advance(10_000);
  expect(await world.pods()).toHaveLength(3);
  expect(await failure()).toBeUndefined();
});

test('a pod that becomes available while the status is written is counted by the next pass', async () => {
  const { clock, api } = world;
  await world.controllers.close(); // this test is the controller
  const labels = { app: 'slow' };
  const spec = { replicas: 1, minReadySeconds: 10, selector: { matchLabels: labels } };
  const containers = [{ name: 'web', image: 'web' }];
  const template = { metadata: { labels }, spec: { containers } };
  const set = await world.create(KINDS.replicaSet, {
    metadata: { name: 'slow', namespace: 'default' },
    spec: { ...spec, template },
  });
  const owner = { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'slow', uid: set.metadata.uid, controller: true };
  const metadata = { name: 'slow-1', namespace: 'default', labels, ownerReferences: [owner] };
  await world.setReady((await world.create(KINDS.pod, { metadata, spec: { containers } })) as Pod, true);
  const [made] = await world.pods();
  const since = Date.parse(made?.status?.conditions?.[0]?.lastTransitionTime ?? '');
  await clock.advance(since + 9_980 - clock.now());
  const patch: KubeApi['patch'] = async (...what) => {
    await clock.advance(50);
    return api.patch(...what);
  };
  const view = newClusterView({ ...api, patch }, clock);
  view.replicaSets.put(set as ReplicaSet);
  view.pods.put(made as Pod);
  expect(await reconcileReplicaSet(view, 'default/slow')).toEqual({ again: 20 });
  await reconcileReplicaSet(view, 'default/slow');
  expect((await world.replicaSets())[0]?.status?.availableReplicas).toBe(1);
});
