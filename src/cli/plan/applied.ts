import type { KubeObject, ObjectMeta } from '../../kube/api.ts';
import type { Manifest } from './manifests.ts';
import type { PlannedKind } from './objects.ts';

type Given = Manifest['object'];

type Of = { kind: PlannedKind; namespace: string; name: string; created: string };

/** The object that the API server would have: what is given, with what the API server or others set of it. `created`: RFC 3339. */
export function applied(given: Given, known: KubeObject | undefined, of: Of): KubeObject {
  const { status: _, ...rest } = given;
  const status = known?.['status'];
  return {
    ...rest,
    ...(status !== undefined && { status }),
    ...(of.kind === 'service' && { spec: serviceSpec(known, given) }),
    metadata: { ...(known ? keptOf(known) : newOf(of)), ...givenOf(given) },
  };
}

const newOf = ({ namespace, name, created }: Of): ObjectMeta => ({
  name,
  ...(namespace !== '' && { namespace }),
  uid: `new ${namespace}/${name}`,
  resourceVersion: '0',
  generation: 1,
  creationTimestamp: created,
});

function keptOf({ metadata }: KubeObject): ObjectMeta {
  const { labels: _, annotations: __, ...kept } = metadata;
  return kept;
}

function givenOf({ metadata: { labels, annotations } }: Given): Pick<ObjectMeta, 'labels' | 'annotations'> {
  return { ...(labels && { labels }), ...(annotations && { annotations }) };
}

type Port = { port?: unknown; nodePort?: unknown } | null;
type ServiceSpec = { type?: unknown; ports?: unknown; ipFamilies?: unknown; healthCheckNodePort?: unknown };

/** What the API server chose for a Service stays. */
function serviceSpec(known: KubeObject | undefined, given: Given): unknown {
  const before = (known?.['spec'] ?? {}) as ServiceSpec;
  const spec = given['spec'] as ServiceSpec | null | undefined;
  if (typeof spec !== 'object' || spec === null) return spec;
  const opens = spec.type === 'NodePort' || spec.type === 'LoadBalancer';
  const { ipFamilies, healthCheckNodePort } = before;
  return {
    ...(ipFamilies !== undefined && { ipFamilies }),
    ...(healthCheckNodePort !== undefined && opens && { healthCheckNodePort }),
    ...spec,
    ...(opens && Array.isArray(spec.ports) && { ports: withNodePorts(spec.ports, before) }),
  };
}

/** Stands for a node port that the API server has yet to choose: AWS is told of it with each target only. */
const SOME_NODE_PORT = 30_000;

function withNodePorts(ports: Port[], before: ServiceSpec): Port[] {
  const chosen = (Array.isArray(before.ports) ? before.ports : []) as Port[];
  return ports.map((port, index) => {
    const known = chosen.find((one) => one?.port === port?.port)?.nodePort;
    return { nodePort: known ?? SOME_NODE_PORT + index, ...port };
  });
}
