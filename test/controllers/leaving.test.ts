import { describe, expect, test } from 'vitest';
import type { Endpoint, Pod } from '../../src/cluster/objects.ts';
import type { Controls } from '../../src/settings/controls.ts';
import { DRAIN_BUDGET } from '../model/drain/samples.ts';
import { deleted, webPod } from '../model/pods.ts';
import { service, slice } from '../model/samples.ts';
import {
  at,
  addTargetGroup,
  createTargetsWorld,
  KEY,
  leaving,
  pod,
  pods,
  rulesOf,
  type TargetsWorld,
} from './targets-world.ts';

/** Behind an ALB with a sleep of 45 s: the last one goes 22 s after its deletion, SIGTERM comes after 45. */
const SECOND = 1_000;
const START = { ready: 5, healthy: 10 };

const podAt = (n: number, more: Partial<Pod> = {}): Pod => webPod(n, { addresses: [`10.0.1.${n}`], ...more });

/** A group of healthy pods whose drain budget is known. */
async function serving(ns: number[], options: { hold?: number; controls?: Controls } = {}): Promise<TargetsWorld> {
  const world = await createTargetsWorld({ spec: { drain: { ...DRAIN_BUDGET, hold: options.hold ?? 0 } } });
  if (options.controls) world.controls = options.controls;
  world.restart();
  world.podsSynced = true;
  world.pods = ns.map((n) => podAt(n));
  // Long enough for every load balancer node to know them.
  await world.put(pods(...ns), 40 * SECOND);
  learn(world, START);
  world.resetCalls();
  return world;
}

function learn(world: TargetsWorld, startSeconds: { ready: number; healthy: number }): void {
  world.objects.set(KEY, { ...world.object, status: { ...world.object.status, startSeconds } });
}

/** Deletes pods now. Their endpoints follow a second later. */
async function remove(world: TargetsWorld, ns: number[], graceSeconds = 75): Promise<void> {
  const now = world.clock.now() + world.serverAheadMs;
  world.pods = world.pods.map((one) => (ns.includes(numberOf(one)) ? deleted(one, now, graceSeconds) : one));
  await world.changed(SECOND);
  await world.put(endpointsOf(world));
}

const numberOf = ({ name }: Pod): number => Number(name.split('-')[1]);
const endpointsOf = ({ pods: all }: TargetsWorld): Endpoint[] =>
  all.map((one) => (one.deleting ? leaving(numberOf(one)) : pod(numberOf(one))));

/** Seconds until the target is deregistered, at most a hundred. */
async function untilGone(world: TargetsWorld, n: number): Promise<number> {
  const begun = world.clock.monotonic();
  const gone = (): boolean => !world.registered.includes(at(n)[0] ?? '');
  const ms = await world.clock.runUntil(gone, 100 * SECOND).catch(() => Number.POSITIVE_INFINITY);
  return Math.round((begun + ms) / SECOND) - Math.round(begun / SECOND);
}

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

