import { ownSelector } from '../api/controller.ts';
import type { KubeObject } from '../kube/api.ts';
import type { ResourceName } from '../kube/resources.ts';
import { projectLoadBalancer, projectTargetGroup, projectTargetGroupBinding } from './projections/custom.ts';
import { projectIngress, projectIngressClass, projectIngressClassParams } from './projections/ingress.ts';
import { projectNamespace, projectNode } from './projections/node.ts';
import { projectPod } from './projections/pod.ts';
import { projectEndpointSlice, projectService } from './projections/service.ts';

/** From a raw object to what the operator with this id keeps of it, by kind. Throws Invalid, with the path of the field, where it cannot be read. */
export const PROJECTIONS = {
  ingress: projectIngress,
  ingressClass: projectIngressClass,
  ingressClassParams: projectIngressClassParams,
  service: projectService,
  pod: projectPod,
  endpointSlice: projectEndpointSlice,
  node: projectNode,
  namespace: projectNamespace,
  targetGroup: projectTargetGroup,
  loadBalancer: projectLoadBalancer,
  targetGroupBinding: projectTargetGroupBinding,
} as const satisfies Partial<Record<ResourceName, (object: KubeObject, controllerId?: string) => unknown>>;

/** The kinds we keep. */
export type Kind = keyof typeof PROJECTIONS;

/** Kinds that operators write: each keeps its own alone. */
export const MADE: ReadonlySet<string> = new Set<Kind>(['targetGroup', 'loadBalancer']);

/** Which objects of a kind the operator with this id asks for. */
export const ownScope = (kind: string, controllerId?: string): { labelSelector?: string } =>
  MADE.has(kind) ? { labelSelector: ownSelector(controllerId) } : {};

/** The kinds that are watched in the whole cluster. Pods are watched only in the namespaces that need them: `pod-watches.ts`. */
export const CLUSTER_WIDE = (Object.keys(PROJECTIONS) as Kind[]).filter((kind) => kind !== 'pod');

export type Kept = { [K in Kind]: ReturnType<(typeof PROJECTIONS)[K]> };
