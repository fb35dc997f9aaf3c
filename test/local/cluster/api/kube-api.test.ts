import { expect, test } from 'vitest';
import { Conflict, Gone, Invalid } from '../../../../src/errors.ts';
import type { Change, KubeApi } from '../../../../src/kube/api.ts';
import { RESOURCES } from '../../../../src/kube/resources.ts';
import { createCluster } from '../../../../src/local/cluster/api/cluster.ts';
import { localKubeApi } from '../../../../src/local/cluster/api/kube-api.ts';
import { VirtualClock } from '../../../../src/runtime/virtual-clock.ts';

const service = (name: string) => ({ metadata: { name, namespace: 'default' }, spec: { ports: [{ port: 80 }] } });
const key = { namespace: 'default', name: 'a' };

function start(): { api: KubeApi; clock: VirtualClock } {
  const clock = new VirtualClock();
  return { api: localKubeApi(createCluster({ clock })), clock };
}

test('what is created is read, and belongs to the reader', async () => {
  const { api } = start();
  await api.create(RESOURCES.service, service('a'));
  const first = await api.get(RESOURCES.service, key);
  (first as { spec?: unknown }).spec = {};
  expect((await api.get(RESOURCES.service, key))?.spec).toMatchObject({ type: 'ClusterIP' });
  expect(await api.get(RESOURCES.service, { ...key, name: 'nope' })).toBeUndefined();
});

test('errors are of the closed set', async () => {
  const { api } = start();
  const made = await api.create(RESOURCES.service, service('a'));
  await expect(api.create(RESOURCES.service, service('a'))).rejects.toThrow(Conflict);
  await expect(api.delete(RESOURCES.service, { ...key, uid: 'other' })).rejects.toThrow(Conflict);
  await expect(api.delete(RESOURCES.service, { ...key, name: 'nope' })).rejects.toThrow(Gone);
  await expect(api.patch(RESOURCES.service, key, { type: 'merge', body: { spec: { type: 'Foo' } } })).rejects.toThrow(
    Invalid,
  );
  await api.delete(RESOURCES.service, { ...key, uid: made.metadata.uid });
  expect(await api.list(RESOURCES.service)).toEqual([]);
});

test('a watch begins with a snapshot and tells every change until it is aborted', async () => {
  const { api } = start();
  await api.create(RESOURCES.service, service('a'));
  const stop = new AbortController();
  const seen: string[] = [];
  const say = (change: Change): string =>
    change.kind === 'replace'
      ? `replace ${change.objects.map((one) => one.metadata.name).join()}`
      : `${change.kind} ${change.object.metadata.name}`;
  const reader = (async () => {
    for await (const change of api.watch(RESOURCES.service, { signal: stop.signal })) {
      seen.push(say(change));
      if (seen.length === 4) stop.abort();
    }
  })();
  await Promise.resolve();
  await api.create(RESOURCES.service, service('b'));
  await api.patch(RESOURCES.service, key, { type: 'merge', body: { metadata: { labels: { x: 'y' } } } });
  await api.delete(RESOURCES.service, key);
  await reader;
  expect(seen).toEqual(['replace a', 'put b', 'put a', 'remove a']);
});

test('two runs with the same clock give the same world', async () => {
  const run = async (): Promise<unknown> => {
    const { api } = start();
    return api.create(RESOURCES.service, service('a'));
  };
  expect(await run()).toEqual(await run());
});
