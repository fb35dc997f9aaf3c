import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { CONTROL_PLANE_TOOLS } from '../../scripts/tool-cache.ts';
import { RESOURCES } from '../../src/kube/resources.ts';
import type { Call } from '../../src/local/aws/calls.ts';
import type { OperatorProcess } from '../../src/local/operator-process.ts';
import { until } from '../../src/local/until.ts';
import { podsOf } from '../../src/local/world.ts';
import { realClock } from '../../src/runtime/clock.ts';
import { describeWith } from '../tools.ts';
import { careless } from './operator-manifests.ts';
import { openReplicasWorld, type ReplicasWorld } from './operator-world.ts';
import { groupsIn, settled } from './serving.ts';
import { scale } from './web.ts';

const NAMESPACE = 'careless';
const ELECTED = ['--leader-elect', 'true'];
const MUTATES = /^(Create|Delete|Modify|Set|Add|Remove|Register|Deregister|Authorize|Revoke)/;

describeWith(CONTROL_PLANE_TOOLS, 'several replicas of the operator on a real control plane', () => {
  let world: ReplicasWorld;
  let failed = false;
  const replicas = new Map<string, OperatorProcess>();
  beforeAll(async () => {
    world = await openReplicasWorld();
    await start('a');
    await world.kubectl.apply(...careless(NAMESPACE));
    await settled(world, { namespace: NAMESPACE, replicas: 2 });
  });
  afterEach(({ task }) => void (failed ||= task.result?.state === 'fail'));
  afterAll(async () => world?.close(failed));

  const start = async (name: string, flags = ELECTED): Promise<OperatorProcess> => {
    const replica = await world.start(name, flags);
    replicas.set(name, replica);
    return replica;
  };
  const replica = (name: string): OperatorProcess => replicas.get(name) as OperatorProcess;
  const lease = async () => {
    const found = await world.kube.get(RESOURCES.lease, { namespace: 'kube-system', name: 'podwire' });
    return { version: found?.metadata.resourceVersion, spec: found?.['spec'] as Record<string, unknown> };
  };
  const holder = async () => ((await lease()).spec['holderIdentity'] as string | undefined) ?? '';
  /** Milliseconds until somebody else holds the lease. */
  const takenFrom = async (before: string): Promise<number> => {
    const began = realClock.monotonic();
    await until('another holder of the lease', async () => ![before, ''].includes(await holder()), 60_000);
    return Math.round(realClock.monotonic() - began);
  };
  const mutating = async (name: string, since = 0): Promise<string[]> => {
    const calls = await world.aws.control<Call[]>('calls');
    const own = calls.filter(({ userAgent, action }) => userAgent?.includes(`app/${name}`) && MUTATES.test(action));
    return own.filter(({ time }) => Date.parse(time) >= since).map(({ action, time }) => `${time} ${action}`);
  };
  const scaled = async (count: number) => {
    await scale(world, NAMESPACE, count);
    await settled(world, { namespace: NAMESPACE, replicas: count });
  };

  test('the API server takes the record, and one that waits changes nothing', async () => {
    const { spec } = await lease();
    expect(spec).toMatchObject({ leaseDurationSeconds: 10, leaseTransitions: 0 });
    for (const field of ['renewTime', 'acquireTime']) expect(spec[field]).toMatch(/\.\d{6}Z$/);
    await start('b');
    await scaled(3);
    await scaled(2);
    expect(await mutating('b')).toEqual([]);
    expect((await mutating('a')).length).toBeGreaterThan(5);
  });

  test('R8: told to end, the leader hands over', async () => {
    const before = await holder();
    const taken = takenFrom(before);
    await replica('a').stop(30_000);
    console.log(`told to end: another one held the lease after ${await taken} ms`);
    expect((await lease()).spec).toMatchObject({ leaseTransitions: 1 });
    const since = realClock.now();
    await scaled(3);
    expect((await mutating('b', since)).length).toBeGreaterThan(0);
    expect(await mutating('a', since)).toEqual([]);
  });

  test('R8: killed, the leader is succeeded once its lease has expired', async () => {
    await start('a');
    const before = await holder();
    const taken = takenFrom(before);
    await replica('b').kill();
    await scale(world, NAMESPACE, 4);
    const ms = await taken;
    console.log(`killed: another one held the lease after ${ms} ms`);
    expect(ms).toBeGreaterThan(7_000);
    await settled(world, { namespace: NAMESPACE, replicas: 4 });
    expect((await lease()).spec).toMatchObject({ leaseTransitions: 2 });
  });

  test('R23: a leader that stood still for 15 s changes nothing when it wakes, and ends', async () => {
    await start('b');
    const before = await holder();
    expect((await mutating('a')).length).toBeGreaterThan(0);
    const watched = watchTargets();
    const taken = takenFrom(before);
    const since = realClock.now();
    replica('a').pause();
    await scale(world, NAMESPACE, 6);
    await realClock.sleep(15_000);
    console.log(`stood still: another one held the lease after ${await taken} ms`);
    replica('a').resume();
    expect(await replica('a').ended).toBe('exit code 1');
    await settled(world, { namespace: NAMESPACE, replicas: 6 });
    expect(await mutating('a', since)).toEqual([]);
    expect((await mutating('b', since)).length).toBeGreaterThan(0);
    expect(await watched.stop()).toEqual([]);
  });

  test('R23: control: without a lease one that stood still acts when it wakes', async () => {
    await replica('b').stop(30_000);
    const c = await start('c', []);
    c.pause();
    await scale(world, NAMESPACE, 3);
    await until('3 pods', async () => (await podsOf(world, NAMESPACE)).length === 3);
    const since = realClock.now();
    c.resume();
    await settled(world, { namespace: NAMESPACE, replicas: 3 });
    expect((await mutating('c', since)).length).toBeGreaterThan(0);
  });

  test('two that both act take no target away from a pod that runs', async () => {
    await start('d', []);
    const watched = watchTargets();
    await scaled(5);
    await world.kubectl('set', 'env', '-n', NAMESPACE, 'deployment/web', 'VERSION=2');
    await settled(world, { namespace: NAMESPACE, replicas: 5, is: ({ version }) => version === '2' });
    await scaled(2);
    expect(await watched.stop()).toEqual([]);
    for (const name of ['c', 'd']) expect((await mutating(name)).length).toBeGreaterThan(0);
  });

  /** Looks, until stopped, for a target that is taken from a ready pod which nobody has deleted. */
  function watchTargets(): { stop: () => Promise<string[]> } {
    let running = true;
    const wrong = new Set<string>();
    const serving = async (): Promise<string[]> =>
      (await podsOf(world, NAMESPACE)).filter(({ ready, leaving }) => ready && !leaving).map(({ ip }) => ip);
    const registered = new Set<string>();
    const look = async (): Promise<void> => {
      const before = await serving();
      const targets = [...(await groupsIn(world, NAMESPACE)).values()].flat();
      const after = new Set(await serving());
      for (const ip of before.filter((one) => after.has(one))) {
        const state = targets.find(({ id }) => id === ip)?.state;
        if (state === 'healthy') registered.add(ip);
        else if (registered.has(ip)) wrong.add(`${ip} ${state ?? 'gone'}`);
      }
      for (const ip of registered) if (!after.has(ip)) registered.delete(ip);
    };
    const loop = (async () => {
      while (running) {
        await look();
        await realClock.sleep(100);
      }
    })();
    return {
      stop: async () => {
        running = false;
        await loop;
        return [...wrong];
      },
    };
  }
});
