import { expect, test } from 'vitest';
import type { KubeApi } from '../../src/kube/api.ts';
import { Lease } from '../../src/kube/lease.ts';
import { RESOURCES } from '../../src/kube/resources.ts';
import { deployment, ingress, service } from './manifests.ts';
import { openWorld, type World } from './world.ts';

const TIMES = { durationMs: 10_000, renewDeadlineMs: 7_000, retryMs: 2_000 };
const KEY = { namespace: 'kube-system', name: 'podwire' };

const leaseOf = (world: World, identity: string, kube: KubeApi = world.kube): Lease =>
  new Lease({ kube, clock: world.clock, key: KEY, identity, times: TIMES });

const registered = (world: World): number =>
  [...world.aws.state.targetGroups.values()]
    .flatMap(({ targets }) => [...targets.values()])
    .filter(({ state }) => state !== 'draining').length;

/** Three pods behind an Ingress, the operator with this lease. */
async function served(lease: (world: World) => Lease): Promise<World> {
  const world = await openWorld({ workloads: true });
  await world.apply(deployment({ name: 'web', replicas: 3 }), service({ name: 'web' }));
  await world.apply(ingress({ name: 'shop', rules: [{ service: 'web' }] }));
  world.lease = lease(world);
  await world.start();
  await world.clock.runUntil(() => registered(world) === 3, 120_000);
  return world;
}

const scale = (world: World, replicas: number): Promise<unknown> =>
  world.patch({ ...RESOURCES.pod, group: 'apps', version: 'v1', kind: 'Deployment', plural: 'deployments' }, 'web', {
    namespace: 'shop',
    body: { spec: { replicas } },
  });

const hanging = { now: false };

/** A lease whose calls hang for as long as it is wanted. */
function hangingLease(world: World): Lease {
  const { kube } = world;
  const through = <T>(call: () => Promise<T>): Promise<T> => (hanging.now ? new Promise(() => undefined) : call());
  return leaseOf(world, 'a', {
    ...kube,
    get: (...given) => through(() => kube.get(...given)),
    patch: (...given) => through(() => kube.patch(...given)),
  });
}

test.each([
  ['come', 5],
  ['go', 1],
])(
  'a leader that cannot renew changes nothing after the deadline when pods %s, and goes on where it stopped',
  async (_what, replicas) => {
    const world = await served(hangingLease);
    hanging.now = true;
    await world.advance(8_000);
    const [calls, writes] = [world.life.mutating.length, world.life.writes.length];
    await scale(world, replicas);
    await world.advance(60_000);
    expect(world.life.mutating.slice(calls)).toEqual([]);
    expect(world.life.writes.slice(writes)).toEqual([]);
    expect(registered(world)).toBe(3);
    hanging.now = false;
    await world.clock.runUntil(() => registered(world) === replicas, 60_000);
    expect(world.errors).toEqual([]);
  },
);

test('control: the same without a lease registers at once', async () => {
  const world = await openWorld({ workloads: true });
  await world.apply(deployment({ name: 'web', replicas: 3 }), service({ name: 'web' }));
  await world.apply(ingress({ name: 'shop', rules: [{ service: 'web' }] }));
  await world.start();
  await world.clock.runUntil(() => registered(world) === 3, 120_000);
  await scale(world, 5);
  await world.clock.runUntil(() => registered(world) === 5, 30_000);
});

test('a replica that waits has its stores full, makes no call and says nothing; on taking over it does all that is due', async () => {
  const world = await openWorld({ workloads: true });
  const other = leaseOf(world, 'other');
  other.campaign();
  await world.advance(10);
  await world.apply(deployment({ name: 'web', replicas: 3 }), service({ name: 'web' }));
  await world.apply(ingress({ name: 'shop', rules: [{ service: 'web' }] }));
  await world.apply(ingress({ name: 'odd', annotations: { 'podwire.dev/nothing': 'x' }, rules: [{ service: 'web' }] }));
  world.lease = leaseOf(world, 'a');
  await world.start();
  await world.advance(60_000);
  expect(world.operator?.unsynced()).toEqual([]);
  expect(world.life.calls).toEqual([]);
  expect(world.life.writes).toEqual([]);
  expect(await world.events('odd')).toEqual([]);
  await other.release({ free: true });
  await world.clock.runUntil(() => registered(world) === 6, 120_000);
  expect(await world.events('odd')).not.toEqual([]);
});

test('told to stop, it gives the lease away after its last step', async () => {
  const world = await served((world) => leaseOf(world, 'a'));
  const stopping = world.operator?.stop();
  await world.advance(5_000);
  expect(await stopping).toEqual([]);
  const { spec } = (await world.kube.get(RESOURCES.lease, KEY)) as unknown as { spec: { holderIdentity?: string } };
  expect(spec.holderIdentity).toBeUndefined();
});

const DEAD = { holderIdentity: 'node-7_0b1c', leaseDurationSeconds: 15, leaseTransitions: 3 };
const RECORDS: Record<string, object> = {
  'of an hour ago': { ...DEAD, acquireTime: '2025-12-31T22:00:00.000000Z', renewTime: '2025-12-31T23:00:00.000000Z' },
  'by a clock a year ahead': {
    ...DEAD,
    acquireTime: '2027-01-01T00:00:00.000000Z',
    renewTime: '2027-01-01T00:00:00.000000Z',
  },
  'without a time or a duration': { holderIdentity: 'x'.repeat(1_000) },
  'after as many hand-overs as can be counted': { ...DEAD, leaseTransitions: 2_147_483_647 },
};

test.each(Object.entries(RECORDS))(
  'bad input: a lease that a dead process holds, written %s, is waited out once and then taken; nothing is done before',
  async (_, spec) => {
    const world = await openWorld({ workloads: true });
    await world.kube.create(RESOURCES.lease, { metadata: KEY, spec });
    await world.apply(deployment({ name: 'web', replicas: 3 }), service({ name: 'web' }));
    await world.apply(ingress({ name: 'shop', rules: [{ service: 'web' }] }));
    world.lease = leaseOf(world, 'a');
    await world.start();
    await world.advance(9_000);
    expect([world.life.calls, world.life.writes]).toEqual([[], []]);
    await world.clock.runUntil(() => registered(world) === 3, 60_000);
    const taken = (await world.kube.get(RESOURCES.lease, KEY)) as unknown as {
      spec: { holderIdentity?: string; leaseTransitions: number };
    };
    expect(taken.spec.holderIdentity).toBe('a');
    expect(taken.spec.leaseTransitions).toBeLessThan(2 ** 31);
    expect(world.errors).toEqual([]);
  },
);
