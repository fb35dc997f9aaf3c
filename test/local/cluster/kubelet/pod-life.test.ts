import { beforeEach, expect, test } from 'vitest';
import { container, openWorld, probed, type World } from './world.ts';

let world: World;
beforeEach(async () => {
  world = await openWorld();
  return async () => {
    await world.kubelet.close();
    expect(world.errors).toEqual([]);
  };
});

test('a pod gets a node, an address of the node and runs', async () => {
  await world.create('one');
  const { spec, status } = (await world.pod()) ?? {};
  const node = world.nodes.find(({ name }) => name === spec?.nodeName);
  expect(status).toMatchObject({
    phase: 'Running',
    podIP: '10.0.1.40',
    podIPs: [{ ip: '10.0.1.40' }],
    hostIP: node?.address,
  });
  expect(status?.containerStatuses).toMatchObject([
    { name: 'web', ready: true, restartCount: 0, state: { running: {} } },
  ]);
  expect(
    await Promise.all(['PodScheduled', 'Initialized', 'ContainersReady', 'Ready'].map((type) => world.condition(type))),
  ).toEqual(['True', 'True', 'True', 'True']);
  expect(await world.answers()).toBe('ok');
});

test('pods spread over the nodes, and none has the address of another', async () => {
  for (let index = 0; index < 9; index++) await world.create(`pod-${index}`);
  const pods = await Promise.all(Array.from({ length: 9 }, (_, index) => world.pod(`pod-${index}`)));
  const perNode = world.nodes.map(({ name }) => pods.filter((pod) => pod?.spec.nodeName === name).length);
  expect(perNode).toEqual([3, 3, 3]);
  expect(new Set(pods.map((pod) => pod?.status?.podIP)).size).toBe(9);
});

test('a pod asks for a node by its labels; without one that fits it waits', async () => {
  await world.create('one', { nodeSelector: { 'topology.kubernetes.io/zone': 'eu-central-1b' } });
  await world.create('two', { nodeSelector: { 'topology.kubernetes.io/zone': 'elsewhere' } });
  expect((await world.pod('one'))?.status?.podIP).toBe('10.0.2.40');
  expect((await world.pod('two'))?.spec.nodeName).toBeUndefined();
});

test('a readiness probe that fails keeps the pod unready, and one that passes makes it ready', async () => {
  await world.create('one', { containers: [container(probed)] }, { 'local.podwire.dev/ready': 'false' });
  await world.clock.advance(60_000);
  expect(await world.condition('Ready')).toBe('False ContainersNotReady');
  await world.patch('one', { metadata: { annotations: { 'local.podwire.dev/ready': 'true' } } });
  await world.clock.advance(5_000);
  expect(await world.condition('Ready')).toBe('True');
});

test('a ready pod becomes unready after failureThreshold periods, not before', async () => {
  await world.create('one', { containers: [container(probed)] });
  expect(await world.condition('Ready')).toBe('True');
  await world.patch('one', { metadata: { annotations: { 'local.podwire.dev/ready': 'false' } } });
  await world.clock.advance(9_000);
  expect(await world.condition('Ready')).toBe('True');
  await world.clock.advance(7_000);
  expect(await world.condition('Ready')).toBe('False ContainersNotReady');
});

test('the first probe waits for initialDelaySeconds and for an app that starts slowly', async () => {
  const probe = { readinessProbe: { ...probed.readinessProbe, initialDelaySeconds: 10 } };
  await world.create('one', {
    containers: [container({ ...probe, env: [{ name: 'START_DELAY_MS', value: '15000' }] })],
  });
  await world.clock.advance(14_000);
  expect(await world.answers()).toBe('refused');
  await world.clock.advance(3_000);
  expect(await world.condition('Ready')).toBe('True');
});

test('a readiness gate holds the pod back until somebody else says True', async () => {
  await world.create('one', { readinessGates: [{ conditionType: 'example.dev/gate' }] });
  expect(await world.condition('ContainersReady')).toBe('True');
  expect(await world.condition('Ready')).toBe('False ReadinessGatesNotReady');
  const gate = async (status: string) => {
    const others = (await world.pod())?.status?.conditions?.filter(({ type }) => type !== 'example.dev/gate') ?? [];
    await world.patch('one', { status: { conditions: [...others, { type: 'example.dev/gate', status }] } }, 'status');
    await world.settle();
  };
  await gate('True');
  expect(await world.condition('Ready')).toBe('True');
  await gate('False');
  expect(await world.condition('Ready')).toBe('False ReadinessGatesNotReady');
  expect(await world.condition('example.dev/gate')).toBe('False');
});

test('a container that crashes starts again at once, and after the second crash waits 10 seconds', async () => {
  const env = [
    { name: 'EXIT_AFTER_MS', value: '3000' },
    { name: 'EXIT_CODE', value: '3' },
  ];
  await world.create('one', { containers: [container({ env })] });
  const status = async () => (await world.pod())?.status?.containerStatuses?.[0];
  await world.clock.advance(3_100);
  expect(await status()).toMatchObject({ ready: true, restartCount: 1, lastState: { terminated: { exitCode: 3 } } });
  await world.clock.advance(3_000);
  expect(await world.condition('Ready')).toBe('False ContainersNotReady');
  expect(await status()).toMatchObject({
    restartCount: 2,
    state: { waiting: { reason: 'CrashLoopBackOff' } },
    lastState: { terminated: { exitCode: 3, reason: 'Error' } },
  });
  await world.clock.advance(9_800);
  expect(await status()).toMatchObject({ state: { waiting: {} } });
  await world.clock.advance(300);
  expect(await status()).toMatchObject({ ready: true, restartCount: 2, state: { running: {} } });
});

test.each([
  ['0', 'Succeeded', 'False PodCompleted'],
  ['1', 'Failed', 'False PodFailed'],
])('with restartPolicy Never, exit code %s is phase %s', async (code, phase, ready) => {
  const env = [
    { name: 'EXIT_AFTER_MS', value: '1000' },
    { name: 'EXIT_CODE', value: code },
  ];
  await world.create('one', { restartPolicy: 'Never', containers: [container({ env })] });
  await world.clock.advance(1_100);
  expect([(await world.pod())?.status?.phase, await world.condition('Ready')]).toEqual([phase, ready]);
});

test('an overlay pod has an address outside the VPC', async () => {
  await world.create('one', {}, { 'local.podwire.dev/address-pool': 'overlay' });
  expect((await world.pod())?.status?.podIP).toBe('100.64.1.10');
  expect(await world.answers()).toBe('ok');
});

test('with IPv6 a pod has an address of each family', async () => {
  await world.kubelet.close();
  world = await openWorld({ ipv6Prefix: 'fd00:10' });
  await world.create('one');
  expect((await world.pod())?.status?.podIPs).toEqual([{ ip: '10.0.1.40' }, { ip: 'fd00:10::a00:128' }]);
});

test('a node tells who it is', async () => {
  const [node] = await world.api.list({ group: '', version: 'v1', kind: 'Node', plural: 'nodes', namespaced: false });
  expect(node).toMatchObject({
    metadata: { labels: { 'topology.kubernetes.io/zone': 'eu-central-1a' } },
    spec: { providerID: `aws:///eu-central-1a/${world.nodes[0]?.instanceId}` },
    status: {
      addresses: [{ type: 'InternalIP', address: '10.0.1.10' }, {}],
      conditions: [{ type: 'Ready', status: 'True' }],
    },
  });
  expect(node?.spec).not.toHaveProperty('taints');
});
