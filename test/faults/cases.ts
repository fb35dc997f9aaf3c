import type { Administrator } from './administrator.ts';
import { front, noPods, shop, web } from './manifests.ts';

/** One fault, or two at once: how it is made, and what is asked. */
export type FaultCase = {
  /** As in `expected.txt`; its namespace has a dash for each plus. */
  id: string;
  /** What is applied to its namespace; objects with a namespace of their own keep it. */
  objects: (administrator: Administrator) => Promise<object[]> | object[];
  /** What is applied once that has settled, for example a second pod. */
  later?: object[];
  /** Done while nothing else is applied, and undone after it was asked. */
  alone?: {
    begin: (administrator: Administrator) => Promise<unknown>;
    end: (administrator: Administrator) => Promise<unknown>;
  };
  /** Done by hand at the end, when the operator is away and heals nothing. */
  byHand?: (administrator: Administrator, namespace: string) => Promise<unknown>;
  /** What is asked besides `ingress/shop`; `<pod>` stands for the pod's name. */
  ask?: string[];
  /** Exit code where it is not 1. */
  exits?: number;
};

const GATE = 'target-health.elbv2.k8s.aws/k8s-gate-web';
const BAD_CLASS = { class: 'podwier' };
const BAD_PROBE = { probePath: '/helth', env: { PATHS: '/' } };

const forward = (weights: Record<string, number>): string =>
  JSON.stringify({
    type: 'forward',
    forwardConfig: {
      targetGroups: Object.entries(weights).map(([serviceName, weight]) => ({
        serviceName,
        servicePort: '80',
        weight,
      })),
    },
  });

const split = { 'actions.web': forward({ web: 0, other: 100 }) };
const other = [web({ name: 'other' }), front({ name: 'other' })];
const guarded = async (administrator: Administrator, name: string): Promise<Record<string, string>> => ({
  'security-groups': await administrator.securityGroup(name),
});

const CLUSTER: FaultCase[] = [
  { id: 'port-name', objects: () => [web(), front(), shop({ port: 'htp' })] },
  { id: 'selector', objects: () => [web(), front({ app: 'wbe' }), shop()] },
  { id: 'probe-path', objects: () => [web(BAD_PROBE), front(), shop()] },
  { id: 'class', objects: () => [web(), front(), shop(BAD_CLASS)] },
  {
    id: 'secret',
    objects: () => [
      web(),
      front(),
      shop({
        annotations: {
          'auth-type': 'oidc',
          'auth-idp-oidc': JSON.stringify({ issuer: 'https://id.example.com', secretName: 'oidc' }),
        },
      }),
    ],
  },
  { id: 'gate', objects: () => [web({ gate: GATE }), front(), shop()] },
  { id: 'node-port', objects: () => [web(), front(), shop({ annotations: { 'target-type': 'instance' } })] },
  {
    id: 'policy-local',
    objects: () => [
      web({ zone: 'eu-central-1b' }),
      front({ type: 'NodePort', more: { externalTrafficPolicy: 'Local' } }),
      shop({
        annotations: {
          'target-type': 'instance',
          'target-node-labels': 'topology.kubernetes.io/zone=eu-central-1a',
        },
      }),
    ],
  },
  { id: 'pod-quota', objects: () => [noPods(), web(), front(), shop()] },
  {
    id: 'namespace',
    objects: () => [
      { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'namespace-other' } },
      front({ name: 'cart', namespace: 'namespace-other' }),
      shop({ rules: [{ host: 'shop.localhost', service: 'cart' }] }),
    ],
  },
];

const AWS: FaultCase[] = [
  {
    id: 'sg-ingress',
    objects: async (administrator) => [
      web(),
      front(),
      shop({ annotations: await guarded(administrator, 'sg-ingress') }),
    ],
  },
  {
    id: 'sg-egress',
    objects: async (administrator) => {
      const silent = await administrator.securityGroup('sg-egress', true);
      await administrator.openNodes(silent);
      return [web(), front(), shop({ annotations: { 'security-groups': silent } })];
    },
  },
  { id: 'subnet-tag', objects: () => [web(), front(), shop({ annotations: { scheme: 'internal' } })] },
  {
    id: 'zone-off',
    objects: () => [
      web({ zone: 'eu-central-1c' }),
      front(),
      shop({ annotations: { subnets: 'public-eu-central-1a,public-eu-central-1b' } }),
    ],
  },
  {
    id: 'listener-gone',
    objects: () => [web(), front(), shop()],
    byHand: (administrator, namespace) => administrator.deleteListeners(namespace),
  },
  {
    id: 'rule-shadowed',
    objects: () => [
      ...other,
      web(),
      front(),
      shop({ name: 'first', annotations: grouped('1'), rules: [{ host: 'shop.localhost', service: 'other' }] }),
      shop({ path: '/cart', annotations: grouped('2') }),
    ],
  },
  {
    id: 'draining',
    objects: () => [web(), front(), shop()],
    byHand: (administrator, namespace) => administrator.deregisterAll(namespace),
  },
  {
    id: 'quota',
    objects: () => [web(), front(), shop()],
    alone: {
      begin: async (administrator) => {
        const { LoadBalancers = [] } = await administrator.elb.describeLoadBalancers({});
        const most = LoadBalancers.filter(({ Type }) => Type === 'application').length;
        await administrator.control('PATCH', 'settings', { quotas: { 'application-load-balancers': most } });
      },
      end: (administrator) => administrator.control('PATCH', 'settings', { quotas: {} }),
    },
  },
  { id: 'iam', objects: () => [web(), front(), shop()], alone: failing('CreateTargetGroup', 'AccessDenied') },
  { id: 'throttle', objects: () => [web(), front(), shop()], alone: failing('CreateLoadBalancer', 'Throttling') },
];

