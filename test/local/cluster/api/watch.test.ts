import { expect, test } from 'vitest';
import { configMap, CORE, startRequests } from './requests.ts';

const types = (events: { type: string; object: { metadata: { name?: string } } }[]): string[] =>
  events.map(({ type, object }) => `${type} ${object.metadata.name ?? ''}`.trim());

test('a watch tells every write after its resourceVersion', async () => {
  const api = await startRequests();
  const { body } = await api.post(`${CORE}/configmaps`, configMap('a'));
  await api.patch(`${CORE}/configmaps/a`, { data: { x: '1' } });
  await api.post(`${CORE}/configmaps`, configMap('b'));
  await api.delete(`${CORE}/configmaps/a`);
  const events = await api.watch(`${CORE}/configmaps?watch=true&resourceVersion=${body.metadata.resourceVersion}`, 3);
  expect(types(events)).toEqual(['MODIFIED a', 'ADDED b', 'DELETED a']);
  expect(Number(events[2].object.metadata.resourceVersion)).toBeGreaterThan(
    Number(events[1].object.metadata.resourceVersion),
  );
});

test('an object that starts or stops matching a selector is added or deleted for its watcher', async () => {
  const api = await startRequests();
  const { body } = await api.post(`${CORE}/configmaps`, configMap('a'));
  for (const labels of [{ on: 'yes' }, { on: 'yes', more: '1' }, { on: null }])
    await api.patch(`${CORE}/configmaps/a`, { metadata: { labels } });
  const events = await api.watch(
    `${CORE}/configmaps?watch=true&labelSelector=on%3Dyes&resourceVersion=${body.metadata.resourceVersion}`,
    3,
  );
  expect(types(events)).toEqual(['ADDED a', 'MODIFIED a', 'DELETED a']);
});

test('a streaming list sends what is there and marks its end', async () => {
  const api = await startRequests();
  await api.post(`${CORE}/configmaps`, configMap('a'));
  await api.post(`${CORE}/configmaps`, configMap('b'));
  const query = 'watch=true&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true';
  const events = await api.watch(`${CORE}/configmaps?${query}`, 3);
  expect(types(events)).toEqual(['ADDED a', 'ADDED b', 'BOOKMARK']);
  expect(events[2].object.metadata.annotations).toEqual({ 'k8s.io/initial-events-end': 'true' });
});

test('a watch from a forgotten resourceVersion is told 410', async () => {
  const api = await startRequests({ historySize: 4 });
  const { body } = await api.post(`${CORE}/configmaps`, configMap('a'));
  for (let i = 0; i < 60; i++) await api.patch(`${CORE}/configmaps/a`, { data: { i: String(i) } });
  const from = `${CORE}/configmaps?watch=true&resourceVersion=${body.metadata.resourceVersion}`;
  const [event] = await api.watch(from, 1);
  expect([event.type, event.object.code, event.object.reason]).toEqual(['ERROR', 410, 'Expired']);
});

test('a watch ends after timeoutSeconds, with a bookmark before', async () => {
  const api = await startRequests();
  await api.post(`${CORE}/configmaps`, configMap('a'));
  const { body } = await api.get(`${CORE}/configmaps`);
  const query = `watch=true&timeoutSeconds=1&allowWatchBookmarks=true&resourceVersion=${body.metadata.resourceVersion}`;
  expect(types(await api.watch(`${CORE}/configmaps?${query}`, 99))).toEqual(['BOOKMARK']);
});

test('pages of a list are all of one resourceVersion', async () => {
  const api = await startRequests();
  for (const name of ['a', 'b', 'c']) await api.post(`${CORE}/configmaps`, configMap(name));
  const first = (await api.get(`${CORE}/configmaps?limit=2`)).body;
  expect(first.metadata.remainingItemCount).toBe(1);
  await api.post(`${CORE}/configmaps`, configMap('bb'));
  await api.delete(`${CORE}/configmaps/c`);
  const second = (await api.get(`${CORE}/configmaps?limit=2&continue=${first.metadata.continue}`)).body;
  expect([...first.items, ...second.items].map((one: { metadata: { name: string } }) => one.metadata.name)).toEqual([
    'a',
    'b',
    'c',
  ]);
  expect(second.metadata.resourceVersion).toBe(first.metadata.resourceVersion);
  api.server.forgetHistory();
  expect((await api.get(`${CORE}/configmaps?limit=2&continue=${first.metadata.continue}`)).code).toBe(410);
});

test('a list at an exact resourceVersion is what was there then', async () => {
  const api = await startRequests();
  const { body } = await api.post(`${CORE}/configmaps`, configMap('a', { x: '1' }));
  await api.patch(`${CORE}/configmaps/a`, { data: { x: '2' } });
  const list = await api.get(
    `${CORE}/configmaps?resourceVersion=${body.metadata.resourceVersion}&resourceVersionMatch=Exact`,
  );
  expect(list.body.items[0].data.x).toBe('1');
  expect((await api.get(`${CORE}/configmaps?resourceVersion=99999`)).code).toBe(504);
});

test('fields select, and an unknown one is refused', async () => {
  const api = await startRequests();
  for (const name of ['p', 'q'])
    await api.post(`${CORE}/pods`, { metadata: { name }, spec: { containers: [{ name: 'c', image: 'i' }] } });
  await api.post('/api/v1/nodes', { metadata: { name: 'n' } });
  await api.post(`${CORE}/pods/p/binding`, { metadata: { name: 'p' }, target: { name: 'n' } });
  const names = async (selector: string): Promise<string[]> =>
    (await api.get(`${CORE}/pods?fieldSelector=${encodeURIComponent(selector)}`)).body.items.map(
      (one: { metadata: { name: string } }) => one.metadata.name,
    );
  expect(await names('spec.nodeName=n')).toEqual(['p']);
  expect(await names('spec.nodeName=')).toEqual(['q']);
  expect(await names('metadata.name!=p')).toEqual(['q']);
  expect((await api.get(`${CORE}/pods?fieldSelector=spec.foo%3Dx`)).code).toBe(400);
});
