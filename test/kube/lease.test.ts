import { describe, expect, test } from 'vitest';
import { NotLeader } from '../../src/errors.ts';
import type { KubeApi } from '../../src/kube/api.ts';
import { fencedKube } from '../../src/kube/fence.ts';
import { Lease, type LeaseOptions } from '../../src/kube/lease.ts';
import { RESOURCES } from '../../src/kube/resources.ts';
import { createCluster } from '../../src/local/cluster/api/cluster.ts';
import { localKubeApi } from '../../src/local/cluster/api/kube-api.ts';
import type { Clock } from '../../src/runtime/clock.ts';
import { VirtualClock } from '../../src/runtime/virtual-clock.ts';

const KEY = { namespace: 'kube-system', name: 'podwire' };
const TIMES = { durationMs: 10_000, renewDeadlineMs: 7_000, retryMs: 2_000 };

type Replica = { lease: Lease; changes: [number, boolean][]; lost: string[]; troubles: string[] };
type ReplicaOptions = Partial<Pick<LeaseOptions, 'clock' | 'kube' | 'times'>>;

async function world() {
  const clock = new VirtualClock();
  const kube = localKubeApi(createCluster({ clock }));
  const replica = (identity: string, options: ReplicaOptions = {}): Replica => {
    const changes: [number, boolean][] = [];
    const lost: string[] = [];
    const troubles: string[] = [];
    const onTrouble = (error: Error): void => void troubles.push(error.message);
    const lease = new Lease({ kube, clock, key: KEY, identity, times: TIMES, onTrouble, ...options });
    lease.onChange((leads) => void changes.push([clock.monotonic(), leads]));
    void lease.lost.then((reason) => lost.push(reason));
    lease.campaign();
    return { lease, changes, lost, troubles };
  };
  const spec = async () => (await kube.get(RESOURCES.lease, KEY))?.['spec'] as Record<string, unknown> | undefined;
  return { clock, kube, replica, spec };
}

/** An API whose answers can be cut off: `hung` calls are never answered, and take no effect. */
function cuttable(kube: KubeApi): { kube: KubeApi; state: { mode: 'well' | 'hung' | 'answer lost' } } {
  const state: { mode: 'well' | 'hung' | 'answer lost' } = { mode: 'well' };
  const through = async <T>(call: () => Promise<T>): Promise<T> => {
    if (state.mode === 'hung') return new Promise<never>(() => undefined);
    const answer = await call();
    return state.mode === 'answer lost' ? new Promise<never>(() => undefined) : answer;
  };
  return {
    state,
    kube: {
      ...kube,
      get: (...given) => through(() => kube.get(...given)),
      create: (...given) => through(() => kube.create(...given)),
      patch: (...given) => through(() => kube.patch(...given)),
    },
  };
}

/** A watch that never tells anything. */
const silence: KubeApi['watch'] = async function* (_, { signal }) {
  yield* [];
  await new Promise((resolve) => signal.addEventListener('abort', resolve));
};

/** Whether two of them ever led at once, looking every 50 ms. */
async function watchLeaders(clock: VirtualClock, replicas: Replica[], ms: number): Promise<number> {
  let most = 0;
  for (let passed = 0; passed < ms; passed += 50) {
    await clock.advance(50);
    most = Math.max(most, replicas.filter(({ lease }) => lease.leads()).length);
  }
  return most;
}

