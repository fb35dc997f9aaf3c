import { expect, test } from 'vitest';
import { bindingFinalizer } from '../../src/controllers/bindings.ts';
import { RESOURCES } from '../../src/kube/resources.ts';
import { localEc2Api, localElbApi } from '../../src/local/aws/in-memory.ts';
import { binding, CLAIM, PEER as PEER_HOLDS, serviceRef, targetGroup } from './bindings.ts';
import { ingress, service, slice } from './manifests.ts';
import { PEER, Peer } from './peer.ts';
import { ingressClass, openWorld, type World } from './world.ts';

const PODS = ['10.0.1.1', '10.0.2.2'];

/** A shop that the peer serves, in a cluster where Podwire has been installed beside it. */
async function open(): Promise<{ world: World; peer: Peer }> {
  const world = await openWorld();
  await world.apply(ingressClass(PEER.class, 'ingress.k8s.aws/alb'));
  await world.apply(service({ name: 'web' }), slice({ service: 'web', addresses: PODS }));
  await world.apply(ingress({ name: 'shop', class: PEER.class, rules: [{ path: '/', service: 'web' }] }));
  const peer = new Peer({ world, kube: world.kube, elb: localElbApi(world.aws), ec2: localEc2Api(world.aws) });
  peer.start();
  await world.start();
  await world.advance(60_000);
  return { world, peer };
}

const copied = () => ingress({ name: 'shop-podwire', class: 'podwire', rules: [{ path: '/', service: 'web' }] });

/** What is in AWS of the peer, or of Podwire, by name: load balancers, and target groups with the addresses they hold. */
function held(world: World, prefix: 'k8s-' | 'pw-'): string[] {
  const { loadBalancers, targetGroups } = world.aws.state;
  const targets = (one: { targets: ReadonlyMap<string, { id: string; state: string }> }) =>
    [...one.targets.values()].filter(({ state }) => state !== 'draining').map(({ id }) => id);
  const lines = [
    ...[...loadBalancers.values()].map(({ name, arn }) => `${name} ${arn}`),
    ...[...targetGroups.values()].map((one) => `${one.name} ${one.arn} ${targets(one).toSorted().join(' ')}`),
  ];
  return lines.filter((line) => line.startsWith(prefix));
}

const remove = (world: World, name: string): Promise<void> => world.delete(RESOURCES.ingress, name, 'shop');

test('R19: a copy of an Ingress is served beside the original by the same pods, and can be taken back', async () => {
  const { world } = await open();
  const before = held(world, 'k8s-');
  expect(before.join('\n')).toContain(PODS.join(' '));
  await world.apply(copied());
  await world.advance(60_000);
  expect(held(world, 'pw-').join('\n')).toContain(PODS.join(' '));
  expect(held(world, 'k8s-')).toEqual(before);
  await remove(world, 'shop-podwire');
  await world.advance(180_000);
  expect(held(world, 'pw-')).toEqual([]);
  expect(held(world, 'k8s-')).toEqual(before);
});

test('R19: both follow the pods meanwhile, and the original goes without a change to the copy', async () => {
  const { world } = await open();
  await world.apply(copied());
  await world.advance(60_000);
  const after = ['10.0.2.2', '10.0.3.3'];
  await world.apply(slice({ service: 'web', addresses: after }));
  await world.advance(120_000);
  for (const prefix of ['k8s-', 'pw-'] as const) expect(held(world, prefix).join('\n')).toContain(after.join(' '));
  const copy = held(world, 'pw-');
  const calls = world.life.mutating.length;
  await remove(world, 'shop');
  await world.advance(180_000);
  expect(held(world, 'k8s-')).toEqual([]);
  expect(held(world, 'pw-')).toEqual(copy);
  expect(world.life.mutating.length).toBe(calls);
});

test('R19: a TargetGroupBinding is claimed from a peer that has gone, and given back, and no target moves', async () => {
  const { world, peer } = await open();
  const arn = await targetGroup(world, { Name: 'by-hand' });
  await world.apply(binding({ spec: { targetGroupARN: arn, serviceRef }, finalizers: [PEER_HOLDS] }));
  await world.advance(10_000);
  const targets = () =>
    [...(world.aws.state.targetGroups.get(arn)?.targets.values() ?? [])].map(({ id, state }) => `${id} ${state}`);
  const before = targets();
  expect(before).toHaveLength(2);
  peer.stop();
  const claim = (value: string | null) =>
    world.patch(RESOURCES.targetGroupBinding, 'web', {
      namespace: 'shop',
      body: { metadata: { annotations: { [CLAIM]: value } } },
    });
  await claim('true');
  await world.advance(60_000);
  expect((await claim(null)).metadata.finalizers).toContain(bindingFinalizer());
  expect(targets()).toEqual(before);
  await world.advance(60_000);
  const given = await world.kube.get(RESOURCES.targetGroupBinding, { namespace: 'shop', name: 'web' });
  expect(given?.metadata.finalizers).toEqual([PEER_HOLDS]);
  expect(targets()).toEqual(before);
});

test('R19: control: changing the class of the original takes its load balancer down', async () => {
  const { world } = await open();
  await world.apply(ingress({ name: 'shop', class: 'podwire', rules: [{ path: '/', service: 'web' }] }));
  await world.advance(60_000);
  expect(held(world, 'k8s-')).toEqual([]);
});
