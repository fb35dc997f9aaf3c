import { expect, test } from 'vitest';
import { webhookConfiguration } from '../../src/admission/webhook.ts';
import { GATE } from '../../src/api/pod.ts';
import { RELEASE_RIGHTS } from '../../src/kube/rights.ts';
import { RESOURCES } from '../../src/kube/resources.ts';
import { type ReleaseOptions, releaseCluster } from '../../src/release/release.ts';
import { restrictedKube } from '../scenarios/rights.ts';
import { openWorld, type World } from '../scenarios/world.ts';

const NAMESPACE = 'shop';
const INSTALLATION = { namespace: 'podwire-system', serviceAccount: 'podwire' };
const BALANCER = { name: 'ingress.shop.web' };
const LONG_MS = 130_000;

const pod = (name: string, conditionType = GATE): object => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, namespace: NAMESPACE },
  spec: { containers: [{ name: 'web', image: 'web' }], readinessGates: [{ conditionType }] },
});

async function worldWith(...objects: object[]): Promise<World> {
  const world = await openWorld({});
  await world.apply(
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: NAMESPACE } },
    webhookConfiguration(INSTALLATION),
    ...objects,
  );
  return world;
}

/** With the rights of the chart's hook, and what happens meanwhile. */
async function release(world: World, options: Partial<ReleaseOptions> = {}, meanwhile?: () => Promise<void>) {
  const told: string[] = [];
  const kube = restrictedKube(world.kube, RELEASE_RIGHTS, 'podwire-system');
  const flags = { controllerId: '', keepLoadBalancers: false, removeFinalizers: false };
  const releasing = releaseCluster({ kube, clock: world.clock, tell: (line) => told.push(line), ...flags, ...options });
  await world.advance(2_000);
  await meanwhile?.();
  await world.advance(LONG_MS);
  return { released: await releasing, told };
}

const gateOf = async (world: World, name: string): Promise<string | undefined> => {
  const found = await world.kube.get(RESOURCES.pod, { namespace: NAMESPACE, name });
  const { conditions = [] } = (found?.status ?? {}) as { conditions?: { type: string; status: string }[] };
  return conditions.find(({ type }) => type === GATE)?.status;
};

const webhook = (world: World) =>
  world.kube.get(RESOURCES.mutatingWebhookConfiguration, { name: 'pod-drain.podwire.dev' });

test('H19: while a load balancer is managed it is refused, says which, and changes nothing', async () => {
  const world = await worldWith(pod('web-1'));
  await world.kube.create(RESOURCES.loadBalancer, { metadata: BALANCER, spec: { stack: 'ingress/shop/web' } });
  const { released, told } = await release(world);
  expect(released).toBe(false);
  expect(told[0]).toContain(`LoadBalancer ${BALANCER.name}`);
  expect(told.at(-1)).toContain('nothing was changed');
  expect(await webhook(world)).toBeDefined();
  expect(await gateOf(world, 'web-1')).toBeUndefined();
});

test('H13: of another operator of the cluster nothing is named, deleted, opened or let go of', async () => {
  const world = await worldWith(pod('web-1'), pod('blue', `${GATE}-blue`));
  await world.kube.create(RESOURCES.loadBalancer, { metadata: BALANCER, spec: { stack: 'ingress/shop/web' } });
  const finalizers = ['podwire.dev/load-balancer', 'podwire.dev/load-balancer-blue'];
  await world.kube.create(RESOURCES.ingress, {
    metadata: { name: 'web', namespace: NAMESPACE, finalizers },
    spec: { defaultBackend: { service: { name: 'web', port: { number: 80 } } } },
  });
  const told: string[] = [];
  const { kube, clock } = world;
  const flags = { keepLoadBalancers: false, removeFinalizers: false };
  const releasing = async (more: Partial<ReleaseOptions>): Promise<boolean> => {
    const tell = (line: string): void => void told.push(line);
    const done = releaseCluster({ kube, clock, controllerId: 'blue', tell, ...flags, ...more });
    await world.advance(LONG_MS);
    return done;
  };
  expect([await releasing({}), told]).toEqual([true, ['opened 1 gate']]);
  expect(await webhook(world)).toBeDefined();
  expect(await gateOf(world, 'web-1')).toBeUndefined();
  await releasing({ removeFinalizers: true });
  const ingress = await world.kube.get(RESOURCES.ingress, { namespace: NAMESPACE, name: 'web' });
  expect(ingress?.metadata.finalizers).toEqual(['podwire.dev/load-balancer']);
});

test('H19: told to keep them, it ends injection and opens every gate of ours', async () => {
  const world = await worldWith(pod('web-1'), pod('web-2'), pod('other', 'example.com/other'));
  await world.kube.create(RESOURCES.loadBalancer, { metadata: BALANCER, spec: { stack: 'ingress/shop/web' } });
  const { released, told } = await release(world, { keepLoadBalancers: true });
  expect([released, told]).toEqual([
    true,
    ['deleted MutatingWebhookConfiguration pod-drain.podwire.dev', 'opened 2 gates'],
  ]);
  expect(await webhook(world)).toBeUndefined();
  expect([await gateOf(world, 'web-1'), await gateOf(world, 'other')]).toEqual(['True', undefined]);
  expect(await world.kube.get(RESOURCES.loadBalancer, BALANCER)).toBeDefined();
});

test('H19: the gate of a pod that is created in the last moment is opened too', async () => {
  const world = await worldWith(pod('web-1'));
  const { released } = await release(world, {}, () => world.apply(pod('web-2')));
  expect(released).toBe(true);
  expect([await gateOf(world, 'web-1'), await gateOf(world, 'web-2')]).toEqual(['True', 'True']);
});

test('H19: finalizers are taken off when that is asked for, and only ours', async () => {
  const world = await worldWith();
  const finalizers = ['podwire.dev/load-balancer', 'example.com/other'];
  const key = { namespace: NAMESPACE, name: 'web' };
  await world.kube.create(RESOURCES.ingress, {
    metadata: { ...key, finalizers },
    spec: { defaultBackend: { service: { name: 'web', port: { number: 80 } } } },
  });
  const { told } = await release(world, { kube: world.kube, removeFinalizers: true });
  expect(told).toContain('took our finalizer off Ingress shop/web');
  expect((await world.kube.get(RESOURCES.ingress, key))?.metadata.finalizers).toEqual(['example.com/other']);
});

test('what another release did already is no error', async () => {
  const world = await worldWith(pod('web-1'));
  await release(world);
  expect(await release(world)).toEqual({ released: true, told: ['opened 0 gates'] });
});