describe('deregistration in trouble', () => {
  const fail = (action: string, more: object = {}) => ({ action, code: 'InternalFailure', httpStatus: 500, ...more });
  const attempts = (world: TargetsWorld): number => world.calls.filter((one) => one === 'DeregisterTargets').length;

  test('is tried again after 0.5, 1, 2 and 4 s and no less often, and a missed deadline is told', async () => {
    const world = await serving([1, 2, 3]);
    world.aws.configure({ faults: [fail('DeregisterTargets')] });
    await remove(world, [3]);
    await world.clock.advance(23 * SECOND);
    expect(attempts(world)).toBeGreaterThanOrEqual(8);
    expect(world.told).toEqual([]);
    expect(world.condition('TargetsRegistered')).toBe('False DeregisterTargetsFailed');
    await world.clock.advance(8 * SECOND);
    expect(world.told.map((one) => one.split(':')[0])).toEqual(['Pod web-3 DrainDeadlineMissed']);
    world.aws.configure({ faults: [] });
    await world.clock.advance(4.1 * SECOND);
    expect(world.registered).toEqual(at(1, 2));
  });

  test('is not frozen by a registration or a look that hangs', async () => {
    const world = await serving([1, 2, 3]);
    world.aws.configure({ latencyMs: 60_000 });
    world.pods.push(podAt(4));
    await world.put(pods(1, 2, 3, 4), 100); // the registration of 4 is on its way
    world.aws.configure({ latencyMs: 0 });
    await remove(world, [3]);
    expect(world.registered).toEqual(at(1, 2));
  });

  test('without an answer about health keeps the last two until the last deadline, and no longer', async () => {
    const world = await serving([1, 2]);
    world.aws.configure({ faults: [fail('DescribeTargetHealth')] });
    await remove(world, [2]);
    await world.clock.advance(10 * SECOND);
    expect(world.registered).toEqual(at(1, 2));
    expect(await untilGone(world, 2)).toBe(22 - 11);
  });

  test('without an answer about health is not put off until SIGTERM by another pod that is late', async () => {
    const world = await serving([1, 2]);
    world.aws.configure({ faults: [fail('DescribeTargetHealth')] });
    world.pods.push(podAt(3, { ready: false, containersReady: false }));
    await remove(world, [2]);
    expect(await untilGone(world, 2)).toBe(21);
  });

  test.each(['after', 'half'] as const)('that took effect in part (%s) harms nobody', async (when) => {
    const world = await serving([1, 2, 3, 4, 5]);
    world.aws.configure({ faults: [{ ...fail('DeregisterTargets'), when, next: 1 }] });
    await remove(world, [3, 4, 5]);
    await world.clock.advance(2 * SECOND);
    expect(world.registered).toEqual(at(1, 2));
  });

  test('is asked for in the order of SIGTERM, over all groups', async () => {
    const world = await serving([1, 2, 3]);
    await addTargetGroup(world, { name: 'api', service: 'api', spec: { drain: DRAIN_BUDGET } });
    world.services.set('api', service({ name: 'api', selector: { app: 'api' } }));
    world.slices.push(slice(pods(50, 51, 52), { name: 'api-x', service: 'api' }));
    await world.changed(20 * SECOND);
    const order: string[] = [];
    world.aws.onChange(({ kind }) => kind === 'targets' && order.push(`${world.registered.length}`));
    world.aws.configure({ faults: [{ action: 'DeregisterTargets', code: 'Throttling', next: 4 }] });
    const now = world.clock.now();
    const hurried = podAt(52, { preStops: [{ container: 'app', kind: 'sleep', seconds: 30 }] });
    world.pods = [podAt(1), podAt(2), deleted(podAt(3), now), podAt(50), podAt(51), deleted(hurried, now)];
    await world.changed(10 * SECOND);
    expect(order).toEqual(['3', '2']);
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

describe('the brake', () => {
  const unready = (n: number): Endpoint => pod(n, { ready: false, serving: false });
  const fail = async (world: TargetsWorld, ...ns: number[]): Promise<void> => {
    const failing = (one: Pod): Pod => ({ ...one, ready: false, containersReady: false });
    world.pods = world.pods.map((one) => (ns.includes(numberOf(one)) ? failing(one) : one));
    await world.put(world.pods.map((one) => (one.containersReady ? pod(numberOf(one)) : unready(numberOf(one)))));
  };
  const recover = async (world: TargetsWorld): Promise<void> => {
    world.pods = world.pods.map((one) => ({ ...one, ready: true, containersReady: true }));
    await world.put(
      world.pods.map((one) => pod(numberOf(one))),
      20 * SECOND,
    );
  };

  test('lets half of what ran go in one window, however often it comes back, and tells when it holds', async () => {
    const world = await serving([1, 2, 3, 4]);
    await fail(world, 1, 2);
    await world.clock.advance(SECOND);
    expect(world.registered).toEqual(at(3, 4));
    await recover(world);
    await fail(world, 3, 4);
    await world.clock.advance(10 * SECOND);
    expect(world.registered).toEqual(at(1, 2, 3, 4));
    expect(world.condition('DeregistrationHeld')).toBe('True Brake');
    expect(world.told[0]).toMatch(/^Service web Held: target group web: 2 targets kept/);
    await recover(world);
    expect(world.condition('DeregistrationHeld')).toBe('False NothingHeld');
  });

  test('is released by time, down to one healthy target', async () => {
    const world = await serving([1, 2, 3, 4]);
    await fail(world, 2, 3, 4);
    await world.clock.advance(890 * SECOND);
    expect(world.registered).toEqual(at(1, 2, 3, 4));
    await world.clock.advance(60 * SECOND);
    expect(world.registered).toEqual(at(1));
  });

  test('is released by hand until a time in the future; another one is told, not acted on', async () => {
    const world = await serving([1, 2, 3, 4]);
    await fail(world, 2, 3, 4);
    const annotate = async (text: string): Promise<void> => {
      world.services.set('web', service({ annotations: { 'podwire.dev/release-brake': text } }));
      await world.changed(SECOND);
    };
    await annotate('soon');
    await annotate('2020-01-01T00:00:00Z');
    expect(world.registered).toEqual(at(1, 2, 3, 4));
    expect([...new Set(world.told.filter((one) => one.includes('NotActedOn')))]).toEqual([
      'Service web NotActedOn: podwire.dev/release-brake: wanted an RFC 3339 time, given "soon"',
      'Service web NotActedOn: podwire.dev/release-brake: wanted a time in the future, given "2020-01-01T00:00:00Z"',
    ]);
    await annotate(new Date(world.clock.now() + 60 * SECOND).toISOString());
    expect(world.registered).toEqual(at(1));
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