const PATH: FaultCase[] = [
  {
    id: 'time-out',
    objects: () => [
      web({ env: { RESPONSE_DELAY_MS: '30000' } }),
      front(),
      shop({ annotations: { 'healthcheck-path': '/slow', 'healthcheck-timeout-seconds': '2' } }),
    ],
  },
  { id: 'matcher', objects: () => [web(), front(), shop({ annotations: { 'success-codes': '204' } })] },
  {
    id: 'redirect-loop', // by hand, since Podwire makes no rule that redirects to itself
    objects: () => [web(), front(), shop()],
    byHand: (administrator, namespace) => administrator.redirectToItself(namespace),
  },
  {
    id: 'slow-start',
    objects: () => [web(), front(), shop({ annotations: slowStart() })],
    later: [web({ replicas: 2 })],
    exits: 0,
  },
  { id: 'tls-to-http', objects: () => [web(), front(), shop({ annotations: { 'backend-protocol': 'HTTPS' } })] },
  {
    id: 'unroutable',
    objects: () => [
      web({ annotations: { 'local.podwire.dev/address-pool': 'overlay' } }),
      front(),
      shop({ annotations: { 'podwire.dev/target-fallback': 'never' } }),
    ],
  },
  {
    id: 'hairpin',
    objects: async (administrator) => [
      web(),
      front(),
      {
        apiVersion: 'elbv2.k8s.aws/v1beta1',
        kind: 'TargetGroupBinding',
        metadata: { name: 'web', annotations: { 'podwire.dev/claim': 'true' } },
        spec: {
          serviceRef: { name: 'web', port: 80 },
          targetGroupARN: await administrator.networkLoadBalancer('hairpin'),
          targetType: 'ip',
        },
      },
    ],
    ask: ['service/web', '--from', 'pod/<pod>'],
  },
  {
    id: 'stale-target',
    objects: () => [web(), front(), shop()],
    byHand: (administrator, namespace) => administrator.registerStranger(namespace),
  },
  { id: 'weight-0', objects: () => [...other, web(), front(), shop({ port: 'use-annotation', annotations: split })] },
  {
    id: 'host-mismatch',
    objects: () => [web(), front(), shop({ host: 'shpo.localhost' })],
    ask: ['ingress/shop', '--url', 'http://shop.localhost/'],
  },
];

const PAIRS: FaultCase[] = [
  { id: 'class+selector', objects: () => [web(), front({ app: 'wbe' }), shop(BAD_CLASS)] },
  {
    id: 'listener-gone+stale',
    objects: () => [web(), front(), shop()],
    byHand: async (administrator, namespace) => {
      await administrator.registerStranger(namespace);
      await administrator.deleteListeners(namespace);
    },
  },
  {
    id: 'weight-0+probe-path',
    objects: () => [...other, web(BAD_PROBE), front(), shop({ port: 'use-annotation', annotations: split })],
  },
  {
    id: 'subnet-tag+pod-quota',
    objects: () => [noPods(), web(), front(), shop({ annotations: { scheme: 'internal' } })],
  },
  {
    id: 'sg-ingress+gate',
    objects: async (administrator) => [
      web({ gate: GATE }),
      front(),
      shop({ annotations: await guarded(administrator, 'sg-ingress-gate') }),
    ],
  },
];

export const CASES: readonly FaultCase[] = [...CLUSTER, ...AWS, ...PATH, ...PAIRS];

function grouped(order: string): Record<string, string> {
  return { 'group.name': 'rule-shadowed', 'group.order': order };
}

function slowStart(): Record<string, string> {
  return {
    'target-group-attributes': 'deregistration_delay.timeout_seconds=300,slow_start.duration_seconds=900',
  };
}

function failing(action: string, code: string): NonNullable<FaultCase['alone']> {
  return {
    begin: (administrator) => administrator.control('POST', 'faults', { action, code }),
    end: (administrator) => administrator.control('DELETE', 'faults'),
  };
}
