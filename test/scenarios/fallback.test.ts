import { describe, expect, test } from 'vitest';
import { RESOURCES } from '../../src/kube/resources.ts';
import { type DeploymentOptions, deployment, ingress, service } from './manifests.ts';
import { healthyInUse, watchTraffic } from './watcher.ts';
import { awsShape } from './shape.ts';
import { openWorld, type World } from './world.ts';

const OVERLAY = { 'local.podwire.dev/address-pool': 'overlay' };
const CAREFUL = { preStopSeconds: 10, graceSeconds: 40, minReadySeconds: 8 };
const ANNOTATIONS = {
  'healthcheck-interval-seconds': '5',
  'healthcheck-timeout-seconds': '2',
  'target-group-attributes': 'deregistration_delay.timeout_seconds=10',
};
const MINUTE_MS = 60_000;
const KIND_DEPLOYMENT = { group: 'apps', version: 'v1', kind: 'Deployment', plural: 'deployments', namespaced: true };

const shop = (annotations: Record<string, string> = {}): object =>
  ingress({ name: 'shop', annotations: { ...ANNOTATIONS, ...annotations }, rules: [{ service: 'web' }] });

const overlay = (more: Partial<DeploymentOptions> = {}): object =>
  deployment({ name: 'web', annotations: OVERLAY, ...CAREFUL, ...more });

async function open(...objects: object[]): Promise<World> {
  const world = await openWorld({ workloads: true });
  await world.apply(...objects);
  await world.start();
  await world.advance(40_000);
  return world;
}

const groups = ({ aws: { state } }: World): string[] =>
  [...state.targetGroups.values()].map(({ targetType, targets }) => {
    const states = [...targets.values()].filter(({ state: is }) => is !== 'draining').map(({ state: is }) => is);
    return `${targetType} ${states.toSorted().join(' ')}`.trim();
  });

const ledger = (world: World): Promise<string[]> => world.conditions(RESOURCES.loadBalancer, 'ingress.shop.shop');

async function ofGroups(world: World): Promise<string> {
  const all = await world.kube.list(RESOURCES.targetGroup, { namespace: 'shop' });
  const said = await Promise.all(
    all.map(({ metadata }) => world.conditions(RESOURCES.targetGroup, metadata.name, 'shop')),
  );
  return said.flat().join('\n');
}

test('pods with addresses nobody routes are served through node ports, and it is said why', async () => {
  const world = await open(service({ name: 'web', type: 'NodePort' }), overlay(), shop());
  expect(groups(world)).toEqual(['instance healthy healthy healthy']);
  const [pod] = world.cluster.store.list('/pods') as { status?: { podIP?: string } }[];
  expect(pod?.status?.podIP).toMatch(/^100\.64\./);
  const said =
    /PodIPNotRoutable: .*100\.64\.\d+\.\d+ is in no subnet of the VPC and in no CIDR that is declared routable/;
  expect((await world.events('shop')).join('\n')).toMatch(said);
  expect((await ledger(world)).join('\n')).toMatch(/PodIPsRoutable=False PodIPNotRoutable: .*100\.64\./);
  expect((await ledger(world)).join('\n')).toMatch(/Ready=True/);
});

test('without node ports it is said what to change, and that change is enough', async () => {
  const world = await open(service({ name: 'web' }), overlay(), shop());
  const said = /Service shop\/web has no node ports to fall back to: set its spec.type to NodePort \(it is ClusterIP\)/;
  expect((await world.events('shop')).join('\n')).toMatch(said);
  expect((await ledger(world)).join('\n')).toMatch(/PodIPsRoutable=False PodIPNotRoutable/);
  expect(await ofGroups(world)).toMatch(/PodIPNotRoutable/);
  expect(healthyInUse(world)).toEqual([]);
  await world.apply(service({ name: 'web', type: 'NodePort' }));
  await world.advance(3 * MINUTE_MS);
  expect(groups(world)).toEqual(['instance healthy healthy healthy']);
  expect(healthyInUse(world)).toHaveLength(3);
});

test('a port name that no pod has is named, and healed by the right one', async () => {
  const port = (targetPort: string) => ({ ports: [{ name: 'http', port: 80, targetPort }] });
  const world = await open(service({ name: 'web', more: port('grpc') }), deployment({ name: 'web' }), shop());
  expect(groups(world)).toEqual(['ip']);
  expect(await ofGroups(world)).toMatch(/Ready=False NoEndpoints: .*grpc/);
  await world.apply(service({ name: 'web', more: port('http') }));
  await world.advance(20_000);
  expect(groups(world)).toEqual(['ip healthy healthy']);
});

