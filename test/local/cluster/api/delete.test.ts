import { expect, test } from 'vitest';
import { realClock } from '../../../../src/runtime/clock.ts';
import { type Body, configMap, CORE, type Requests, startRequests } from './requests.ts';

const pod = (name: string, more: object = {}) => ({
  metadata: { name, ...more },
  spec: { containers: [{ name: 'c', image: 'i' }] },
});
const code = async (api: Requests, path: string): Promise<number> => (await api.get(path)).code;

async function runningPod(api: Requests): Promise<void> {
  await api.post('/api/v1/nodes', { metadata: { name: 'n', labels: { 'topology.kubernetes.io/zone': 'z1' } } });
  await api.post(`${CORE}/pods`, pod('p'));
  await api.post(`${CORE}/pods/p/binding`, { metadata: { name: 'p' }, target: { name: 'n' } });
}

test('a binding sets the node, the zone label and the condition, once', async () => {
  const api = await startRequests();
  await runningPod(api);
  const { body } = await api.get(`${CORE}/pods/p`);
  expect(body.spec.nodeName).toBe('n');
  expect(body.metadata.labels).toEqual({ 'topology.kubernetes.io/zone': 'z1' });
  expect(body.status.conditions).toMatchObject([{ type: 'PodScheduled', status: 'True' }]);
  const again = await api.post(`${CORE}/bindings`, { metadata: { name: 'p' }, target: { name: 'n' } });
  expect(again.body.message).toContain('pod p is already assigned to node "n"');
});

test('a pod on a node keeps its object until it is deleted with grace 0', async () => {
  const api = await startRequests();
  await runningPod(api);
  const { body } = await api.delete(`${CORE}/pods/p`);
  expect(body.metadata.deletionGracePeriodSeconds).toBe(30);
  expect(Date.parse(body.metadata.deletionTimestamp)).toBeGreaterThan(realClock.now());
  expect(await code(api, `${CORE}/pods/p`)).toBe(200);
  const shorter = await api.delete(`${CORE}/pods/p`, { gracePeriodSeconds: 5 });
  expect(shorter.body.metadata.deletionGracePeriodSeconds).toBe(5);
  const longer = await api.delete(`${CORE}/pods/p`, { gracePeriodSeconds: 60 });
  expect(longer.body.metadata.deletionGracePeriodSeconds).toBe(5);
  await api.delete(`${CORE}/pods/p`, { gracePeriodSeconds: 0 });
  expect(await code(api, `${CORE}/pods/p`)).toBe(404);
});

test('a pod on no node is gone at once', async () => {
  const api = await startRequests();
  await api.post(`${CORE}/pods`, pod('p'));
  await api.delete(`${CORE}/pods/p`);
  expect(await code(api, `${CORE}/pods/p`)).toBe(404);
});

test('a finalizer holds an object, no new one may come, and the last one to go lets it go', async () => {
  const api = await startRequests();
  await api.post(`${CORE}/configmaps`, configMap('a', {}, { finalizers: ['x.y/hold'] }));
  expect((await api.delete(`${CORE}/configmaps/a`)).body.metadata.deletionTimestamp).toBeDefined();
  const added = await api.patch(`${CORE}/configmaps/a`, { metadata: { finalizers: ['x.y/hold', 'x.y/more'] } });
  expect(added.body.details.causes[0]).toMatchObject({ field: 'metadata.finalizers', reason: 'FieldValueForbidden' });
  await api.patch(`${CORE}/configmaps/a`, { metadata: { finalizers: null } });
  expect(await code(api, `${CORE}/configmaps/a`)).toBe(404);
});

test('preconditions keep the wrong object from being deleted', async () => {
  const api = await startRequests();
  await api.post(`${CORE}/configmaps`, configMap('a'));
  expect((await api.delete(`${CORE}/configmaps/a`, { preconditions: { uid: 'other' } })).code).toBe(409);
  expect((await api.delete(`${CORE}/configmaps/a`, { preconditions: { resourceVersion: '1' } })).code).toBe(409);
  expect(await code(api, `${CORE}/configmaps/a`)).toBe(200);
});

