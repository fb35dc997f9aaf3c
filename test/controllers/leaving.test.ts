import { describe, expect, test } from 'vitest';
import type { Pod } from '../../src/cluster/objects.ts';
import type { Controls } from '../../src/settings/controls.ts';
import { deleted } from '../model/pods.ts';
import { service } from '../model/samples.ts';
import { SECOND, podAt, serving, learn, remove, numberOf, untilGone } from './leaving-world.ts';
import { at, leaving, pod, pods, rulesOf, type TargetsWorld } from './targets-world.ts';

describe('a pod that is deleted', () => {
  test('is deregistered before its EndpointSlice says anything', async () => {
    const world = await serving([1, 2, 3]);
    const now = world.clock.now();
    world.pods = world.pods.map((one) => (numberOf(one) === 3 ? deleted(one, now) : one));
    await world.changed(100);
    expect(world.registered).toEqual(at(1, 2));
  });

  test('and is the last one stays until its last deadline, though nothing replaces it, and the reason is told', async () => {
    const world = await serving([1]);
    await remove(world, [1]);
    await world.clock.advance(6 * SECOND);
    expect(world.object.status.conditions?.find(({ type }) => type === 'Ready')?.message).toContain('last deadline');
    expect(world.registered).toEqual(at(1));
    expect(await untilGone(world, 1)).toBe(22 - 7);
  });

  test('control: without the hold the group is empty at once', async () => {
    const world = await serving([1], { controls: new Set(['deregister-first']) });
    await remove(world, [1]);
    expect(world.registered).toEqual([]);
  });

  test('of a clock that is a minute off from the API server goes at the same moment', async () => {
    for (const skew of [-60, 60]) {
      const world = await serving([1]);
      world.serverAheadMs = skew * SECOND;
      await remove(world, [1]);
      expect(await untilGone(world, 1), `${skew} s ahead`).toBe(21);
    }
  });

  test('and whose replacement is expected too late stays until SIGTERM', async () => {
    const world = await serving([1]);
    learn(world, { ready: 30, healthy: 30 });
    await remove(world, [1]);
    const created = new Date(world.clock.now()).toISOString();
    world.pods.push(podAt(2, { created, containersReady: false, ready: false, gate: undefined as never }));
    await world.changed();
    expect(await untilGone(world, 1)).toBe(44);
  });

  test('goes when every load balancer node may know its healthy replacement', async () => {
    const world = await serving([1]);
    await remove(world, [1]);
    world.pods.push(podAt(2, { ready: false }));
    await world.put([leaving(1), pod(2, { ready: false })], 15 * SECOND);
    expect(world.healthy).toEqual(at(1, 2));
    expect(world.registered).toEqual(at(1, 2));
    await world.clock.advance(10 * SECOND);
    expect(world.registered).toEqual(at(2));
  });

  test('without a sleep goes at once, the last one too', async () => {
    const world = await serving([1]);
    world.pods = [podAt(1, { preStops: [{ container: 'app', kind: 'none', seconds: 0 }] })];
    await remove(world, [1]);
    expect(world.registered).toEqual([]);
  });

  test('for a second time, with less grace, goes at once', async () => {
    const world = await serving([1]);
    const deletedAt = world.clock.now();
    await remove(world, [1]);
    await world.clock.advance(9 * SECOND);
    expect(world.registered).toEqual(at(1));
    world.pods = [deleted(podAt(1), deletedAt, 5)];
    await world.changed(100);
    expect(world.registered).toEqual([]);
  });

  test('and no longer answers goes at once', async () => {
    const world = await serving([1]);
    await remove(world, [1]);
    world.pods = world.pods.map((one) => ({ ...one, containersReady: false }));
    await world.changed(100);
    expect(world.registered).toEqual([]);
  });

  test('that the kubelet ends, or that vanishes, goes at the first sign', async () => {
    const world = await serving([1, 2, 3]);
    world.pods = [podAt(1), podAt(2, { endedByKubelet: true })];
    await world.put(pods(1, 2), 100); // 2 as its slice still has it
    expect(world.registered).toEqual(at(1));
  });

  test('that is missing says nothing where not one pod is known', async () => {
    const world = await serving([1, 2, 3]);
    world.pods = [];
    world.slices = [];
    await world.changed(600 * SECOND);
    expect(world.registered).toEqual(at(1, 2, 3));
  });

  test('that is missing says nothing where the pods are not all known', async () => {
    const world = await serving([1, 2, 3]);
    world.podsSynced = false;
    world.pods = [];
    await world.put(pods(1, 2), 60 * SECOND);
    world.slices = [];
    await world.changed(600 * SECOND);
    expect(world.registered).toHaveLength(2);
  });

  test('waits for its replacement while a hold is set, though others serve', async () => {
    const world = await serving([1, 2, 3], { hold: 10 });
    await remove(world, [3]);
    expect(await untilGone(world, 3)).toBe(11);
    await remove(world, [2]);
    world.pods.push(podAt(4, { ready: false }));
    await world.put([pod(1), leaving(2), pod(4, { ready: false })], 100);
    expect(world.registered).toEqual(at(1, 2, 4));
  });
});

