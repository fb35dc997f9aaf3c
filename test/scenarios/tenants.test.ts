import { expect, test } from 'vitest';
import { ingress, service, slice } from './manifests.ts';
import { CERTIFICATE, ingressClass, openWorld, type World } from './world.ts';

const NAMESPACES = ['shop', 'stranger'];

/** Two namespaces, each with a Service, and a class whose group is for one of them. */
async function open(namespaceSelector?: object): Promise<World> {
  const world = await openWorld();
  const params = { apiGroup: 'elbv2.k8s.aws', kind: 'IngressClassParams', name: 'front' };
  const spec = { group: { name: 'front' }, ...(namespaceSelector && { namespaceSelector }) };
  await world.apply({
    apiVersion: 'elbv2.k8s.aws/v1beta1',
    kind: 'IngressClassParams',
    metadata: { name: 'front' },
    spec,
  });
  await world.apply(ingressClass('front', 'podwire.dev/alb', { parameters: params }));
  for (const [index, name] of NAMESPACES.entries()) {
    await world.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels: { team: name } } });
    await world.apply(service({ name: 'web', namespace: name }));
    await world.apply(slice({ service: 'web', namespace: name, addresses: [`10.0.${index + 1}.1`] }));
  }
  await world.start();
  return world;
}

const member = (namespace: string, annotations = {}) => {
  const rules = [{ host: 'www.example.com', path: '/', service: 'web' }];
  return ingress({ name: 'www', namespace, class: 'front', annotations, rules });
};

/** Addresses that requests to the load balancer may reach. */
const reached = ({ aws }: World): string[] =>
  [...aws.state.targetGroups.values()].flatMap(({ targets }) => [...targets.values()].map(({ id }) => id)).toSorted();

test('S2: a namespace that the class does not select joins no group, and cannot go before its rules', async () => {
  const world = await open({ matchLabels: { team: 'shop' } });
  await world.apply(member('shop'), member('stranger', { 'group.order': '-1000' }));
  await world.advance(60_000);
  expect(reached(world)).toEqual(['10.0.1.1']);
  expect((await world.events('www', 'stranger')).join('\n')).toMatch(
    /NamespaceNotAllowed: .*wanted a namespace that matches/,
  );
});

test('S2: control: without a selector it is one of the group', async () => {
  const world = await open();
  await world.apply(member('shop'), member('stranger', { 'group.order': '-1000' }));
  await world.advance(60_000);
  expect(reached(world)).toEqual(['10.0.1.1', '10.0.2.1']);
});

test('S17: where nobody says more, a load balancer is internal, and HTTPS is TLS 1.2 at least', async () => {
  const world = await open();
  const annotations = { 'listen-ports': '[{"HTTPS": 443}]', 'certificate-arn': CERTIFICATE };
  await world.apply(ingress({ name: 'shop', annotations, rules: [{ service: 'web' }] }));
  await world.advance(60_000);
  const { loadBalancers, listeners } = world.aws.state;
  expect([...loadBalancers.values()].map(({ scheme }) => scheme)).toEqual(['internal']);
  expect([...listeners.values()].map(({ sslPolicy }) => sslPolicy)).toEqual([
    'ELBSecurityPolicy-TLS13-1-2-Res-2021-06',
  ]);
});
