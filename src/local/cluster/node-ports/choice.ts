import { type EndpointSlice, type Service, type ServicePort } from '../objects.ts';

/** Where a node sends a connection to one of a Service's node ports. */
export type Backend = { address: string; port: number; node: string };

/** One node port of the cluster, and what stands behind it. */
export type NodePort = {
  port: number;
  service: string;
  /** Only to pods of the node itself. */
  local: boolean;
  backends: Backend[];
};

/** A port that says, for `externalTrafficPolicy: Local`, how many pods of a Service a node has. */
export type HealthPort = { port: number; namespace: string; service: string; backends: Backend[] };

export type Listeners = { nodePorts: NodePort[]; healthPorts: HealthPort[] };

/** What every node listens on for a Service. */
export function listenersOf(service: Service, slices: EndpointSlice[]): Listeners {
  const { name, namespace = '' } = service.metadata;
  const local = service.spec.externalTrafficPolicy === 'Local';
  const open = service.spec.type === 'NodePort' || service.spec.type === 'LoadBalancer';
  const ports = open ? (service.spec.ports ?? []).filter(({ nodePort }) => nodePort) : [];
  const nodePorts = ports.map((port) => {
    return {
      port: port.nodePort as number,
      service: `${namespace}/${name}`,
      local,
      backends: backendsOf(slices, port),
    };
  });
  const health = service.spec.healthCheckNodePort;
  const ready = slices.flatMap((slice) => endpointsOf(slice, (conditions) => conditions.ready !== false));
  const healthPorts = open && local && health ? [{ port: health, namespace, service: name, backends: ready }] : [];
  return { nodePorts, healthPorts };
}

type Conditions = NonNullable<EndpointSlice['endpoints']>[number]['conditions'];

/** Ready endpoints; where there is none, those that terminate and still serve (KEP-1669). Scope by scope: see `usable`. */
function backendsOf(slices: EndpointSlice[], { name = '' }: ServicePort): (Backend & { terminating: boolean })[] {
  const ofPort = slices.filter((slice) => slice.ports?.some((port) => (port.name ?? '') === name));
  const number = (slice: EndpointSlice) => slice.ports?.find((port) => (port.name ?? '') === name)?.port ?? 0;
  return ofPort.flatMap((slice) => {
    const at = (backend: Backend, terminating: boolean) => ({ ...backend, port: number(slice), terminating });
    const ready = endpointsOf(slice, (conditions) => conditions.ready !== false).map((one) => at(one, false));
    const leaving = endpointsOf(
      slice,
      ({ ready: is, serving, terminating }) => is === false && !!serving && !!terminating,
    );
    return [...ready, ...leaving.map((one) => at(one, true))];
  });
}

function endpointsOf({ endpoints }: EndpointSlice, wanted: (conditions: Conditions) => boolean): Backend[] {
  const usable = (endpoints ?? []).filter(({ conditions }) => wanted(conditions));
  return usable.map(({ addresses, nodeName = '' }) => ({ address: addresses[0] ?? '', port: 0, node: nodeName }));
}

/** The backends one node may choose from now. */
export function usable({ backends, local }: NodePort, node: string): Backend[] {
  const inScope = (backends as (Backend & { terminating?: boolean })[]).filter((one) => !local || one.node === node);
  const ready = inScope.filter(({ terminating }) => !terminating);
  return ready.length > 0 ? ready : inScope;
}