describe('a pod whose gate is closed', () => {
  test('is registered as soon as its containers are ready, else its gate would wait for itself', async () => {
    const world = await serving([1]);
    world.pods.push(podAt(2, { ready: false, gate: { status: 'False', reason: 'Waiting', message: '', since: '' } }));
    await world.put([pod(1), pod(2, { ready: false, serving: false })], 100);
    expect(world.registered).toEqual(at(1, 2));
  });

  test('that is not ours is unready', async () => {
    const world = await serving([1, 2, 3]);
    world.pods = [podAt(1), podAt(2), podAt(3, { ready: false, gated: false })];
    await world.put([...pods(1, 2), pod(3, { ready: false, serving: false })], SECOND);
    expect(world.registered).toEqual(at(1, 2));
  });
});

describe('identity', () => {
  /** The deregistration of pod 3 waits for AWS while the pod ends and another pod of the Service gets its address. */
  async function reuse(controls?: Controls): Promise<boolean> {
    const world = await serving([1, 2, 3], controls && { controls });
    world.aws.configure({ faults: [{ action: 'DeregisterTargets', code: 'Throttling', forMs: 8 * SECOND }] });
    await remove(world, [3]);
    world.pods = [podAt(1), podAt(2), podAt(4, { addresses: ['10.0.1.3'] })];
    await world.put([...pods(1, 2), pod(3, { pod: { uid: 'pod-4', namespace: 'shop', name: 'web-4' } })], SECOND);
    const left: boolean[] = [];
    world.aws.onChange(() => left.push(!world.registered.includes('10.0.1.3:8080')));
    world.aws.configure({ faults: [] });
    await world.clock.advance(10 * SECOND);
    return left.includes(true);
  }

  test('an address that a wanted pod has by then is left out of the call that goes out', async () =>
    expect(await reuse()).toBe(false));

  test('control: without that look the new pod is deregistered', async () =>
    expect(await reuse(new Set(['no-uid-check']))).toBe(true));

  test('a recycled address goes before everything else', async () => {
    const world = await serving([1, 2, 3]);
    world.kill();
    world.pods = [podAt(1), podAt(2), podAt(3, { uid: 'other', name: 'api-3', labels: { app: 'api' } })];
    await world.put(pods(1, 2));
    world.start();
    await world.clock.advance(5 * SECOND);
    expect(world.registered).toEqual(at(1, 2));
  });

  test('pods on the network of their node replace each other without a deregistration', async () => {
    const world = await serving([1, 2]);
    const host = (uid: string, more: Partial<Pod> = {}): Pod =>
      podAt(2, { uid, name: `web-${uid}`, hostNetwork: true, ...more });
    world.pods = [podAt(1), host('next', { ready: false, containersReady: false })];
    await world.put(pods(1), 60 * SECOND);
    world.pods = [podAt(1), host('next')];
    await world.put([pod(1), pod(2, { pod: { uid: 'next', namespace: 'shop', name: 'web-next' } })], 60 * SECOND);
    expect(world.calls.filter((one) => /^(De)?[rR]egister/.test(one))).toEqual([]);
    expect(world.registered).toEqual(at(1, 2));
  });
});

describe('a Service that selects other pods', () => {
  const flip = async (world: TargetsWorld): Promise<void> => {
    world.services.set('web', service({ selector: { app: 'green' } }));
    world.pods.push(podAt(11, { labels: { app: 'green' } }), podAt(12, { labels: { app: 'green' } }));
    await world.put(pods(11, 12));
  };

  test('keeps the old ones until the new ones are healthy', async () => {
    const world = await serving([1, 2]);
    const lowest: number[] = [];
    world.aws.onChange(() => lowest.push(world.healthy.length));
    await flip(world);
    expect(world.registered).toEqual(at(1, 2, 11, 12));
    await world.clock.advance(30 * SECOND);
    expect(world.registered).toEqual(at(11, 12));
    expect(Math.min(...lowest)).toBeGreaterThanOrEqual(2);
  });

  test('waits five minutes for new ones that never become healthy', async () => {
    const world = await serving([1, 2]);
    world.sick.add('10.0.1.11').add('10.0.1.12');
    await flip(world);
    await world.clock.advance(290 * SECOND);
    expect(world.registered).toEqual(at(1, 2, 11, 12));
    await world.clock.advance(60 * SECOND);
    expect(world.registered).toEqual(at(11, 12));
  });
});

test('the rule toward a node stays until its last target has drained', async () => {
  const world = await serving([1]);
  const group = world.aws.state.targetGroups.get(world.object.spec.arn);
  Object.assign(group?.attributes ?? {}, { 'deregistration_delay.timeout_seconds': '60' });
  await remove(world, [1]);
  await untilGone(world, 1);
  world.pods = [];
  await world.put([], 30 * SECOND);
  expect(rulesOf(world)).toEqual([8080]);
  await world.clock.advance(120 * SECOND);
  expect(rulesOf(world)).toEqual([]);
});