describe('the lease', () => {
  test('the first one takes it at once, renews it, and the second one waits', async () => {
    const { clock, replica, spec } = await world();
    const a = replica('a');
    await clock.advance(10);
    const b = replica('b');
    expect(await watchLeaders(clock, [a, b], 60_000)).toBe(1);
    expect(a.changes).toEqual([[0, true]]);
    expect(b.changes).toEqual([]);
    expect(await spec()).toMatchObject({ holderIdentity: 'a', leaseDurationSeconds: 10, leaseTransitions: 0 });
    expect((await spec())?.['renewTime']).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/);
  });

  test('many that begin together agree on one', async () => {
    const { clock, replica } = await world();
    const all = ['a', 'b', 'c', 'd'].map((name) => replica(name));
    expect(await watchLeaders(clock, all, 30_000)).toBe(1);
    expect(all.filter(({ lease }) => lease.leads())).toHaveLength(1);
    expect(all.flatMap(({ lost }) => lost)).toEqual([]);
  });

  test('R8: a released lease is taken at once, by one that hears of it', async () => {
    const { clock, replica, spec } = await world();
    const a = replica('a');
    await clock.advance(10);
    const b = replica('b');
    await clock.advance(5_000);
    await a.lease.release({ free: true });
    expect(a.lease.leads()).toBe(false);
    expect(await clock.runUntil(() => b.lease.leads(), 60_000)).toBeLessThanOrEqual(100);
    expect(await spec()).toMatchObject({ holderIdentity: 'b', leaseTransitions: 1 });
  });

  test('R8: one that hears nothing takes a released lease within the retry interval', async () => {
    const { clock, kube, replica, spec } = await world();
    const a = replica('a');
    await clock.advance(10);
    const b = replica('b', { kube: { ...kube, watch: silence } });
    await clock.advance(5_000);
    await a.lease.release({ free: true });
    expect(await spec()).toMatchObject({ leaseDurationSeconds: 1 });
    expect((await spec())?.['holderIdentity']).toBeUndefined();
    const ms = await clock.runUntil(() => b.lease.leads(), 60_000);
    expect(ms).toBeGreaterThan(500);
    expect(ms).toBeLessThanOrEqual(2_200);
    expect(await spec()).toMatchObject({ holderIdentity: 'b', leaseTransitions: 1 });
  });

  test('R8: of three that hear of it one leads, and each released lease goes on to the next', async () => {
    const { clock, replica } = await world();
    const all = ['a', 'b', 'c'].map((name) => replica(name));
    await clock.advance(5_000);
    for (let left = 3; left > 1; left -= 1) {
      const leader = all.find(({ lease }) => lease.leads());
      await leader?.lease.release({ free: true });
      expect(await watchLeaders(clock, all, 100)).toBe(1);
    }
    expect(all.flatMap(({ lost }) => lost)).toEqual([]);
  });

  test('a holder whose steps have not ended keeps the others waiting', async () => {
    const { clock, replica } = await world();
    const a = replica('a');
    await clock.advance(10);
    const b = replica('b');
    await clock.advance(5_000);
    await a.lease.release({ free: false });
    expect(a.lease.leads()).toBe(false);
    expect(await clock.runUntil(() => b.lease.leads(), 60_000)).toBeGreaterThan(7_000);
  });

  test('a holder that hangs acts until its renew deadline, and the other one not before the duration', async () => {
    const { clock, kube, replica } = await world();
    const cut = cuttable(kube);
    const a = replica('a', { kube: cut.kube });
    await clock.advance(10);
    const b = replica('b');
    await clock.advance(20_000);
    cut.state.mode = 'hung';
    expect(await watchLeaders(clock, [a, b], 30_000)).toBe(1);
    const ended = a.changes.at(-1) as [number, boolean];
    const [began] = b.changes[0] as [number, boolean];
    expect(ended[1]).toBe(false);
    expect(began - ended[0]).toBeGreaterThanOrEqual(3_000);
    expect(began - 20_010).toBeLessThanOrEqual(12_000);
    expect(a.lost).toEqual([]);
    cut.state.mode = 'well';
    await clock.advance(3_000);
    expect(a.lost).toEqual(['the lease kube-system/podwire is held by b']);
    expect(a.lease.leads()).toBe(false);
  });

  test('a deadline behind the duration would let two of them lead: what the times are there for', async () => {
    const { clock, kube, replica } = await world();
    const cut = cuttable(kube);
    const a = replica('a', { kube: cut.kube, times: { ...TIMES, renewDeadlineMs: 15_000 } });
    await clock.advance(10);
    const b = replica('b');
    await clock.advance(20_000);
    cut.state.mode = 'hung';
    expect(await watchLeaders(clock, [a, b], 30_000)).toBe(2);
  });

  test('with nobody else, the holder goes on once a write proves that nobody held it meanwhile', async () => {
    const { clock, kube, replica } = await world();
    const cut = cuttable(kube);
    const a = replica('a', { kube: cut.kube });
    await clock.advance(1_000);
    cut.state.mode = 'hung';
    await clock.advance(60_000);
    expect(a.lease.leads()).toBe(false);
    expect(a.troubles).toEqual(['no answer about the lease within 1500 ms']);
    cut.state.mode = 'well';
    await clock.advance(2_500);
    expect(a.lease.leads()).toBe(true);
    expect(a.changes.map(([, leads]) => leads)).toEqual([true, false, true]);
    expect(a.lost).toEqual([]);
  });

  test('a renewal whose answer is lost does not count, and does not lose the lease', async () => {
    const { clock, kube, replica } = await world();
    const cut = cuttable(kube);
    const a = replica('a', { kube: cut.kube });
    await clock.advance(1_000);
    cut.state.mode = 'answer lost';
    await clock.advance(3_000);
    cut.state.mode = 'well';
    expect(await watchLeaders(clock, [a], 30_000)).toBe(1);
    expect(a.changes).toEqual([[0, true]]);
    expect(a.lost).toEqual([]);
  });

  test('somebody who only annotates the Lease takes nothing away', async () => {
    const { clock, kube, replica } = await world();
    const a = replica('a');
    await clock.advance(1_000);
    const body = { metadata: { annotations: { note: 'seen' } } };
    await kube.patch(RESOURCES.lease, KEY, { type: 'merge', body });
    await clock.advance(30_000);
    expect(a.changes).toEqual([[0, true]]);
    expect(a.lease.leads()).toBe(true);
  });

  test('a Lease that is deleted ends its holder, and another replica waits as if it were still held', async () => {
    const { clock, kube, replica } = await world();
    const a = replica('a');
    await clock.advance(10);
    const b = replica('b');
    await clock.advance(10_000);
    await kube.delete(RESOURCES.lease, KEY);
    expect(await watchLeaders(clock, [a, b], 30_000)).toBe(1);
    expect(a.lost).toEqual(['the lease kube-system/podwire was taken away']);
    expect(b.lease.leads()).toBe(true);
  });

  test('jumps of the wall clock change nothing', async () => {
    const { clock, replica } = await world();
    const jumping = (): Clock => {
      const jumps = [60_000, -60_000, 3_600_000, 0];
      let at = 0;
      const rest = { sleep: clock.sleep.bind(clock), after: clock.after.bind(clock) };
      const now = (): number => clock.now() + (jumps[at++ % jumps.length] as number);
      return { ...rest, now, monotonic: () => clock.monotonic(), random: () => clock.random() };
    };
    const a = replica('a', { clock: jumping() });
    await clock.advance(10);
    const b = replica('b', { clock: jumping() });
    expect(await watchLeaders(clock, [a, b], 120_000)).toBe(1);
    expect(a.changes).toEqual([[0, true]]);
    expect(b.changes).toEqual([]);
  });

  test('R23: an event loop that stood still may write nothing before the lease was looked at', async () => {
    const { clock, kube, replica } = await world();
    let frozenMs = 0;
    const frozen: Clock = {
      now: () => clock.now(),
      monotonic: () => clock.monotonic() + frozenMs,
      sleep: clock.sleep.bind(clock),
      after: clock.after.bind(clock),
      random: () => clock.random(),
    };
    const a = replica('a', { clock: frozen });
    await clock.advance(5_000);
    const fenced = fencedKube(kube, () => a.lease.check());
    const lines = { metadata: { name: 'lines', namespace: KEY.namespace } };
    await fenced.create(RESOURCES.configMap, lines);
    frozenMs = 15_000; // no timer has run meanwhile
    await expect(fenced.delete(RESOURCES.configMap, lines.metadata)).rejects.toThrow(NotLeader);
    expect(await fenced.get(RESOURCES.configMap, lines.metadata)).toBeDefined();
    await clock.advance(2_500);
    await fenced.delete(RESOURCES.configMap, lines.metadata);
    expect(a.lost).toEqual([]);
  });

  test('an API server that is not there is tried for ever', async () => {
    const { clock, kube, replica } = await world();
    const cut = cuttable(kube);
    cut.state.mode = 'hung';
    const a = replica('a', { kube: cut.kube });
    await clock.advance(3_600_000);
    expect(a.lease.leads()).toBe(false);
    cut.state.mode = 'well';
    await clock.advance(2_500);
    expect(a.lease.leads()).toBe(true);
  });

  test('the duration that is waited for is the one of the record', async () => {
    const { clock, kube, replica } = await world();
    const spec = { holderIdentity: 'other', leaseDurationSeconds: 30, leaseTransitions: 4 };
    await kube.create(RESOURCES.lease, { metadata: KEY, spec });
    const a = replica('a');
    await clock.advance(29_000);
    expect(a.lease.leads()).toBe(false);
    await clock.advance(2_000);
    expect(a.lease.leads()).toBe(true);
  });
});
