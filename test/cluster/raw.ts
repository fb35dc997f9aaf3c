import type { KubeObject } from '../../src/kube/api.ts';

/** Raw objects as an API server sends them, managed fields and all. */
const metadata = (name: string, more: object = {}): KubeObject['metadata'] =>
  ({
    name,
    namespace: 'shop',
    uid: `uid-${name}`,
    resourceVersion: '4711',
    generation: 2,
    creationTimestamp: '2026-11-21T10:00:00Z',
    managedFields: [{ manager: 'kubectl', operation: 'Update', fieldsV1: { 'f:spec': {} } }],
    ...more,
  }) as KubeObject['metadata'];

export const rawIngress = (
  name = 'web',
  more: { metadata?: object; spec?: object; status?: object } = {},
): KubeObject => ({
  apiVersion: 'networking.k8s.io/v1',
  kind: 'Ingress',
  metadata: metadata(name, {
    annotations: {
      'alb.ingress.kubernetes.io/scheme': 'internal',
      'kubectl.kubernetes.io/last-applied-configuration': '{}',
    },
    ...more.metadata,
  }),
  spec: {
    ingressClassName: 'alb',
    rules: [
      {
        host: 'shop.example.com',
        http: {
          paths: [
            { path: '/cart', pathType: 'Prefix', backend: { service: { name: 'cart', port: { name: 'http' } } } },
            { path: '/', pathType: 'Prefix', backend: { service: { name: 'front', port: { number: 80 } } } },
          ],
        },
      },
      { host: 'bare.example.com' },
    ],
    tls: [{ hosts: ['shop.example.com'], secretName: 'shop-tls' }],
    ...more.spec,
  },
  status: more.status ?? { loadBalancer: {} },
});

export const rawService = (name = 'cart', spec: object = {}): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: metadata(name, { generation: undefined }),
  spec: {
    clusterIP: '10.96.0.7',
    clusterIPs: ['10.96.0.7'],
    ipFamilies: ['IPv4'],
    ports: [{ name: 'http', port: 80, protocol: 'TCP', targetPort: 'web', nodePort: 31080 }],
    selector: { app: name },
    type: 'NodePort',
    ...spec,
  },
  status: { loadBalancer: {} },
});

export const rawEndpoint = (n: number, more: object = {}): object => ({
  addresses: [`10.244.${n >> 8}.${n & 255}`],
  conditions: { ready: true, serving: true, terminating: false },
  nodeName: `node-${n % 3}`,
  zone: `eu-central-1${'abc'[n % 3]}`,
  targetRef: { kind: 'Pod', namespace: 'shop', name: `cart-${n}`, uid: `pod-uid-${n}` },
  ...more,
});

export const rawSlice = (
  name = 'cart-x7k2p',
  endpoints: unknown = [rawEndpoint(1)],
  more: object = {},
): KubeObject => ({
  apiVersion: 'discovery.k8s.io/v1',
  kind: 'EndpointSlice',
  metadata: metadata(name, {
    labels: {
      'kubernetes.io/service-name': 'cart',
      'endpointslice.kubernetes.io/managed-by': 'endpointslice-controller',
    },
    annotations: { 'endpoints.kubernetes.io/last-change-trigger-time': '2026-11-21T10:00:00Z' },
  }),
  addressType: 'IPv4',
  ports: [{ name: 'http', port: 8080, protocol: 'TCP' }],
  endpoints,
  ...more,
});

export const rawNode = (
  name = 'node-1',
  more: { metadata?: object; spec?: object; status?: object } = {},
): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Node',
  metadata: metadata(name, {
    namespace: undefined,
    labels: { 'topology.kubernetes.io/zone': 'eu-central-1a' },
    ...more.metadata,
  }),
  spec: { providerID: 'aws:///eu-central-1a/i-0123456789abcdef0', podCIDR: '10.244.1.0/24', ...more.spec },
  status: {
    addresses: [
      { type: 'InternalIP', address: '10.0.1.4' },
      { type: 'Hostname', address: name },
    ],
    conditions: [
      { type: 'MemoryPressure', status: 'False', lastHeartbeatTime: '2026-11-21T10:00:00Z' },
      { type: 'Ready', status: 'True', lastHeartbeatTime: '2026-11-21T10:00:00Z' },
    ],
    images: [{ names: ['registry/app'], sizeBytes: 1 }],
    ...more.status,
  },
});

export const rawClass = (name = 'alb', more: { metadata?: object; spec?: object } = {}): KubeObject => ({
  metadata: metadata(name, { namespace: undefined, ...more.metadata }),
  spec: { controller: 'podwire.dev/alb', ...more.spec },
});

export const rawParams = (name = 'params', spec: object = {}): KubeObject => ({
  metadata: metadata(name, { namespace: undefined }),
  spec: { scheme: 'internal', ...spec },
});

export const rawNamespace = (name = 'shop', labels: object = {}): KubeObject => ({
  metadata: metadata(name, { namespace: undefined, labels }),
});

export const rawTargetGroup = (name = 'k8s-cart', more: { spec?: object; status?: object } = {}): KubeObject => ({
  metadata: metadata(name),
  spec: {
    arn: 'arn:aws:elasticloadbalancing:eu-central-1:123456789012:targetgroup/k8s-cart/0123456789abcdef',
    loadBalancer: 'ingress.shop.web',
    service: { name: 'cart', port: { name: 'http' } },
    targetType: 'ip',
    addressFamily: 'IPv4',
    vpcId: 'vpc-1',
    ...more.spec,
  },
  ...(more.status ? { status: more.status } : {}),
});

export const rawLoadBalancer = (stack = 'ingress/shop/web', status: unknown = { appliedHash: 'h1' }): KubeObject => ({
  metadata: metadata(stack.replaceAll('/', '.'), { namespace: undefined }),
  spec: { stack },
  status,
});

export const rawPod = (
  name = 'cart-1',
  more: { metadata?: object; spec?: object; status?: object } = {},
): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: metadata(name, {
    labels: { app: 'cart' },
    annotations: { 'kubernetes.io/psp': 'x', 'podwire.dev/injected-prestop-seconds': '45' },
    ...more.metadata,
  }),
  spec: {
    nodeName: 'node-1',
    terminationGracePeriodSeconds: 75,
    containers: [{ name: 'app', image: 'app', lifecycle: { preStop: { sleep: { seconds: 45 } } } }],
    readinessGates: [{ conditionType: 'podwire.dev/target-ready' }],
    ...more.spec,
  },
  status: {
    phase: 'Running',
    podIP: '10.244.0.1',
    podIPs: [{ ip: '10.244.0.1' }],
    conditions: [
      { type: 'ContainersReady', status: 'True', lastTransitionTime: '2026-11-21T10:00:08Z' },
      { type: 'Ready', status: 'False' },
    ],
    ...more.status,
  },
});
