import { expect, test } from 'vitest';
import { Cluster } from '../../src/cluster/cluster.ts';
import { type ClusterChange, startReflectors } from '../../src/cluster/reflector.ts';
import type { Change, KubeApi, KubeObject, Resource } from '../../src/kube/api.ts';
import { rawEndpoint, rawIngress, rawSlice } from './raw.ts';

/** Watches that say what they are told to say. */
class Wire implements Pick<KubeApi, 'watch'> {
  readonly #waiting = new Map<string, Change[]>(); // plural -> changes not yet taken
  readonly #wake = new Map<string, () => void>(); // plural -> wakes its watch

  say(plural: string, change: Change): void {
    this.#waiting.set(plural, [...(this.#waiting.get(plural) ?? []), change]);
    this.#wake.get(plural)?.();
  }

  async *watch({ plural }: Resource, { signal }: { signal: AbortSignal }): AsyncGenerator<Change> {
    signal.addEventListener('abort', () => this.#wake.get(plural)?.());
    while (!signal.aborted) {
      const next = this.#waiting.get(plural)?.shift();
      if (next) yield next;
      else await new Promise<void>((resolve) => this.#wake.set(plural, resolve));
    }
  }
}

function start(onChange: (change: ClusterChange) => void = () => undefined) {
  const wire = new Wire();
  const cluster = new Cluster();
  const changes: string[] = [];
  const unreadable: string[] = [];
  const reflectors = startReflectors({
    kube: wire,
    cluster,
    onChange: (change) => {
      changes.push(`${change.initial ? 'first ' : ''}${change.kind} ${change.key}`);
      onChange(change);
    },
    onUnreadable: ({ kind, namespace, name, error }) =>
      unreadable.push(`${kind} ${namespace}/${name}: ${(error as Error).message}`),
    kinds: ['ingress', 'endpointSlice'],
  });
  return { wire, cluster, changes, unreadable, reflectors };
}

const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
const replace = (...objects: KubeObject[]): Change => ({ kind: 'replace', objects });

test('the stores follow the watches, and every kind must have been listed before they count as synced', async () => {
  const { wire, cluster, changes, reflectors } = start();
  let synced = false;
  void reflectors.synced.then(() => (synced = true));
  wire.say('ingresses', replace(rawIngress('a')));
  wire.say('ingresses', { kind: 'put', object: rawIngress('b') });
  await settle();
  expect(synced).toBe(false);
  expect(cluster.unsynced()).toContain('endpointSlice');
  wire.say('endpointslices', replace());
  await settle();
  expect(synced).toBe(true);
  wire.say('ingresses', { kind: 'remove', object: rawIngress('a') });
  wire.say('endpointslices', { kind: 'put', object: rawSlice() });
  await settle();
  expect(changes).toEqual([
    'first ingress shop/a',
    'ingress shop/b',
    'ingress shop/a',
    'endpointSlice shop/cart-x7k2p',
  ]);
  expect(cluster.slicesOf('shop', 'cart')).toHaveLength(1);
  expect(cluster.ingressesOfService('shop', 'cart').map(({ name }) => name)).toEqual(['b']);
  await reflectors.stop();
});

test('an object that cannot be read is reported, keeps its last good form, and holds up no other', async () => {
  const { wire, cluster, unreadable, reflectors } = start();
  wire.say('endpointslices', replace(rawSlice('one', [rawEndpoint(1)]), rawSlice('two', 'garbage')));
  wire.say('endpointslices', { kind: 'put', object: rawSlice('one', 'garbage') });
  await settle();
  expect(cluster.slicesOf('shop', 'cart').map(({ endpoints }) => endpoints.length)).toEqual([1]);
  wire.say('endpointslices', replace(rawSlice('one', 'garbage'), rawSlice('three')));
  await settle();
  expect(cluster.slicesOf('shop', 'cart').map(({ name }) => name)).toEqual(['one', 'three']);
  expect(unreadable[0]).toBe('endpointSlice shop/two: endpoints: wanted a list, given "garbage"');
  expect(unreadable).toHaveLength(3);
  await reflectors.stop();
});

test('a listener that throws does not stop the watch', async () => {
  const { wire, cluster, unreadable, reflectors } = start(() => {
    throw new Error('a fault of ours');
  });
  wire.say('ingresses', replace(rawIngress('a'), rawIngress('b')));
  wire.say('ingresses', { kind: 'put', object: rawIngress('c') });
  await settle();
  expect([...cluster.ingresses()].map(({ name }) => name)).toEqual(['a', 'b', 'c']);
  expect(unreadable).toEqual(['a', 'b', 'c'].map((name) => `ingress shop/${name}: a fault of ours`));
  await reflectors.stop();
});
