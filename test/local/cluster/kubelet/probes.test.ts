import { beforeEach, expect, test } from 'vitest';
import type { Container } from '../../../../src/local/cluster/objects.ts';
import { container, openWorld, probed, type World } from './world.ts';

let world: World;
beforeEach(async () => {
  world = await openWorld();
  return async () => {
    await world.kubelet.close();
    expect(world.errors).toEqual([]);
  };
});

const annotate = (annotations: Record<string, string>) => world.patch('one', { metadata: { annotations } });
const status = async () => (await world.pod())?.status?.containerStatuses?.[0];
const liveness = (more: object = {}): Partial<Container> => ({
  livenessProbe: { httpGet: { path: '/live', port: 8080 }, periodSeconds: 5, failureThreshold: 2, ...more },
});
const LIVE = 'local.podwire.dev/live';
const WEDGED = 'local.podwire.dev/wedged';

test('a container whose liveness probe fails gets its hook, then SIGTERM, then starts again', async () => {
  await world.create('one', {
    containers: [container({ ...liveness(), lifecycle: { preStop: { sleep: { seconds: 20 } } } })],
  });
  await annotate({ [LIVE]: 'false' });
  await world.clock.advance(10_000); // two probes failed, the hook runs
  expect([await world.answers(), (await status())?.restartCount]).toEqual(['ok', 0]);
  await world.clock.advance(18_000);
  expect([await world.answers(), (await status())?.restartCount]).toEqual(['ok', 0]);
  await annotate({ [LIVE]: 'true' });
  await world.clock.advance(3_000);
  expect(await status()).toMatchObject({ restartCount: 1, ready: true });
});

test('terminationGracePeriodSeconds of the probe caps the hook', async () => {
  const lifecycle = { preStop: { sleep: { seconds: 20 } } };
  await world.create('one', {
    containers: [container({ ...liveness({ terminationGracePeriodSeconds: 3 }), lifecycle })],
  });
  await annotate({ [LIVE]: 'false' });
  await world.clock.advance(10_000);
  await annotate({ [LIVE]: 'true' });
  await world.clock.advance(4_000);
  expect(await status()).toMatchObject({ restartCount: 1, ready: true });
});

test('an app that is wedged answers nothing and is killed with the grace of the probe', async () => {
  const env = [{ name: 'ON_SIGTERM', value: 'ignore' }];
  const containers = [container({ ...probed, ...liveness({ terminationGracePeriodSeconds: 4 }), env })];
  await world.create('one', { containers });
  await annotate({ [WEDGED]: 'true' });
  await world.clock.advance(17_000);
  expect(await world.condition('Ready')).toBe('False ContainersNotReady');
  expect((await status())?.restartCount).toBe(1);
});

test('a pod that is deleted ends with its own grace, whatever the probe has begun', async () => {
  const lifecycle = { preStop: { sleep: { seconds: 4 } } };
  await world.create('one', { containers: [container({ ...liveness(), lifecycle })] });
  await annotate({ [LIVE]: 'false' });
  await world.clock.advance(12_000);
  await world.delete();
  await world.clock.advance(3_800);
  expect(await world.answers()).toBe('ok');
  await world.clock.advance(400);
  expect(await world.pod()).toBeUndefined();
});

test('a pod that is deleted is not probed for life any more, but for readiness', async () => {
  const lifecycle = { preStop: { sleep: { seconds: 40 } } };
  const containers = [container({ ...probed, ...liveness(), lifecycle })];
  await world.create('one', { terminationGracePeriodSeconds: 60, containers });
  await world.delete();
  await annotate({ [LIVE]: 'false', 'local.podwire.dev/ready': 'false' });
  await world.clock.advance(30_000);
  expect([(await status())?.restartCount, await world.answers()]).toEqual([0, 'ok']);
  expect(await world.condition('Ready')).toBe('False ContainersNotReady');
});

test('until the startup probe has succeeded nothing else is probed and the pod is not ready', async () => {
  const startupProbe = { httpGet: { path: '/', port: 8080 }, periodSeconds: 2, failureThreshold: 10 };
  const env = [{ name: 'START_DELAY_MS', value: '9000' }];
  await world.create('one', {
    containers: [container({ startupProbe, env, ...liveness({ periodSeconds: 1, failureThreshold: 1 }) })],
  });
  await world.clock.advance(8_000);
  expect(await status()).toMatchObject({ started: false, ready: false, restartCount: 0 });
  await world.clock.advance(4_000);
  expect(await status()).toMatchObject({ started: true, ready: true, restartCount: 0 });
});

test('a startup probe that never succeeds has the container started again', async () => {
  const startupProbe = { httpGet: { path: '/', port: 8080 }, periodSeconds: 2, failureThreshold: 3 };
  const env = [{ name: 'START_DELAY_MS', value: '60000' }];
  await world.create('one', { containers: [container({ startupProbe, env })] });
  await world.clock.advance(6_000);
  expect(await status()).toMatchObject({ started: false, restartCount: 1 });
});

test('with restartPolicy Never a container that fails its liveness probe ends the pod', async () => {
  await world.create('one', { restartPolicy: 'Never', containers: [container({ ...liveness() })] });
  await annotate({ [LIVE]: 'false' });
  await world.clock.advance(11_000);
  expect((await world.pod())?.status?.phase).toBe('Succeeded');
});
