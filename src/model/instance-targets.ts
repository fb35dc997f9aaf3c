import type { EndpointSlice, Node } from '../cluster/objects.ts';
import { departureOf, exclusionOf } from './disruption.ts';
import { instanceIdOf, kindOfNode } from './node-kind.ts';
import { byId, type PortInput, type Rejection, type Selection, type Standing, type Target } from './target.ts';

/** What a node must be to carry traffic: the first line that applies says why not. */
type NodeCheck = {
  reason: Rejection['reason'];
  standing: Standing;
  applies: (node: Node, context: Context) => string | undefined;
};
type Context = PortInput & { servedNodes: Set<string> };

const CHECKS: NodeCheck[] = [
  {
    reason: 'NodeExcluded',
    standing: 'leaving',
    applies: exclusionOf,
  },
  {
    reason: 'NodeLeaving',
    standing: 'leaving',
    applies: departureOf,
  },
  {
    reason: 'NodeNotSelected',
    standing: 'leaving',
    applies: (node, { object }) => selectorMessage(node, object.spec.nodeSelector ?? {}),
  },
  {
    reason: 'NodeNotReady',
    standing: 'unready',
    applies: (node) => (node.ready ? undefined : 'its condition Ready is not True'),
  },
  {
    reason: 'NoLocalEndpoint',
    standing: 'leaving',
    applies: (node, { service, servedNodes }) =>
      service.externalTrafficPolicy === 'Local' && !servedNodes.has(node.name)
        ? 'externalTrafficPolicy is Local and no ready endpoint runs on it'
        : undefined,
  },
];

/** Selects the nodes that can carry a Service's node port. A cordoned node still serves and stays. */
export function selectInstanceTargets(input: PortInput): Selection {
  const { service, port } = input;
  const what = `service ${service.namespace}/${service.name}`;
  const nodePort = port.nodePort;
  if (nodePort === undefined) return { targets: [], others: [], rejected: [{ what, ...noNodePort(input) }] };
  const context = { ...input, servedNodes: servedNodesOf(input.slices, port.name) };
  const selection: Selection = { targets: [], others: [], rejected: [] };
  for (const node of input.nodes) judgeNode(node, { context, nodePort, selection });
  selection.targets.sort(byId);
  return selection;
}

function judgeNode(node: Node, to: { context: Context; nodePort: number; selection: Selection }): void {
  const { selection, context } = to;
  const what = `node ${node.name}`;
  const id = instanceIdOf(node);
  if (id === undefined) {
    selection.rejected.push({ what, ...notAnInstance(node) });
    return;
  }
  const target: Target = { id, port: to.nodePort, uid: node.uid, node: node.name };
  for (const check of CHECKS) {
    const message = check.applies(node, context);
    if (message === undefined) continue;
    selection.others.push({ ...target, standing: check.standing });
    selection.rejected.push({ what, reason: check.reason, message });
    return;
  }
  selection.targets.push(target);
}

function notAnInstance(node: Node): Omit<Rejection, 'what'> {
  const kind = kindOfNode(node);
  if (kind === 'fargate')
    return { reason: 'FargateNode', message: 'a Fargate node has no instance that could be a target' };
  if (kind === 'hybrid') return { reason: 'NotAnInstance', message: 'a hybrid node is no EC2 instance' };
  const given = node.providerID === '' ? 'none' : JSON.stringify(node.providerID);
  return { reason: 'NotAnInstance', message: `wanted a providerID aws:///<zone>/i-…, given ${given}` };
}

function noNodePort({ service, port }: PortInput): Omit<Rejection, 'what'> {
  const name = port.name === '' ? String(port.port) : port.name;
  return {
    reason: 'NoNodePort',
    message: `instance targets need a node port, and port ${name} of this ${service.type} Service has none: set spec.type to NodePort`,
  };
}

function servedNodesOf(slices: readonly EndpointSlice[], portName: string): Set<string> {
  const serving = slices.filter((slice) =>
    slice.ports.some((port) => port.name === portName && port.port !== undefined),
  );
  const endpoints = serving.flatMap((slice) => slice.endpoints).filter((one) => one.ready && !one.terminating);
  return new Set(endpoints.flatMap((one) => one.node ?? []));
}

function selectorMessage(node: Node, selector: Record<string, string>): string | undefined {
  const missing = Object.entries(selector).find(([key, value]) => node.labels[key] !== value);
  if (missing === undefined) return undefined;
  const given = node.labels[missing[0]];
  return `wanted the label ${missing[0]}=${missing[1]}, given ${given === undefined ? 'none' : JSON.stringify(given)}`;
}
