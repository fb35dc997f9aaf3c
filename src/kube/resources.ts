import type { Resource } from './api.ts';

const core = (kind: string, plural: string, namespaced = true): Resource => ({
  group: '',
  version: 'v1',
  kind,
  plural,
  namespaced,
});
const of = (groupVersion: `${string}/${string}`, kind: string, plural: string, namespaced = true): Resource => {
  const [group, version] = groupVersion.split('/') as [string, string];
  return { group, version, kind, plural, namespaced };
};

/** Every kind that Podwire reads or writes. RBAC follows from it. */
export const RESOURCES = {
  service: core('Service', 'services'),
  node: core('Node', 'nodes', false),
  namespace: core('Namespace', 'namespaces', false),
  event: of('events.k8s.io/v1', 'Event', 'events'),
  endpointSlice: of('discovery.k8s.io/v1', 'EndpointSlice', 'endpointslices'),
  ingress: of('networking.k8s.io/v1', 'Ingress', 'ingresses'),
  ingressClass: of('networking.k8s.io/v1', 'IngressClass', 'ingressclasses', false),
  targetGroup: of('podwire.dev/v1', 'TargetGroup', 'targetgroups'),
  loadBalancer: of('podwire.dev/v1', 'LoadBalancer', 'loadbalancers', false),
  targetGroupBinding: of('elbv2.k8s.aws/v1beta1', 'TargetGroupBinding', 'targetgroupbindings'),
  ingressClassParams: of('elbv2.k8s.aws/v1beta1', 'IngressClassParams', 'ingressclassparams', false),
} as const satisfies Record<string, Resource>;

export type ResourceName = keyof typeof RESOURCES;