describe('target-fallback: never', () => {
  const NEVER = { 'podwire.dev/target-fallback': 'never' };
  const nodePorts = (annotations: Record<string, string> = {}) => {
    const made = service({ name: 'web', type: 'NodePort' }) as { metadata: object };
    return { ...made, metadata: { ...made.metadata, annotations } };
  };
  const byClass = {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'IngressClass',
    metadata: { name: 'podwire', annotations: NEVER },
    spec: { controller: 'podwire.dev/alb' },
  };

  test.each([
    ['an Ingress', [nodePorts(), overlay(), shop(NEVER)]],
    ['a Service', [nodePorts(NEVER), overlay(), shop()]],
    ['a class', [byClass, nodePorts(), overlay(), shop()]],
  ])('on %s: nothing is served, and it is said what and why', async (_, objects) => {
    const world = await open(...objects);
    expect(groups(world)).toEqual(['ip']);
    const said = /FallbackOff: .*100\.64\.\d+\.\d+ is in no subnet.*target-fallback is never.*none of the 2 endpoints/;
    expect((await world.events('shop')).join('\n')).toMatch(said);
    expect((await ledger(world)).join('\n')).toMatch(/PodIPsRoutable=False FallbackOff: backend shop\/web:80: /);
    expect(await ofGroups(world)).toMatch(/PodIPsRoutable=False PodIPNotRoutable: 2 UnroutableAddress/);
  });

  test('taken away, nodes take their place at once', async () => {
    const world = await open(nodePorts(), overlay(), shop(NEVER));
    await world.annotate('shop', { 'podwire.dev/target-fallback': null });
    await world.advance(20_000);
    expect(groups(world)).toEqual(['instance healthy healthy healthy']);
    expect((await ledger(world)).join('\n')).toMatch(/PodIPsRoutable=False PodIPNotRoutable/);
  });

  test('of one Ingress is no matter of another one', async () => {
    const other = ingress({ name: 'other', annotations: ANNOTATIONS, rules: [{ service: 'web' }] });
    const world = await open(nodePorts(), overlay(), shop(NEVER), other);
    expect(groups(world).toSorted()).toEqual(['instance healthy healthy healthy', 'ip']);
    expect((await world.events('shop')).join('\n')).toMatch(/FallbackOff/);
    expect((await world.events('other')).join('\n')).not.toMatch(/FallbackOff/);
    expect((await world.events('other')).join('\n')).toMatch(/PodIPNotRoutable/);
  });
});

test('target type instance that a user asked for is not told as a fallback', async () => {
  const world = await open(service({ name: 'web', type: 'NodePort' }), overlay(), shop({ 'target-type': 'instance' }));
  expect(groups(world)).toEqual(['instance healthy healthy healthy']);
  expect((await world.events('shop')).join('\n')).not.toMatch(/NotRoutable/);
  expect((await ledger(world)).join('\n')).toMatch(/PodIPsRoutable=True/);
});

test('in a mixed group the routable pods are served and the others are named', async () => {
  const world = await open(
    service({ name: 'web', type: 'NodePort' }),
    deployment({ name: 'routed', app: 'web', replicas: 2 }),
    deployment({ name: 'hidden', app: 'web', replicas: 1, annotations: OVERLAY }),
    shop(),
  );
  expect(groups(world)).toEqual(['ip healthy healthy']);
  expect((await world.events('shop')).join('\n')).toMatch(/PartlyRoutable: .*100\.64\./);
  expect(await ofGroups(world)).toMatch(/PodIPsRoutable=False PartlyRoutable: .*100\.64\./);
});

