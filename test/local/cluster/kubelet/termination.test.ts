import { beforeEach, describe, expect, test } from 'vitest';
import type { Container, PodSpec } from '../../../../src/local/cluster/objects.ts';
import { timestampAt } from '../../../../src/local/cluster/timestamp.ts';
import { container, openWorld, type World } from './world.ts';

let world: World;
beforeEach(async () => {
  world = await openWorld();
  return async () => {
    await world.kubelet.close();
    expect(world.errors).toEqual([]);
  };
});

const ADDRESS = '10.0.1.40';
const IGNORING = { env: [{ name: 'ON_SIGTERM', value: 'ignore' }] };
const sleeping = (seconds: number): Partial<Container> => ({ lifecycle: { preStop: { sleep: { seconds } } } });
const executing = (command: string): Partial<Container> => ({
  lifecycle: { preStop: { exec: { command: ['sh', '-c', command] } } },
});
const served = (port = 8080) => world.runtime.answer(ADDRESS, port);

/** Deletes the pod and answers with the milliseconds until it does not serve any more. */
async function servesFor(spec: Partial<PodSpec>, graceSeconds?: number): Promise<number> {
  await world.create('one', spec);
  await world.delete('one', graceSeconds);
  return world.clock.runUntil(() => served() !== 'ok', 300_000);
}

const about = (seconds: number): [number, number] => [seconds * 1_000 - 50, seconds * 1_000 + 50];
function expectAbout(ms: number, seconds: number): void {
  const [least, most] = about(seconds);
  expect(ms).toBeGreaterThanOrEqual(least);
  expect(ms).toBeLessThanOrEqual(most);
}

describe('hooks', () => {
  test('a deleted pod serves and stays ready through its preStop sleep, then stops, then is gone', async () => {
    await world.create('one', { containers: [container(sleeping(5))] });
    await world.delete();
    await world.clock.advance(4_900);
    expect([await world.answers(), await world.condition('Ready')]).toEqual(['ok', 'True']);
    await world.clock.advance(200);
    expect(await world.pod()).toBeUndefined();
    expect(served()).toBe('refused');
  });

  test.each([
    ['native sleep', sleeping(5), 5],
    ['a command that sleeps', executing('sleep 5'), 5],
    ['a command that does something before it sleeps', executing('nginx -s quit; sleep 2.5'), 2.5],
    ['any other command', executing('/bin/drain --now'), 0],
    [
      'a GET that is refused',
      { lifecycle: { preStop: { httpGet: { path: '/quit', port: 9999 } } } } as Partial<Container>,
      0,
    ],
    [
      'a connection, which no kubelet runs',
      { lifecycle: { preStop: { tcpSocket: { port: 8080 } } } } as Partial<Container>,
      0,
    ],
    ['none', {}, 0],
  ])('SIGTERM comes after a hook of this kind: %s', async (_, more, seconds) => {
    expectAbout(await servesFor({ containers: [container(more)] }), seconds);
  });

  test('containers of a pod have their own hooks, all beginning at once', async () => {
    const second = container({ name: 'second', ports: [{ containerPort: 9090 }], ...sleeping(2) });
    await world.create('one', { containers: [container(sleeping(6)), second] });
    await world.delete();
    await world.clock.advance(1_900);
    expect([served(), served(9090)]).toEqual(['ok', 'ok']);
    await world.clock.advance(200);
    expect([served(), served(9090)]).toEqual(['ok', 'refused']);
    await world.clock.advance(4_000);
    expect(served()).toBe('refused');
  });
});

