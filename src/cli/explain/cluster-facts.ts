import {
  type Ingress,
  type LoadBalancerObject,
  type Service,
  selects,
  type TargetGroupObject,
} from '../../cluster/objects.ts';
import { Denied } from '../../errors.ts';
import { RESOURCES, resourceOf } from '../../kube/resources.ts';
import type { PodView, SecretView, WayFacts } from '../../model/explain/facts.ts';
import { waysOf } from '../../model/explain/ways.ts';
import { present } from './absent.ts';
import type { Asked } from './arguments.ts';
import { readDataPlane } from './data-plane.ts';
import { podView, replicaSetView } from './pod-view.ts';
import { Reader, type ReadApi } from './reader.ts';

/** Only explained, never watched. */
const REPLICA_SET = resourceOf('apps/v1', 'ReplicaSet', 'replicasets');

/** What is to be explained, in a namespace that is settled; `now` in RFC 3339. */
export type AskedHere = Asked & { namespace: string; now: string };

/** Reads what the cluster says of the way. Throws Invalid, with the nearest name, where there is no such object. */
export async function readClusterFacts(kube: ReadApi, asked: AskedHere): Promise<WayFacts> {
  const reader = new Reader(kube, asked.controllerId);
  const { kind, namespace, name, now, request } = asked;
  const all = await readNamespace(reader, asked);
  const subject = { kind, namespace, name };
  await present<Named>(reader, subject, { ingress: all.ingresses, service: all.services, pod: all.pods }[kind]);
  const { ingresses, backends } = wayTo(subject, all);
  const ledgers = all.ledgers.filter((ledger) => ingresses.some((one) => hasMember(ledger, one)));
  const client = asked.from === undefined ? undefined : await readClient(reader, asked);
  return {
    ...all,
    now,
    subject,
    ingresses,
    backends,
    ledgers,
    groups: all.groups.filter((group) => leadsThere(group, { ingresses, backends, ledgers })),
    elsewhere: await readElsewhere(reader, backends, all.services),
    secrets: await readSecrets(kube, ingresses),
    dataPlane: await readDataPlane(kube),
    unasked: reader.unasked,
    ...(asked.controllerId !== undefined && { controllerId: asked.controllerId }),
    ...(request && { request }),
    ...(client && { client }),
  };
}

async function readNamespace(reader: Reader, { namespace, controllerId }: AskedHere) {
  const [ingresses, classes, services, pods, slices, nodes, replicaSets, groups, ledgers] = await Promise.all([
    reader.kept('ingress', namespace),
    reader.kept('ingressClass'),
    reader.kept('service', namespace),
    reader.read(RESOURCES.pod, (object) => podView(object, controllerId), { namespace }),
    reader.kept('endpointSlice', namespace),
    reader.kept('node'),
    reader.read(REPLICA_SET, replicaSetView, { namespace }),
    reader.kept('targetGroup', namespace),
    reader.kept('loadBalancer'),
  ]);
  return { ingresses, classes, services, pods, slices, nodes, replicaSets, groups, ledgers };
}

type Named = { name: string };
type Present = { ingresses: Ingress[]; services: Service[]; pods: PodView[] };
type Led = { ingresses: Ingress[]; backends: string[] };

const servicesOf = (ingress: Ingress): string[] =>
  waysOf(ingress).flatMap(({ backends }) => backends.map(({ service }) => service));

/** The Ingresses that lead to the subject, and the Services in between. */
function wayTo({ kind, name }: WayFacts['subject'], { ingresses, services, pods }: Present): Led {
  if (kind === 'ingress') {
    const named = ingresses.filter((one) => one.name === name);
    return { ingresses: named, backends: [...new Set(named.flatMap(servicesOf))] };
  }
  const named = pods.filter((one) => one.name === name);
  const backends = kind === 'service' ? [name] : named.flatMap((pod) => selecting(services, pod));
  const leading = ingresses.filter((ingress) => servicesOf(ingress).some((one) => backends.includes(one)));
  return { ingresses: leading, backends };
}

const selecting = (services: Service[], { labels }: PodView): string[] =>
  services.filter((service) => selects(service, labels)).map(({ name }) => name);

const hasMember = ({ status }: LoadBalancerObject, { uid }: Ingress): boolean =>
  (status.members ?? []).some((member) => member.uid === uid);

/** Target groups of the Services on the way: those of the Ingresses that lead there, and of bindings. */
function leadsThere({ spec }: TargetGroupObject, way: Led & { ledgers: LoadBalancerObject[] }): boolean {
  if (!way.backends.includes(spec.service.name)) return false;
  return spec.binding !== undefined || way.ledgers.some(({ name }) => name === spec.loadBalancer);
}

async function readClient(reader: Reader, { from, namespace }: AskedHere): Promise<PodView | undefined> {
  const { name = '', namespace: of = namespace } = from ?? {};
  const pods = await reader.read(RESOURCES.pod, podView, { namespace: of });
  return present(reader, { kind: 'pod', namespace: of, name }, pods);
}

async function readElsewhere(reader: Reader, backends: string[], services: Service[]): Promise<WayFacts['elsewhere']> {
  const missing = backends.filter((name) => services.every((service) => service.name !== name));
  if (missing.length === 0) return [];
  const all = await reader.kept('service');
  return all.filter(({ name }) => missing.includes(name)).map(({ namespace, name }) => ({ namespace, name }));
}

const NAMES_SECRET = 'alb.ingress.kubernetes.io/auth-idp-oidc';

async function readSecrets(kube: ReadApi, ingresses: Ingress[]): Promise<SecretView[]> {
  const named = ingresses.flatMap(({ name: ingress, namespace, annotations }) => {
    const name = /"secretName"\s*:\s*"([^"]+)"/i.exec(annotations[NAMES_SECRET] ?? '')?.[1];
    return name === undefined ? [] : [{ ingress, annotation: NAMES_SECRET, namespace, name }];
  });
  return Promise.all(named.map(async (one) => ({ ...one, state: await stateOf(kube, one) })));
}

async function stateOf(kube: ReadApi, key: { namespace: string; name: string }): Promise<SecretView['state']> {
  try {
    return (await kube.get(RESOURCES.secret, { namespace: key.namespace, name: key.name })) ? 'there' : 'missing';
  } catch (error) {
    if (error instanceof Denied) return 'unknown';
    throw error;
  }
}
