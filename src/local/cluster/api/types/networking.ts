/** Ingress and endpoints, in the notation of `schema/notation.ts`. Facts: the Kubernetes v1 API reference. */

export const NETWORKING_TYPES = `
HTTPIngressPath
  backend: IngressBackend!, path: string, pathType: string in Exact|ImplementationSpecific|Prefix
HTTPIngressRuleValue
  paths: [HTTPIngressPath]!
Ingress
  metadata: ObjectMeta, spec: IngressSpec = {}, status: IngressStatus = {}
IngressBackend
  resource: TypedLocalObjectReference, service: IngressServiceBackend
IngressClass
  metadata: ObjectMeta, spec: IngressClassSpec = {}
IngressClassParametersReference
  apiGroup: string, kind: string!, name: string!, namespace: string, scope: string in Cluster|Namespace = "Cluster"
IngressClassSpec
  controller: string, parameters: IngressClassParametersReference
IngressLoadBalancerIngress
  hostname: string, ip: string, ports: [IngressPortStatus]
IngressLoadBalancerStatus
  ingress: [IngressLoadBalancerIngress]
IngressPortStatus
  error: string, port: int = 0, protocol: string!
IngressRule
  host: string, http: HTTPIngressRuleValue
IngressServiceBackend
  name: string!, port: ServiceBackendPort
IngressSpec
  defaultBackend: IngressBackend, ingressClassName: string, rules: [IngressRule], tls: [IngressTLS]
IngressStatus
  loadBalancer: IngressLoadBalancerStatus = {}
IngressTLS
  hosts: [string], secretName: string
ServiceBackendPort atomic
  name: string, number: int
`;

export const DISCOVERY_TYPES = `
Endpoint
  addresses: [string]! set, conditions: EndpointConditions = {}, deprecatedTopology: {string}, hints: EndpointHints,
  hostname: string, nodeName: string, targetRef: ObjectReference, zone: string
EndpointConditions
  ready: bool, serving: bool, terminating: bool
EndpointHints
  forNodes: [ForNode], forZones: [ForZone]
EndpointPort atomic
  appProtocol: string, name: string = "", port: int, protocol: string in SCTP|TCP|UDP = "TCP"
EndpointSlice
  addressType: string! in FQDN|IPv4|IPv6, endpoints: [Endpoint], metadata: ObjectMeta, ports: [EndpointPort]
ForNode
  name: string!
ForZone
  name: string!
`;
