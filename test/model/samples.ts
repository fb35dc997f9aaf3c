import type { Endpoint, EndpointSlice, Meta, Node, Service, TargetGroupSpec } from '../../src/cluster/objects.ts';

export const meta = (name: string, more: Partial<Meta> = {}): Meta => ({
  uid: `uid-${name}`,
  namespace: 'shop',
  name,
  generation: 1,
  created: '2026-01-01T00:00:00Z',
  deleting: false,
  labels: {},
  annotations: {},
  finalizers: [],
  ...more,
});

export const service = (more: Partial<Service> = {}): Service => ({
  ...meta('web'),
  type: 'ClusterIP',
  headless: false,
  ipFamilies: ['IPv4'],
  ports: [{ name: 'http', port: 80, protocol: 'TCP', targetPort: 8080 }],
  externalTrafficPolicy: 'Cluster',
  selector: { app: 'web' },
  ...more,
});

/** A ready endpoint of pod `web-<n>` at 10.0.0.<n>. */
export const endpoint = (n: number, more: Partial<Endpoint> = {}): Endpoint => ({
  addresses: [`10.0.0.${n}`],
  ready: true,
  serving: true,
  terminating: false,
  node: 'node-1',
  pod: { uid: `pod-${n}`, namespace: 'shop', name: `web-${n}` },
  ...more,
});

export const terminating = (n: number, serving = true): Endpoint =>
  endpoint(n, { ready: false, serving, terminating: true });

export const slice = (endpoints: Endpoint[], more: Partial<EndpointSlice> = {}): EndpointSlice => ({
  ...meta('web-abc'),
  service: 'web',
  addressType: 'IPv4',
  ports: [{ name: 'http', port: 8080, protocol: 'TCP' }],
  endpoints,
  ...more,
});

export const node = (n: number, more: Partial<Node> = {}): Node => ({
  ...meta(`node-${n}`, { namespace: '' }),
  providerID: `aws:///eu-central-1a/i-000${n}`,
  ready: true,
  unschedulable: false,
  taints: [],
  addresses: [`10.0.1.${n}`],
  ...more,
});

export const spec = (more: Partial<TargetGroupSpec> = {}): TargetGroupSpec => ({
  arn: 'arn:aws:elasticloadbalancing:eu-central-1:000000000000:targetgroup/web/1',
  loadBalancer: 'shop',
  service: { name: 'web', port: { name: 'http' } },
  targetType: 'ip',
  addressFamily: 'IPv4',
  vpcId: 'vpc-1',
  ...more,
});

export const network = { subnets: ['10.0.0.0/16', '2001:db8::/56'], routable: ['192.168.0.0/16'] };
