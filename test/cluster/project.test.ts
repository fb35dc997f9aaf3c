import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { DrainBudget, TargetGroupSpec } from '../../src/cluster/objects.ts';
import { type Kind, PROJECTIONS } from '../../src/cluster/project.ts';
import { Invalid } from '../../src/errors.ts';
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

const RAW: Record<Kind, () => KubeObject> = {
  ingress: rawIngress,
  ingressClass: rawClass,
  ingressClassParams: rawParams,
  service: rawService,
  pod: rawPod,
  endpointSlice: rawSlice,
  node: rawNode,
  namespace: rawNamespace,
  targetGroup: () => rawTargetGroup('tg', { status: { registered: 3, healthy: 2 } }),
  loadBalancer: rawLoadBalancer,
  targetGroupBinding: () => ({ ...rawTargetGroup('tgb'), spec: { targetGroupARN: 'arn' } }),
};

test('an Ingress keeps its rules, its annotations but the last applied one, and its addresses', () => {
  const status = { loadBalancer: { ingress: [{ hostname: 'a.localhost' }, { ip: '1.2.3.4' }] } };
  expect(PROJECTIONS.ingress(rawIngress('web', { status }))).toEqual({
    uid: 'uid-web',
    namespace: 'shop',
    name: 'web',
    generation: 2,
    created: '2026-11-21T10:00:00Z',
    deleting: false,
    labels: {},
    annotations: { 'alb.ingress.kubernetes.io/scheme': 'internal' },
    finalizers: [],
    className: 'alb',
    rules: [
      {
        host: 'shop.example.com',
        paths: [
          { path: '/cart', pathType: 'Prefix', backend: { service: 'cart', port: { name: 'http' } } },
          { path: '/', pathType: 'Prefix', backend: { service: 'front', port: { number: 80 } } },
        ],
      },
      { host: 'bare.example.com', paths: [] },
    ],
    tls: [{ hosts: ['shop.example.com'], secretName: 'shop-tls' }],
    hostnames: ['a.localhost'],
  });
});

test('a Service: unnamed port, target port by default the port, headless, families', () => {
  const service = PROJECTIONS.service(
    rawService('cart', { clusterIP: 'None', type: undefined, ipFamilies: ['IPv6'], ports: [{ port: 81 }] }),
  );
  expect(service).toMatchObject({
    type: 'ClusterIP',
    headless: true,
    ipFamilies: ['IPv6'],
    externalTrafficPolicy: 'Cluster',
    generation: 0,
  });
  expect(service.ports).toEqual([{ name: '', port: 81, protocol: 'TCP', targetPort: 81 }]);
  expect(PROJECTIONS.service(rawService()).ports[0]).toMatchObject({ targetPort: 'web', nodePort: 31_080 });
});

test('an EndpointSlice: unknown conditions read as the API says, and only Pods have a pod', () => {
  const endpoints = [
    rawEndpoint(1),
    rawEndpoint(2, { conditions: {} }),
    rawEndpoint(3, { conditions: { ready: false }, targetRef: undefined }),
  ];
  const slice = PROJECTIONS.endpointSlice(rawSlice('s', endpoints));
  expect(slice).toMatchObject({ service: 'cart', addressType: 'IPv4', labels: {}, annotations: {} });
  expect(slice.endpoints[0]).toEqual({
    addresses: ['10.244.0.1'],
    ready: true,
    serving: true,
    terminating: false,
    node: 'node-1',
    zone: 'eu-central-1b',
    pod: { uid: 'pod-uid-1', namespace: 'shop', name: 'cart-1' },
  });
  expect(slice.endpoints[1]).toMatchObject({ ready: true, serving: true, terminating: false });
  expect(slice.endpoints[2]).toMatchObject({ ready: false, serving: false });
  expect(slice.endpoints[2]).not.toHaveProperty('pod');
  expect(PROJECTIONS.endpointSlice(rawSlice('s', null, { ports: null }))).toMatchObject({ endpoints: [], ports: [] });
});

test('a Node: readiness, taints and internal addresses; heartbeats change nothing', () => {
  const node = PROJECTIONS.node(rawNode());
  expect(node).toMatchObject({ namespace: '', ready: true, unschedulable: false, addresses: ['10.0.1.4'], taints: [] });
  const conditions = [{ type: 'Ready', status: 'True', lastHeartbeatTime: '2026-11-21T11:00:00Z' }];
  expect(PROJECTIONS.node(rawNode('node-1', { status: { conditions } }))).toEqual(node);
  expect(
    PROJECTIONS.node(rawNode('fresh', { spec: { providerID: undefined }, status: { conditions: undefined } })),
  ).toMatchObject({
    providerID: '',
    ready: false,
  });
});

