import type { Resource } from './api.ts';

/** A namespaced kind by `v1` or `group/version`. */
export const resourceOf = (apiVersion: string, kind: string, plural: string): Resource => {
  const [version = '', group = ''] = apiVersion.split('/').toReversed();
  return { group, version, kind, plural, namespaced: true };
};

const clusterScoped = (resource: Resource): Resource => ({ ...resource, namespaced: false });

const admissionResource = (kind: string, plural: string): Resource =>
  clusterScoped(resourceOf('admissionregistration.k8s.io/v1', kind, plural));

/** Every kind that Podwire reads or writes. RBAC follows from it. */
export const RESOURCES = {
  service: resourceOf('v1', 'Service', 'services'),
  pod: resourceOf('v1', 'Pod', 'pods'),
  configMap: resourceOf('v1', 'ConfigMap', 'configmaps'),
  secret: resourceOf('v1', 'Secret', 'secrets'),
  lease: resourceOf('coordination.k8s.io/v1', 'Lease', 'leases'),
  node: clusterScoped(resourceOf('v1', 'Node', 'nodes')),
  namespace: clusterScoped(resourceOf('v1', 'Namespace', 'namespaces')),
  event: resourceOf('events.k8s.io/v1', 'Event', 'events'),
  endpointSlice: resourceOf('discovery.k8s.io/v1', 'EndpointSlice', 'endpointslices'),
  ingress: resourceOf('networking.k8s.io/v1', 'Ingress', 'ingresses'),
  ingressClass: clusterScoped(resourceOf('networking.k8s.io/v1', 'IngressClass', 'ingressclasses')),
  mutatingAdmissionPolicy: admissionResource('MutatingAdmissionPolicy', 'mutatingadmissionpolicies'),
  mutatingAdmissionPolicyBinding: admissionResource(
    'MutatingAdmissionPolicyBinding',
    'mutatingadmissionpolicybindings',
  ),
  mutatingWebhookConfiguration: admissionResource('MutatingWebhookConfiguration', 'mutatingwebhookconfigurations'),
  validatingAdmissionPolicy: admissionResource('ValidatingAdmissionPolicy', 'validatingadmissionpolicies'),
  validatingAdmissionPolicyBinding: admissionResource(
    'ValidatingAdmissionPolicyBinding',
    'validatingadmissionpolicybindings',
  ),
  targetGroup: resourceOf('podwire.dev/v1', 'TargetGroup', 'targetgroups'),
  loadBalancer: clusterScoped(resourceOf('podwire.dev/v1', 'LoadBalancer', 'loadbalancers')),
  targetGroupBinding: resourceOf('elbv2.k8s.aws/v1beta1', 'TargetGroupBinding', 'targetgroupbindings'),
  ingressClassParams: clusterScoped(resourceOf('elbv2.k8s.aws/v1beta1', 'IngressClassParams', 'ingressclassparams')),
} as const satisfies Record<string, Resource>;

export type ResourceName = keyof typeof RESOURCES;
