import { expect, test } from 'vitest';
import { Cluster } from '../../src/cluster/cluster.ts';
import type { Ingress } from '../../src/cluster/objects.ts';
import { keyOf } from '../../src/cluster/objects.ts';
import { type Kind, PROJECTIONS } from '../../src/cluster/project.ts';
import type { ClusterChange } from '../../src/cluster/reflector.ts';
import { type Keys, routeChange } from '../../src/cluster/routes.ts';
import type { KubeObject } from '../../src/kube/api.ts';
import {
  rawClass,
  rawEndpoint,
  rawIngress,
  rawLoadBalancer,
  rawNamespace,
  rawNode,
  rawParams,
  rawPod,
  rawService,
  rawSlice,
  rawTargetGroup,
} from './raw.ts';

const GROUP = 'alb.ingress.kubernetes.io/group.name';
const NOTHING: Keys = { loadBalancers: [], targets: [], pods: [], namespaces: [] };

/** As the model would say it, for Ingresses with and without a group. */
const stackOf = (ingress: Ingress): string =>
  ingress.annotations[GROUP] === undefined ? `ingress/${keyOf(ingress)}` : `group/${ingress.annotations[GROUP]}`;

/** Puts raw objects in, and says which keys the last one touched. */
function world() {
  const cluster = new Cluster();
  const change = (kind: Kind, raw: KubeObject, how: 'put' | 'remove' = 'put'): Keys => {
    const store = cluster.stores[kind] as { put: (o: unknown) => object[]; remove: (o: unknown) => object[] };
    const [changed] = store[how](PROJECTIONS[kind](raw));
    return changed === undefined
      ? NOTHING
      : routeChange({ kind, initial: false, ...changed } as ClusterChange, { cluster, stackOf });
  };
  return { cluster, change };
}

function shop() {
  const made = world();
  made.change('ingress', rawIngress());
  made.change('targetGroup', rawTargetGroup('tg-ip'));
  made.change(
    'targetGroup',
    rawTargetGroup('tg-node', { spec: { targetType: 'instance', service: { name: 'front', port: { number: 80 } } } }),
  );
  made.change('loadBalancer', rawLoadBalancer());
  made.change('endpointSlice', rawSlice());
  return made;
}

test('an Ingress: its stack, and the one it leaves', () => {
  const { change } = world();
  expect(change('ingress', rawIngress())).toMatchObject({ loadBalancers: ['ingress/shop/web'], targets: [] });
  const grouped = rawIngress('web', { metadata: { annotations: { [GROUP]: 'all' } } });
  expect(change('ingress', grouped).loadBalancers).toEqual(['ingress/shop/web', 'group/all']);
  expect(change('ingress', grouped)).toEqual(NOTHING);
  expect(change('ingress', grouped, 'remove').loadBalancers).toEqual(['group/all']);
});

test('a Service: the stacks that refer to it, also from an action, and its TargetGroup objects', () => {
  const { change } = shop();
  const action = { type: 'forward', forwardConfig: { targetGroups: [{ serviceName: 'promo', servicePort: 80 }] } };
  change(
    'ingress',
    rawIngress('acts', {
      metadata: { annotations: { 'alb.ingress.kubernetes.io/actions.promo': JSON.stringify(action) } },
    }),
  );
  expect(change('service', rawService('cart'))).toMatchObject({
    loadBalancers: ['ingress/shop/web', 'ingress/shop/acts'],
    targets: ['shop/tg-ip'],
  });
  expect(change('service', rawService('promo'))).toMatchObject({ loadBalancers: ['ingress/shop/acts'], targets: [] });
  expect(change('service', rawService('unrelated'))).toEqual({ ...NOTHING, namespaces: ['shop'] });
});

test('an EndpointSlice: the TargetGroup objects of its Service', () => {
  const { change } = shop();
  expect(change('endpointSlice', rawSlice('cart-x7k2p', [rawEndpoint(1), rawEndpoint(2)]))).toMatchObject({
    loadBalancers: [],
    targets: ['shop/tg-ip'],
  });
  expect(change('endpointSlice', rawSlice('cart-x7k2p', []), 'remove').targets).toEqual(['shop/tg-ip']);
});

test('a Node: groups of instances always; groups of pods where its place in the network changes and they have pods on it', () => {
  const { change } = shop();
  expect(change('node', rawNode('node-1')).targets).toEqual(['shop/tg-ip', 'shop/tg-node']);
  expect(change('node', rawNode('node-1', { spec: { unschedulable: true } })).targets).toEqual(['shop/tg-node']);
  expect(change('node', rawNode('node-1', { status: { images: [] }, spec: { unschedulable: true } }))).toEqual(NOTHING);
  expect(change('node', rawNode('node-2')).targets).toEqual(['shop/tg-node']);
  expect(change('node', rawNode('node-1'), 'remove').targets).toEqual(['shop/tg-ip', 'shop/tg-node']);
});

test('a class and its parameters: the stacks of their Ingresses, and of those without a class', () => {
  const { change } = shop();
  change('ingress', rawIngress('plain', { spec: { ingressClassName: undefined } }));
  change('ingress', rawIngress('other', { spec: { ingressClassName: 'nginx' } }));
  const parameters = { apiGroup: 'elbv2.k8s.aws', kind: 'IngressClassParams', name: 'params' };
  const both = { ...NOTHING, loadBalancers: ['ingress/shop/web', 'ingress/shop/plain'] };
  expect(change('ingressClass', rawClass('alb', { spec: { parameters } }))).toEqual(both);
  expect(change('ingressClassParams', rawParams())).toEqual(both);
  expect(change('ingressClassParams', rawParams('others'))).toEqual(NOTHING);
});

