import { beforeEach, expect, test } from 'vitest';
import { podsToDelete } from '../../../../src/local/cluster/controllers/pod-order.ts';
import { KINDS, type Pod } from '../../../../src/local/cluster/objects.ts';
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