describe('grace', () => {
  test('an app that ignores SIGTERM is killed when the grace period is over, hook included', async () => {
    const spec = { terminationGracePeriodSeconds: 20, containers: [container({ ...IGNORING, ...sleeping(8) })] };
    expectAbout(await servesFor(spec), 20);
  });

  test('a hook as long as the grace period leaves the app two seconds', async () => {
    const containers = [container({ ...IGNORING, ...executing('sleep 60') })];
    expectAbout(await servesFor({ terminationGracePeriodSeconds: 10, containers }), 12);
  });

  test('the hook is cut at the end of the grace period', async () => {
    expectAbout(
      await servesFor({ terminationGracePeriodSeconds: 10, containers: [container(executing('sleep 60'))] }),
      10,
    );
  });

  test('a deletion chooses less than the pod has, and more than nothing', async () => {
    expectAbout(await servesFor({ containers: [container(sleeping(20))] }, 5), 5);
  });

  test('a second deletion with less grace starts the hook again with the shorter time', async () => {
    await world.create('one', { terminationGracePeriodSeconds: 60, containers: [container(sleeping(50))] });
    await world.delete();
    await world.clock.advance(3_000);
    const first = Date.parse((await world.pod())?.metadata.deletionTimestamp ?? '') - 60_000;
    await world.delete('one', 5);
    const { deletionTimestamp, deletionGracePeriodSeconds } = (await world.pod())?.metadata ?? {};
    expect([deletionTimestamp, deletionGracePeriodSeconds]).toEqual([timestampAt(first + 5_000), 5]);
    expectAbout(await world.clock.runUntil(() => served() !== 'ok', 60_000), 5);
  });

  test('a second deletion with less grace runs the hook once more when it was over already', async () => {
    const containers = [container({ ...IGNORING, ...sleeping(2) })];
    await world.create('one', { terminationGracePeriodSeconds: 60, containers });
    await world.delete();
    await world.clock.advance(10_000);
    await world.delete('one', 8);
    expectAbout(await world.clock.runUntil(() => served() !== 'ok', 60_000), 8);
  });

  test('a second deletion with more grace changes nothing', async () => {
    await world.create('one', { containers: [container(sleeping(20))] });
    await world.delete('one', 5);
    await world.clock.advance(3_000);
    await world.delete('one', 25);
    expectAbout(await world.clock.runUntil(() => served() !== 'ok', 60_000), 2);
  });

  test('a pod removed by force has no object any more and runs on through hook and grace', async () => {
    await world.create('one', { containers: [container(sleeping(5))] });
    await world.delete('one', 0);
    expect(await world.pod()).toBeUndefined();
    expectAbout(await world.clock.runUntil(() => served() !== 'ok', 60_000), 5);
    await world.create('two', { nodeSelector: { 'kubernetes.io/hostname': world.nodes[0]?.name ?? '' } });
    expect((await world.pod('two'))?.status?.podIP).not.toBe(ADDRESS);
  });
});

describe('sidecars', () => {
  const sidecar = (name: string, port: number, more: Partial<Container> = {}): Container =>
    container({ name, ports: [{ containerPort: port }], restartPolicy: 'Always', ...more });

  test('outlive the main containers and end in the opposite order', async () => {
    const initContainers = [sidecar('first', 9090), sidecar('second', 9091, IGNORING)];
    const spec = { terminationGracePeriodSeconds: 10, containers: [container(sleeping(3))], initContainers };
    await world.create('one', spec);
    await world.delete();
    await world.clock.advance(2_900);
    expect([served(), served(9090), served(9091)]).toEqual(['ok', 'ok', 'ok']);
    await world.clock.advance(200);
    expect([served(), served(9090), served(9091)]).toEqual(['refused', 'ok', 'ok']);
    await world.clock.advance(7_000); // the second one is killed at 10 s, then it is the first one's turn
    expect(await world.pod()).toBeUndefined();
    expect([served(9090), served(9091)]).toEqual(['refused', 'refused']);
  });

  test('run their hooks with the others', async () => {
    const initContainers = [sidecar('side', 9090, sleeping(3))];
    await world.create('one', { containers: [container(sleeping(3))], initContainers });
    await world.delete();
    await world.clock.advance(3_100);
    expect([served(9090), await world.pod()]).toEqual(['refused', undefined]);
  });

  test('count into Ready, and are told among the init containers', async () => {
    const probe = { readinessProbe: { httpGet: { path: '/ready', port: 9999 } } };
    await world.create('one', { containers: [container()], initContainers: [sidecar('side', 9090, probe)] });
    const { status } = (await world.pod()) ?? {};
    expect(status?.initContainerStatuses).toMatchObject([{ name: 'side', ready: false }]);
    expect(status?.containerStatuses).toMatchObject([{ name: 'web', ready: true }]);
    expect(await world.condition('Ready')).toBe('False ContainersNotReady');
  });
});

test('a container that is being started when its pod goes is never served', async () => {
  const env = [{ name: 'START_DELAY_MS', value: '3000' }];
  await world.create('one', { containers: [container({ env })] });
  await world.delete();
  await world.clock.advance(4_000);
  expect([served(), await world.pod()]).toEqual(['refused', undefined]);
});

test('what it does can be watched', async () => {
  const state = async () => (await world.kubelet.pods()).map(({ name, state: is }) => `${name} ${is}`);
  await world.create('one', { containers: [container({ ...IGNORING, ...sleeping(5) })] });
  expect(await state()).toEqual(['one serving']);
  await world.delete();
  expect(await state()).toEqual(['one sleeping']);
  await world.clock.advance(6_000);
  expect(await state()).toEqual(['one stopping']);
  await world.clock.advance(30_000);
  expect(await state()).toEqual([]);
});