test('a TargetGroup object: itself and its stack when it is changed or gone; the stack when its first target is healthy, and at every one that it waits for', () => {
  const { change } = shop();
  const healthy = (n: number): KubeObject => rawTargetGroup('tg-ip', { status: { healthy: n, registered: 3 } });
  expect(change('targetGroup', healthy(0))).toEqual(NOTHING);
  expect(change('targetGroup', healthy(1))).toMatchObject({ loadBalancers: ['ingress/shop/web'], targets: [] });
  expect(change('targetGroup', healthy(2))).toEqual(NOTHING);
  const conditions = [{ type: 'Ready', status: 'False', reason: 'Held', message: '' }];
  change('loadBalancer', rawLoadBalancer('ingress/shop/web', { conditions }));
  expect(change('targetGroup', healthy(3)).loadBalancers).toEqual(['ingress/shop/web']);
  change('loadBalancer', rawLoadBalancer());
  expect(change('targetGroup', healthy(2))).toEqual(NOTHING);
  const edited = rawTargetGroup('tg-ip', { spec: { arn: 'arn:other' }, status: { healthy: 2, registered: 3 } });
  expect(change('targetGroup', edited)).toMatchObject({ loadBalancers: ['ingress/shop/web'], targets: ['shop/tg-ip'] });
  expect(change('targetGroup', edited, 'remove')).toMatchObject({
    loadBalancers: ['ingress/shop/web'],
    targets: ['shop/tg-ip'],
  });
});

test('a ledger: its stack when it is gone, edited or emptied, and not when we write its status', () => {
  const { change } = shop();
  expect(change('loadBalancer', rawLoadBalancer('ingress/shop/web', { appliedHash: 'h2' }))).toEqual(NOTHING);
  expect(change('loadBalancer', rawLoadBalancer('ingress/shop/web', {})).loadBalancers).toEqual(['ingress/shop/web']);
  expect(change('loadBalancer', rawLoadBalancer('ingress/shop/web', {}), 'remove').loadBalancers).toEqual([
    'ingress/shop/web',
  ]);
});

test('a Namespace: the stacks of its Ingresses when its labels change', () => {
  const { change } = shop();
  change('namespace', rawNamespace());
  expect(change('namespace', rawNamespace('shop', { team: 'a' })).loadBalancers).toEqual(['ingress/shop/web']);
  expect(change('namespace', rawNamespace('elsewhere', { team: 'a' }))).toEqual({
    ...NOTHING,
    namespaces: ['elsewhere'],
  });
});

test('a Pod: the TargetGroup objects of the Services that select it or selected it, and the pod itself', () => {
  const { change } = shop();
  change('service', rawService('cart'));
  change('service', rawService('front'));
  const both = { targets: ['shop/tg-ip'], pods: ['shop/cart-1'] };
  expect(change('pod', rawPod('cart-1'))).toEqual({ ...NOTHING, ...both });
  expect(change('pod', rawPod('cart-1', { metadata: { annotations: { 'podwire.dev/drain': 'off' } } }))).toEqual({
    ...NOTHING,
    pods: ['shop/cart-1'],
  });
  const moved = change('pod', rawPod('cart-1', { metadata: { labels: { app: 'front' } } }));
  expect(moved.targets).toEqual(['shop/tg-ip', 'shop/tg-node']);
  expect(change('pod', rawPod('cart-1', { metadata: { labels: { app: 'other' } } })).targets).toEqual(['shop/tg-node']);
  expect(change('pod', rawPod('cart-1'), 'remove').targets).toEqual([]);
});

test('drain lines: a namespace where a selector, a budget or a label changes', () => {
  const { change } = shop();
  expect(change('service', rawService('cart')).namespaces).toEqual(['shop']);
  expect(change('service', rawService('cart', { ports: [] })).namespaces).toEqual([]);
  expect(change('service', rawService('cart', { selector: { app: 'new' } })).namespaces).toEqual(['shop']);
  expect(change('targetGroup', rawTargetGroup('tg-ip', { status: { healthy: 1 } })).namespaces).toEqual([]);
  const learned = rawTargetGroup('tg-ip', { status: { startSeconds: { ready: 3, healthy: 5 } } });
  expect(change('targetGroup', learned).namespaces).toEqual(['shop']);
  expect(change('targetGroup', rawTargetGroup('tg-ip', { spec: { vpcId: 'vpc-2' } })).namespaces).toEqual(['shop']);
});

test('closed gates: what may open them is a change of a Service, an Ingress, a target group or its binding', () => {
  const { change } = shop();
  change('service', rawService('cart'));
  const opened = [{ type: 'podwire.dev/target-ready', status: 'True', reason: 'TargetHealthy', message: '' }];
  change('pod', rawPod('cart-1'));
  change('pod', rawPod('cart-2', { status: { conditions: opened } }));
  change('pod', rawPod('cart-3', { spec: { readinessGates: [] } }));
  const closed = ['shop/cart-1'];
  expect(change('service', rawService('cart', { selector: { app: 'new' } })).pods).toEqual(closed);
  expect(change('service', rawService('cart', { selector: { app: 'new' }, ports: [] })).pods).toEqual([]);
  expect(change('ingress', rawIngress('second')).pods).toEqual(closed);
  expect(change('targetGroup', rawTargetGroup('tg-ip', { status: { healthy: 1 } })).pods).toEqual([]);
  expect(change('targetGroup', rawTargetGroup('tg-ip'), 'remove').pods).toEqual(closed);
});
