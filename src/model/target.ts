import type { EndpointSlice, Node, Pod, PortRef, Service, ServicePort, TargetGroupSpec } from '../cluster/objects.ts';
import type { Network, NodeOf } from './network.ts';

/** What a target group sends traffic to. `id` is a pod IP or an instance id, `uid` the pod (or node) behind it. */
export type Target = {
  id: string;
  port: number;
  /** Empty for an endpoint that no pod stands behind. */
  uid: string;
  /** `all` for an address outside the subnets of the VPC; absent where ELBv2 finds the zone by itself. */
  zone?: 'all';
  /** Name of the node that carries it, for the security group rules. */
  node?: string;
};

/** Health as DescribeTargetHealth names it; `unknown` for a target that we registered and have not seen since. */
export type TargetHealth = 'unknown' | 'initial' | 'healthy' | 'unhealthy' | 'unused' | 'draining' | 'unavailable';

/**
 * What became of something that is not wanted as a target:
 * `leaving` is terminating and still serves, `ended` is terminating and does not, `unready` runs and may come back.
 */
export type Standing = 'leaving' | 'ended' | 'unready';

export type RejectionReason =
  | 'ServiceNotFound'
  | 'ServicePortNotFound'
  | 'NoNodePort'
  | 'PortNotFound'
  | 'NotReady'
  | 'Terminating'
  | 'WrongAddressFamily'
  | 'NotAnAddress'
  | 'NoAddress'
  | 'UnroutableAddress'
  | 'DuplicateEndpoint'
  | 'NodeNotReady'
  | 'NodeExcluded'
  | 'NodeLeaving'
  | 'NodeNotSelected'
  | 'FargateNode'
  | 'NotAnInstance'
  | 'NoLocalEndpoint';

/** Why something is not a target. `what` names it: `pod shop/web-1`, `node ip-10-0-0-1`, `service shop/web`. */
export type Rejection = { what: string; reason: RejectionReason; message: string };

export type Selection = {
  /** What is to be registered, by id and port. */
  targets: Target[];
  /** What has an address and a port and is not to be registered: decides how fast a registered one goes. */
  others: (Target & { standing: Standing })[];
  rejected: Rejection[];
};

export type TargetInput = {
  object: { namespace: string; spec: TargetGroupSpec };
  service: Service | undefined;
  slices: readonly EndpointSlice[];
  nodes: readonly Node[];
  /** What is known of a pod by its UID; absent where pods are not watched. */
  podOf?: (uid: string) => Pod | undefined;
  /** The node of that name; absent reads as no node is known. */
  nodeOf?: NodeOf;
  /** Absent while it is not known: every address then counts as one in a subnet. */
  network: Network | undefined;
};

/** A target selection whose Service port is settled. */
export type PortInput = TargetInput & { service: Service; port: ServicePort };

/** The identity of a target in AWS. */
export const keyOfTarget = (target: { id: string; port: number }): string => `${target.id}:${target.port}`;

/** A stable order, so that equal selections are equal JSON. */
export const byId = (a: Target, b: Target): number => (a.id === b.id ? a.port - b.port : a.id < b.id ? -1 : 1);

/** The Service port that a PortRef names. */
export function portOf(service: Service, ref: PortRef): ServicePort | undefined {
  return service.ports.find((port) => ('name' in ref ? port.name === ref.name : port.port === ref.number));
}
