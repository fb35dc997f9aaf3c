import { beforeEach, expect, test } from 'vitest';
import { KINDS, type Pod } from '../../../../src/local/cluster/objects.ts';
import { node, openWorld, type World } from './world.ts';

let world: World;
beforeEach(async () => {
  world = await openWorld();
  await world.create(KINDS.node, node('node-a', 'zone-a'));
  return async () => {
    await world.controllers.close();
    expect(world.errors).toEqual([]);
  };
});

const service = (spec: object = {}) => ({
  metadata: { name: 'web', namespace: 'default', labels: { team: 'shop' } },
  spec: { selector: { app: 'web' }, ports: [{ name: 'http', port: 80, targetPort: 'http' }], ...spec },
});

/** A pod on a node, with addresses and as ready as is said. */
async function addPod(name: string, options: { ips: string[]; ready?: boolean; port?: number }): Promise<Pod> {
  const ports = [{ name: 'http', containerPort: options.port ?? 8080 }];
  const spec = { nodeName: 'node-a', containers: [{ name: 'web', image: 'web', ports }] };
  const metadata = { name, namespace: 'default', labels: { app: 'web' } };
  const pod = (await world.create(KINDS.pod, { metadata, spec })) as Pod;
  const [podIP] = options.ips;
  await world.setReady(pod, options.ready ?? true, { podIP, podIPs: options.ips.map((ip) => ({ ip })) });
  return pod;
}

const endpoints = async () => (await world.slices()).flatMap((slice) => slice.endpoints ?? []);
const states = async () =>
  Object.fromEntries((await endpoints()).map(({ addresses, conditions }) => [addresses[0], conditions]));

test('an endpoint says where its pod is and whether it can be used', async () => {
  await world.create(KINDS.service, service());
  const pod = await addPod('one', { ips: ['10.0.1.40'] });
  await world.settle();
  const [slice] = await world.slices();
  expect(slice).toMatchObject({
    addressType: 'IPv4',
    ports: [{ name: 'http', port: 8080, protocol: 'TCP' }],
    endpoints: [
      {
        addresses: ['10.0.1.40'],
        conditions: { ready: true, serving: true, terminating: false },
        nodeName: 'node-a',
        zone: 'zone-a',
        targetRef: { kind: 'Pod', name: 'one', namespace: 'default', uid: pod.metadata.uid },
      },
    ],
  });
  expect(slice?.metadata.labels).toMatchObject({
    'kubernetes.io/service-name': 'web',
    'endpointslice.kubernetes.io/managed-by': 'endpointslice-controller.k8s.io',
    team: 'shop',
  });
});

test('ready, then not ready, then ready and terminating, then only terminating, then gone', async () => {
  await world.create(KINDS.service, service());
  const pod = await addPod('one', { ips: ['10.0.1.40'], ready: false });
  const seen: unknown[] = [];
  const look = async () => {
    await world.settle();
    seen.push((await states())['10.0.1.40']);
  };
  const ips = { podIP: '10.0.1.40', podIPs: [{ ip: '10.0.1.40' }] };
  await look();
  await world.setReady(pod, true, ips);
  await look();
  await world.api.delete(KINDS.pod, { namespace: 'default', name: 'one' });
  await look();
  await world.setReady(pod, false, ips);
  await look();
  await world.removeDeleted();
  await look();
  expect(seen).toEqual([
    { ready: false, serving: false, terminating: false },
    { ready: true, serving: true, terminating: false },
    { ready: false, serving: true, terminating: true },
    { ready: false, serving: false, terminating: true },
    undefined,
  ]);
});

test('publishNotReadyAddresses makes all of them ready', async () => {
  await world.create(KINDS.service, service({ publishNotReadyAddresses: true }));
  await addPod('one', { ips: ['10.0.1.40'], ready: false });
  await world.settle();
  expect(await states()).toEqual({ '10.0.1.40': { ready: true, serving: false, terminating: false } });
});

test('pods that give one port name different numbers are in different slices', async () => {
  await world.create(KINDS.service, service());
  await addPod('one', { ips: ['10.0.1.40'] });
  await addPod('two', { ips: ['10.0.1.41'], port: 9090 });
  await world.settle();
  const found = (await world.slices()).map(({ ports, endpoints: of }) => [
    ports?.[0]?.port,
    of?.map(({ addresses }) => addresses[0]),
  ]);
  expect(found.toSorted()).toEqual([
    [8080, ['10.0.1.40']],
    [9090, ['10.0.1.41']],
  ]);
});

test('a dual-stack Service has a slice for each family', async () => {
  await world.create(KINDS.service, service({ ipFamilyPolicy: 'RequireDualStack', ipFamilies: ['IPv4', 'IPv6'] }));
  await addPod('one', { ips: ['10.0.1.40', 'fd00:10::a00:128'] });
  await world.settle();
  const found = (await world.slices()).map(({ addressType, endpoints: of }) => [addressType, of?.[0]?.addresses[0]]);
  expect(found.toSorted()).toEqual([
    ['IPv4', '10.0.1.40'],
    ['IPv6', 'fd00:10::a00:128'],
  ]);
});

test('what cannot be an endpoint is none: no address yet, no such node, another app', async () => {
  await world.create(KINDS.service, service());
  await addPod('one', { ips: ['10.0.1.40'] });
  const containers = [{ name: 'web', image: 'web' }];
  const labels = { app: 'web' };
  await world.create(KINDS.pod, {
    metadata: { name: 'no-address', namespace: 'default', labels },
    spec: { containers },
  });
  const elsewhere = await addPod('elsewhere', { ips: ['10.0.1.41'] });
  await world.edit(KINDS.pod, elsewhere.metadata.name, { metadata: { labels: { app: 'other' } } });
  await world.settle();
  expect(Object.keys(await states())).toEqual(['10.0.1.40']);
});

test('a slice holds a hundred, and those that stay do not move', async () => {
  await world.create(KINDS.service, service());
  for (let index = 0; index < 150; index++) await addPod(`pod-${index}`, { ips: [`10.0.1.${index}`] });
  await world.settle();
  const sizes = async () => (await world.slices()).map((slice) => slice.endpoints?.length);
  expect((await sizes()).toSorted()).toEqual([100, 50]);
  const before = new Map((await world.slices()).map((slice) => [slice.metadata.name, slice]));
  await world.api.delete(KINDS.pod, { namespace: 'default', name: 'pod-3', graceSeconds: 0 });
  await world.settle();
  const changed = (await world.slices()).filter(
    ({ metadata }) => before.get(metadata.name)?.metadata.resourceVersion !== metadata.resourceVersion,
  );
  expect(changed).toHaveLength(1);
  expect(await endpoints()).toHaveLength(149);
});

test('a Service without pods has one empty slice, and none when it is gone', async () => {
  await world.create(KINDS.service, service());
  await world.settle();
  expect((await world.slices()).map(({ endpoints: of }) => of ?? [])).toEqual([[]]);
  await world.api.delete(KINDS.service, { namespace: 'default', name: 'web' });
  await world.settle();
  expect(await world.slices()).toEqual([]);
});
