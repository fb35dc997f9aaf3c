import { beforeEach, describe, expect, test } from 'vitest';
import { KINDS } from '../../../../src/local/cluster/objects.ts';
import { container, openWorld, type World } from './world.ts';

let world: World;
beforeEach(async () => {
  world = await openWorld();
  return async () => {
    await world.kubelet.close();
    expect(world.errors).toEqual([]);
  };
});

const ONE = { namespace: 'default', name: 'one' };
const SLEEP = { lifecycle: { preStop: { sleep: { seconds: 20 } } } };
const address = async (name = 'one') => (await world.pod(name))?.status?.podIP;
const node = async () => (await world.pod())?.spec.nodeName ?? '';

describe('an end that the kubelet decides on', () => {
  test('a hard eviction gives a second, and the object hears of it when nothing runs', async () => {
    await world.create('one', { containers: [container(SLEEP)] });
    await world.kubelet.evict(ONE);
    await world.clock.advance(900);
    expect([await world.answers(), await world.condition('Ready')]).toEqual(['ok', 'True']);
    expect(await world.condition('DisruptionTarget')).toBeUndefined();
    await world.clock.advance(300);
    const pod = await world.pod();
    expect(pod?.metadata.deletionTimestamp).toBeUndefined();
    expect(pod?.status).toMatchObject({ phase: 'Failed', reason: 'Evicted' });
    expect(await world.condition('Ready')).toBe('False PodFailed');
    expect(await world.condition('DisruptionTarget')).toBe('True TerminationByKubelet');
    expect(await world.answers()).toBe('refused');
  });

  test('a soft eviction lets the hook run as long as it may', async () => {
    await world.create('one', { containers: [container(SLEEP)] });
    await world.kubelet.evict(ONE, { graceSeconds: 10 });
    await world.clock.advance(9_900);
    expect([await world.answers(), await world.condition('DisruptionTarget')]).toEqual(['ok', undefined]);
    await world.clock.advance(300);
    expect(await world.condition('DisruptionTarget')).toBe('True TerminationByKubelet');
  });

  test('a pod that was evicted is not started again, and goes with its object', async () => {
    await world.create('one');
    await world.kubelet.evict(ONE);
    await world.clock.advance(60_000);
    expect(await world.kubelet.pods()).toMatchObject([{ name: 'one', state: 'ended' }]);
    await world.delete();
    expect([await world.pod(), await world.kubelet.pods()]).toEqual([undefined, []]);
  });

  test('a shutdown of the node gives each pod the lesser of the two times, and the node takes none', async () => {
    const pods = async () => Promise.all(['one', 'two'].map((name) => world.pod(name)));
    await world.create('one', { containers: [container(SLEEP)] });
    const on = await node();
    await world.create('two', { nodeName: on, terminationGracePeriodSeconds: 60, containers: [container(SLEEP)] });
    await world.kubelet.shutDownNode(on, 10);
    await world.settle();
    const key = { name: on };
    expect(((await world.api.get(KINDS.node, key))?.status as object) ?? {}).toMatchObject({
      conditions: [{ type: 'Ready', status: 'False', reason: 'KubeletNotReady' }],
    });
    await world.clock.advance(9_800);
    expect((await pods()).map((pod) => pod?.status?.phase)).toEqual(['Running', 'Running']);
    await world.clock.advance(500);
    expect((await pods()).map((pod) => pod?.status?.reason)).toEqual(['Terminated', 'Terminated']);
    expect((await pods()).map((pod) => pod?.metadata.deletionTimestamp)).toEqual([undefined, undefined]);
    await world.create('three');
    expect((await world.pod('three'))?.spec.nodeName).not.toBe(on);
  });

  test('a node that is gone for good tells nobody', async () => {
    await world.create('one');
    await world.kubelet.killNode(await node(), { forGood: true });
    await world.clock.advance(60_000);
    expect([await world.answers(), await world.condition('Ready')]).toEqual(['refused', 'True']);
    await world.delete();
    await world.clock.advance(120_000);
    expect((await world.pod())?.metadata.deletionTimestamp).toBeDefined();
    await world.kubelet.startNode(await node());
    await world.clock.advance(31_000);
    expect(await world.pod()).toBeUndefined();
  });

  test('a node that loses power runs its pods again', async () => {
    await world.create('one');
    await world.kubelet.killNode(await node());
    await world.clock.advance(1_000);
    expect((await world.pod())?.status?.containerStatuses).toMatchObject([{ restartCount: 1, ready: true }]);
  });

  test('a container that is killed starts again', async () => {
    await world.create('one');
    await world.kubelet.signalPod(ONE, 'SIGKILL');
    await world.clock.advance(100);
    expect((await world.pod())?.status?.containerStatuses).toMatchObject([
      { restartCount: 1, ready: true, lastState: { terminated: { exitCode: 137 } } },
    ]);
  });

  test('a pod that runs nowhere is named', async () => {
    await expect(world.kubelet.evict(ONE)).rejects.toThrow('pod default/one: runs on no node');
    await expect(world.kubelet.killNode('moon')).rejects.toThrow('node moon: not one of ip-10-0-1-10');
  });
});

describe('addresses', () => {
  test('a freed address rests for 30 seconds', async () => {
    await world.kubelet.close();
    world = await openWorld({ count: 1 });

    await world.create('one');
    const first = await address('one');
    await world.delete();
    for (let index = 0; index < 159; index++) await world.create(`pod-${index}`);
    await world.create('last');
    expect(await address('last')).toBeUndefined();
    expect(world.errors.at(-1)).toContain('no free pod address in 10.0.1.0/24');
    await world.clock.advance(31_000);
    expect(await address('last')).toBe(first);
    world.errors.length = 0;
  });

  test('the next pod has the address that was freed last, when that is asked for', async () => {
    await world.kubelet.reuseAddresses({ restMs: 0, next: 'freed last' });
    await world.create('one');
    const freed = await address();
    const on = await node();
    await world.delete();
    await world.create('two', { nodeName: on });
    expect(await address('two')).toBe(freed);
  });

  test('a pod has the address it asks for, on the node that has it, once nobody else has it', async () => {
    const asked = '10.0.2.41';
    const annotations = { 'local.podwire.dev/address': asked };
    await world.create('one', {}, annotations);
    await world.create('two', {}, annotations);
    expect([await address('one'), await address('two')]).toEqual([asked, undefined]);
    expect(world.errors.splice(0)).toEqual([expect.stringContaining(`${asked} is not free in 10.0.2.0/24`)]);
    await world.delete('one');
    await world.clock.advance(1_100);
    expect(await address('two')).toBe(asked);
    expect((await world.pod('two'))?.spec.nodeName).toBe(world.nodes[1]?.name);
  });

  test('a pod on the network of its node has the address of the node, and its ports to itself', async () => {
    const spec = { hostNetwork: true, nodeSelector: { 'topology.kubernetes.io/zone': 'eu-central-1a' } };
    await world.create('one', spec);
    await world.create('two', spec);
    expect(await address('one')).toBe(world.nodes[0]?.address);
    expect((await world.pod('two'))?.spec.nodeName).toBeUndefined();
    await world.delete('one');
    expect(await address('two')).toBe(world.nodes[0]?.address);
  });
});