test('pods of an IPv6 Service are IPv6 targets of a dualstack load balancer', async () => {
  const world = await openWorld({ workloads: true, aws: { ipv6: true }, nodes: { ipv6Prefix: '2001:db8:1234:1a00' } });
  await world.apply(service({ name: 'web', more: { ipFamilies: ['IPv6'], ipFamilyPolicy: 'SingleStack' } }));
  await world.apply(deployment({ name: 'web' }), shop());
  await world.start();
  await world.advance(40_000);
  expect((await world.events('shop')).join('\n')).toMatch(
    /wanted dualstack, since Service shop\/web has IPv6 addresses; given ipv4/,
  );
  expect(groups(world)).toEqual([]);
  await world.apply(shop({ 'ip-address-type': 'dualstack' }));
  await world.advance(40_000);
  expect(groups(world)).toEqual(['ip healthy healthy']);
  expect(healthyInUse(world).map(({ address }) => address.slice(0, 18))).toEqual([
    '2001:db8:1234:1a00',
    '2001:db8:1234:1a00',
  ]);
});

describe('a change of the pods\u2019 network', () => {
  test('back to the pods after ten minutes of routable addresses, with no moment without a healthy target', async () => {
    const world = await open(service({ name: 'web', type: 'NodePort' }), overlay(), shop());
    const { seen, stop } = watchTraffic(world);
    await world.apply(deployment({ name: 'web', ...CAREFUL }));
    await world.advance(5 * MINUTE_MS);
    expect(groups(world)).toEqual(['instance healthy healthy healthy']);
    await world.advance(10 * MINUTE_MS);
    stop();
    expect(groups(world)).toEqual(['ip healthy healthy']);
    expect(seen).toMatchObject({ empty: [], lost: [] });
    expect(awsShape(world).filter((line) => line.startsWith('target-group'))).toHaveLength(1);
    expect(await ofGroups(world)).toMatch(/PodIPsRoutable=True/);
  });

  test('away from the pods only after a minute without any routable address', async () => {
    const world = await open(
      service({ name: 'web', type: 'NodePort' }),
      deployment({ name: 'web', ...CAREFUL }),
      shop(),
    );
    expect(groups(world)).toEqual(['ip healthy healthy']);
    await world.apply(overlay());
    await world.clock.runUntil(() => groups(world).some((line) => line.startsWith('instance')), 5 * MINUTE_MS);
    await world.advance(MINUTE_MS);
    expect(groups(world)).toEqual(['instance healthy healthy healthy']);
    expect(healthyInUse(world)).toHaveLength(3);
  });

  test('a short time of routable addresses changes nothing', async () => {
    const world = await open(service({ name: 'web', type: 'NodePort' }), overlay(), shop());
    await world.apply(deployment({ name: 'web', ...CAREFUL }));
    await world.advance(4 * MINUTE_MS);
    await world.apply(overlay());
    await world.advance(20 * MINUTE_MS);
    expect(groups(world)).toEqual(['instance healthy healthy healthy']);
  });

  test('the type that was chosen outlives a restart', async () => {
    const world = await open(service({ name: 'web', type: 'NodePort' }), overlay(), shop());
    const before = awsShape(world);
    await world.restart();
    await world.advance(5 * MINUTE_MS);
    expect(awsShape(world)).toEqual(before);
    expect(world.life.calls).toEqual([]);
  });
});

test('target type instance that a user asked for costs no call after a restart', async () => {
  const world = await open(
    service({ name: 'web', type: 'NodePort' }),
    deployment({ name: 'web', ...CAREFUL }),
    shop({ 'target-type': 'instance' }),
  );
  await world.advance(2 * MINUTE_MS);
  expect(groups(world)).toEqual([expect.stringMatching(/^instance healthy/)]);
  await world.restart();
  await world.advance(5 * MINUTE_MS);
  expect(world.life.calls).toEqual([]);
});

test('a Service that is made anew begins anew: its pods are reached at once, whatever its namesake fell back to', async () => {
  const world = await open(service({ name: 'web', type: 'NodePort' }), overlay(), shop());
  expect(groups(world)).toEqual([expect.stringMatching(/^instance healthy/)]);
  await world.delete(RESOURCES.ingress, 'shop', 'shop');
  await world.delete(RESOURCES.service, 'web', 'shop');
  await world.kube.delete(KIND_DEPLOYMENT, { namespace: 'shop', name: 'web' });
  await world.advance(2 * MINUTE_MS);
  await world.apply(service({ name: 'web', type: 'NodePort' }), deployment({ name: 'web', ...CAREFUL }));
  await world.advance(MINUTE_MS);
  await world.apply(shop());
  await world.advance(MINUTE_MS);
  expect(groups(world)).toEqual([expect.stringMatching(/^ip healthy/)]);
});