test('classes: the default one, and parameters', () => {
  const annotations = { 'ingressclass.kubernetes.io/is-default-class': 'true' };
  const parameters = { apiGroup: 'elbv2.k8s.aws', kind: 'IngressClassParams', name: 'params' };
  expect(PROJECTIONS.ingressClass(rawClass('alb', { metadata: { annotations }, spec: { parameters } }))).toMatchObject({
    controller: 'podwire.dev/alb',
    isDefault: true,
    parameters,
  });
  expect(PROJECTIONS.ingressClass(rawClass())).toMatchObject({ isDefault: false });
});

test('a ledger with fields of the wrong type reads as one without them', () => {
  const status = { appliedHash: 'h', members: 'many', conditions: null, resources: { a: 'b' } };
  expect(PROJECTIONS.loadBalancer(rawLoadBalancer('group/shop', status)).status).toEqual({
    appliedHash: 'h',
    resources: { a: 'b' },
  });
  expect(PROJECTIONS.loadBalancer(rawLoadBalancer('group/shop', null)).status).toEqual({});
});

test.each([
  ['endpointSlice', rawSlice('s', 'none'), 'endpoints: wanted a list, given "none"'],
  [
    'endpointSlice',
    rawSlice('s', [rawEndpoint(1, { addresses: [] })]),
    'endpoints[0].addresses: wanted at least one, given none',
  ],
  [
    'endpointSlice',
    rawSlice('s', [], { addressType: 'IPX' }),
    'addressType: wanted one of IPv4, IPv6, FQDN, given "IPX"',
  ],
  ['ingress', rawIngress('web', { spec: { rules: { host: 'x' } } }), 'spec.rules: wanted a list, given {"host":"x"}'],
  [
    'ingress',
    rawIngress('web', { spec: { defaultBackend: {} } }),
    'spec.defaultBackend: wanted a service or a resource, given neither',
  ],
  ['service', rawService('s', { ports: [{ port: '80' }] }), 'spec.ports[0].port: wanted a number, given "80"'],
  ['node', rawNode('n', { spec: { unschedulable: 'yes' } }), 'spec.unschedulable: wanted true or false, given "yes"'],
  ['targetGroup', rawTargetGroup('t', { spec: { arn: undefined } }), 'spec.arn: wanted a string, given nothing'],
  ['namespace', { metadata: { name: 'x' } } as KubeObject, 'metadata.uid: wanted a string, given nothing'],
] as const)('%s: what has the wrong type is named, and never taken for absent', (kind, raw, message) => {
  expect(() => PROJECTIONS[kind](raw)).toThrow(message);
});

test('of a TargetGroup object every field of the spec is kept', () => {
  const spec: Required<TargetGroupSpec> = {
    arn: 'arn',
    loadBalancer: 'lb',
    binding: 'web',
    service: { name: 'web', port: { number: 80 } },
    targetType: 'instance',
    addressFamily: 'IPv6',
    vpcId: 'vpc-1',
    healthCheckPort: 8081,
    unhealthyAfter: 12,
    nodeSelector: { pool: 'web' },
    backendSecurityGroup: 'sg-1',
    loadBalancerType: 'network',
    drain: {
      mode: 'Audit',
      detect: 0.4,
      hold: 'auto',
      controllerGap: 4,
      propagation: 120,
      margin: 8,
      gate: false,
      gateTimeout: 60,
      livenessGrace: 'Off',
      preDrain: true,
    } satisfies Required<DrainBudget>,
  };
  expect(PROJECTIONS.targetGroup(rawTargetGroup('tg', { spec })).spec).toEqual(spec);
});

test('whatever is broken in a raw object, the only thing thrown is Invalid', () => {
  const garbage = fc.oneof(
    fc.constant(null),
    fc.constant(undefined),
    fc.integer(),
    fc.string(),
    fc.constant([]),
    fc.constant({}),
    fc.constant([null]),
    fc.constant([7]),
  );
  fc.assert(
    fc.property(fc.constantFrom(...(Object.keys(RAW) as Kind[])), fc.nat(), garbage, (kind, place, value) => {
      const raw = structuredClone(RAW[kind]());
      const spots = spotsOf(raw);
      const [holder, field] = spots[place % spots.length] as [Record<string, unknown>, string];
      holder[field] = value;
      return isReadOrInvalid(kind, raw);
    }),
    { numRuns: 2_000 },
  );
});

function isReadOrInvalid(kind: Kind, raw: KubeObject): boolean {
  try {
    PROJECTIONS[kind](raw);
    return true;
  } catch (error) {
    return error instanceof Invalid;
  }
}

/** Every place in the object where a value stands. */
function spotsOf(value: unknown): [object, string][] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([field, inner]) => [[value, field] as [object, string], ...spotsOf(inner)]);
}