test('a collection is deleted by selector', async () => {
  const api = await startRequests();
  await api.post(`${CORE}/configmaps`, configMap('a', {}, { labels: { x: '1' } }));
  await api.post(`${CORE}/configmaps`, configMap('b'));
  await api.delete(`${CORE}/configmaps?labelSelector=x%3D1`);
  expect((await api.get(`${CORE}/configmaps`)).body.items.map((one: Body) => one.metadata.name)).toEqual(['b']);
});

async function family(api: Requests): Promise<void> {
  const owner = (await api.post(`${CORE}/configmaps`, configMap('owner'))).body;
  const ownerReferences = [
    { apiVersion: 'v1', kind: 'ConfigMap', name: 'owner', uid: owner.metadata.uid, blockOwnerDeletion: true },
  ];
  await api.post(`${CORE}/configmaps`, configMap('child', {}, { ownerReferences, finalizers: ['x.y/hold'] }));
}

test('dependents go with their owner, in the background, the foreground or not at all', async () => {
  const background = await startRequests();
  await family(background);
  await background.delete(`${CORE}/configmaps/owner`);
  expect((await background.get(`${CORE}/configmaps/child`)).body.metadata.deletionTimestamp).toBeDefined();
  const foreground = await startRequests();
  await family(foreground);
  await foreground.delete(`${CORE}/configmaps/owner`, { propagationPolicy: 'Foreground' });
  expect(await code(foreground, `${CORE}/configmaps/owner`)).toBe(200);
  await foreground.patch(`${CORE}/configmaps/child`, { metadata: { finalizers: null } });
  expect(await code(foreground, `${CORE}/configmaps/owner`)).toBe(404);
  const orphan = await startRequests();
  await family(orphan);
  await orphan.delete(`${CORE}/configmaps/owner`, { propagationPolicy: 'Orphan' });
  const { body } = await orphan.get(`${CORE}/configmaps/child`);
  expect([body.metadata.ownerReferences, body.metadata.deletionTimestamp]).toEqual([undefined, undefined]);
});

test('an object whose owner never was is collected', async () => {
  const api = await startRequests();
  const ownerReferences = [{ apiVersion: 'v1', kind: 'ConfigMap', name: 'owner', uid: 'gone' }];
  await api.post(`${CORE}/configmaps`, configMap('child', {}, { ownerReferences }));
  expect(await code(api, `${CORE}/configmaps/child`)).toBe(404);
});

test('a namespace is empty before it goes, and takes nothing new meanwhile', async () => {
  const api = await startRequests();
  await api.post('/api/v1/namespaces', { metadata: { name: 'shop' } });
  await api.post('/api/v1/namespaces/shop/configmaps', configMap('a', {}, { finalizers: ['x.y/hold'] }));
  await api.post('/api/v1/namespaces/shop/configmaps', configMap('b'));
  await api.delete('/api/v1/namespaces/shop');
  expect((await api.get('/api/v1/namespaces/shop')).body.status.phase).toBe('Terminating');
  expect(await code(api, '/api/v1/namespaces/shop/configmaps/b')).toBe(404);
  const refused = await api.post('/api/v1/namespaces/shop/configmaps', configMap('c'));
  expect(refused.body).toMatchObject({
    code: 403,
    reason: 'Forbidden',
    details: { causes: [{ reason: 'NamespaceTerminating' }] },
  });
  await api.patch('/api/v1/namespaces/shop/configmaps/a', { metadata: { finalizers: null } });
  expect(await code(api, '/api/v1/namespaces/shop')).toBe(404);
});

test('an eviction respects a disruption budget', async () => {
  const api = await startRequests();
  await api.post(`${CORE}/pods`, pod('p', { labels: { app: 'web' } }));
  const status = { phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }] };
  await api.patch(`${CORE}/pods/p/status`, { status });
  await api.post('/apis/policy/v1/namespaces/default/poddisruptionbudgets', {
    metadata: { name: 'b' },
    spec: { minAvailable: 1, selector: { matchLabels: { app: 'web' } } },
  });
  const evict = (): Promise<{ code: number }> =>
    api.post(`${CORE}/pods/p/eviction`, { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name: 'p' } });
  expect((await evict()).code).toBe(429);
  await api.patch('/apis/policy/v1/namespaces/default/poddisruptionbudgets/b/status', {
    status: { disruptionsAllowed: 1 },
  });
  expect((await evict()).code).toBe(201);
  expect(await code(api, `${CORE}/pods/p`)).toBe(404);
});
