import type { Resource } from './api.ts';

/** A namespaced kind by `v1` or `group/version`. */
const kindOf = (apiVersion: string, kind: string, plural: string): Resource => {
  const [version = '', group = ''] = apiVersion.split('/').toReversed();
  return { group, version, kind, plural, namespaced: true };
};

const clusterScoped = (resource: Resource): Resource => ({ ...resource, namespaced: false });

/** Every kind that Podwire reads or writes. RBAC follows from it. */
export const RESOURCES = {
  service: kindOf('v1', 'Service', 'services'),
  node: clusterScoped(kindOf('v1', 'Node', 'nodes')),
  namespace: clusterScoped(kindOf('v1', 'Namespace', 'namespaces')),
  event: kindOf('events.k8s.io/v1', 'Event', 'events'),
  endpointSlice: kindOf('discovery.k8s.io/v1', 'EndpointSlice', 'endpointslices'),
  ingress: kindOf('networking.k8s.io/v1', 'Ingress', 'ingresses'),
  ingressClass: clusterScoped(kindOf('networking.k8s.io/v1', 'IngressClass', 'ingressclasses')),
  targetGroup: kindOf('podwire.dev/v1', 'TargetGroup', 'targetgroups'),
  loadBalancer: clusterScoped(kindOf('podwire.dev/v1', 'LoadBalancer', 'loadbalancers')),
  targetGroupBinding: kindOf('elbv2.k8s.aws/v1beta1', 'TargetGroupBinding', 'targetgroupbindings'),
  ingressClassParams: clusterScoped(kindOf('elbv2.k8s.aws/v1beta1', 'IngressClassParams', 'ingressclassparams')),
} as const satisfies Record<string, Resource>;

export type ResourceName = keyof typeof RESOURCES;
