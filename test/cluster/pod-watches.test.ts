import { expect, test } from 'vitest';
import { Cluster } from '../../src/cluster/cluster.ts';
import { PodWatches } from '../../src/cluster/pod-watches.ts';
import { type Kind, PROJECTIONS } from '../../src/cluster/project.ts';
import type { ClusterChange } from '../../src/cluster/reflector.ts';
import type { Change, KubeObject, Resource, WatchScope } from '../../src/kube/api.ts';
import { rawNamespace, rawPod, rawTargetGroup } from './raw.ts';

/** Watches of pods, one for each namespace, that say what they are told to say. */
class PodWire {
  readonly open = new Map<string, (change: Change) => void>(); // namespace -> says a change

  async *watch(resource: Resource, { namespace, signal }: WatchScope): AsyncGenerator<Change> {
    if (resource.kind !== 'Pod' || namespace === undefined) throw new Error('only pods, and only by namespace');
    const waiting: Change[] = [];
    let wake = (): void => undefined;
    this.open.set(namespace, (change) => {
      waiting.push(change);
      wake();
    });
    signal.addEventListener('abort', () => {
      this.open.delete(namespace);
      wake();
    });
    while (!signal.aborted) {
      const next = waiting.shift();
      if (next) yield next;
      else await new Promise<void>((resolve) => (wake = resolve));
    }
  }
}

function start() {
  const cluster = new Cluster();
  const kube = new PodWire();
  const told: string[] = [];
  const watches = new PodWatches({
    kube,
    cluster,
    onChange: ({ key, initial, old, new: now }) => {
      const how = old === undefined ? 'made' : now === undefined ? 'gone' : 'changed';
      told.push(`${key} ${how}${initial ? ' first' : ''}`);
    },
    onUnreadable: ({ error }) => told.push(String(error)),
    onSynced: (namespace) => told.push(`${namespace} synced`),
  });
  const change = (kind: Kind, raw: KubeObject, how: 'put' | 'remove' = 'put'): void => {
    const store = cluster.stores[kind] as { put: (o: unknown) => object[]; remove: (o: unknown) => object[] };
    for (const changed of store[how](PROJECTIONS[kind](raw)))
      watches.follow({ kind, initial: false, ...changed } as ClusterChange);
  };
  return { cluster, kube, told, watches, change };
}

const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
const inNamespace = (namespace: string, raw: KubeObject): KubeObject => ({
  ...raw,
  metadata: { ...raw.metadata, namespace },
});

test('only namespaces with a target group, a claimed binding or the label are watched, one watch each', async () => {
  const { kube, watches, change } = start();
  change('namespace', rawNamespace('plain'));
  change('namespace', rawNamespace('labelled', { 'podwire.dev/inject': 'enabled' }));
  change('namespace', rawNamespace('mislabelled', { 'podwire.dev/inject': 'disabled' }));
  change('targetGroup', rawTargetGroup('one'));
  change('targetGroup', rawTargetGroup('two'));
  const binding = (annotations: object): KubeObject =>
    inNamespace('bound', { metadata: { ...rawTargetGroup('b').metadata, annotations: annotations as never } });
  change('targetGroupBinding', binding({}));
  await settle();
  expect([...kube.open.keys()].toSorted()).toEqual(['labelled', 'shop']);
  change('targetGroupBinding', binding({ 'podwire.dev/claim': 'true' }));
  change('targetGroup', rawTargetGroup('one'), 'remove');
  change('namespace', rawNamespace('labelled'));
  await settle();
  expect([...kube.open.keys()].toSorted()).toEqual(['bound', 'shop']);
  await watches.stop();
});

test('the first list makes a namespace synced, a later one takes away only pods of its own', async () => {
  const { cluster, kube, told, watches, change } = start();
  change('targetGroup', rawTargetGroup('one'));
  change('targetGroup', inNamespace('cafe', rawTargetGroup('one')));
  await settle();
  kube.open.get('cafe')?.({ kind: 'replace', objects: [inNamespace('cafe', rawPod('latte'))] });
  await settle();
  expect([cluster.podsSynced('shop'), cluster.podsSynced('cafe')]).toEqual([false, true]);
  kube.open.get('shop')?.({ kind: 'replace', objects: [rawPod('cart-1'), rawPod('cart-2')] });
  kube.open.get('shop')?.({ kind: 'replace', objects: [rawPod('cart-2')] });
  await settle();
  expect(told).toEqual([
    'cafe/latte made first',
    'cafe synced',
    'shop/cart-1 made first',
    'shop/cart-2 made first',
    'shop synced',
    'shop/cart-1 gone',
  ]);
  expect(cluster.pod('cafe', 'latte')?.annotations).toEqual({ 'podwire.dev/injected-prestop-seconds': '45' });
  expect(cluster.podsAt('10.244.0.1').map(({ name }) => name)).toEqual(['latte', 'cart-2']);
  expect(cluster.podByUid('uid-cart-2')?.name).toBe('cart-2');
  await watches.stop();
});

test('a watch that ends takes its pods along, tells nobody that they are gone, and starts anew', async () => {
  const { cluster, kube, told, watches, change } = start();
  change('targetGroup', rawTargetGroup('one'));
  await settle();
  const say = kube.open.get('shop');
  say?.({ kind: 'replace', objects: [rawPod('cart-1')] });
  await settle();
  change('targetGroup', rawTargetGroup('one'), 'remove');
  say?.({ kind: 'put', object: rawPod('cart-9') });
  await settle();
  expect(told).toEqual(['shop/cart-1 made first', 'shop synced']);
  expect(cluster.podsOfNamespace('shop')).toEqual([]);
  expect(cluster.podsSynced('shop')).toBe(false);
  change('targetGroup', rawTargetGroup('one'));
  await settle();
  kube.open.get('shop')?.({ kind: 'replace', objects: [rawPod('cart-1')] });
  await settle();
  expect(told.slice(2)).toEqual(['shop/cart-1 made first', 'shop synced']);
  await watches.stop();
});
