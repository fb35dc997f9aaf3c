import { keyOf, type Pod } from '../../cluster/objects.ts';
import type { Target } from '../target.ts';
import { balancingOf, crossesZones, kernelChoice, skippedStep } from './balancing.ts';
import { type GroupWay, nodeOfInstance, targetWaysOf, zonesOf } from './groups.ts';
import { type Way, waysOf } from './ways.ts';

/** The way of a packet from the load balancer to the pods of one target group, hop by hop. JSON. */
export type Path = {
  mode: 'ip' | 'instance';
  /** For example `ALB → wire → node → pod`. */
  drawing: string;
  service: string;
  targetGroup: string;
  hops: Hop[];
};

/** One place on the way and one sentence a line about it. */
type Hop = { hop: string; lines: string[] };

/** Draws the way through one target group. */
export function pathOf(group: GroupWay): Path {
  const { object, view } = group;
  const { targetType: mode, service } = object.spec;
  const to = mode === 'ip' ? podHops(group) : nodeHops(group);
  const first = balancerOf(group);
  return {
    mode,
    drawing: [first.hop, ...to.map(({ hop }) => hop)].join(' → ').replace('[wire] →', '[wire →]'),
    service: `${object.namespace}/${service.name}`,
    targetGroup: view?.name ?? object.name,
    hops: [clientOf(group), first, ...to, addressOf(group), balancing(group)],
  };
}

function clientOf({ object, facts }: GroupWay): Hop {
  const leads = ({ backends }: Way): boolean => backends.some(({ service }) => service === object.spec.service.name);
  const names = [
    ...new Set(
      facts.ingresses
        .flatMap(waysOf)
        .filter(leads)
        .map(({ name }) => name),
    ),
  ];
  const who = facts.client === undefined ? [] : [`pod ${keyOf(facts.client)}`];
  return { hop: 'client', lines: [...who, `asks for ${names.join(', ') || 'the load balancer'}`] };
}

function balancerOf({ loadBalancer, object }: GroupWay): Hop {
  const network = (loadBalancer?.type ?? object.spec.loadBalancerType) === 'network';
  const hop = network ? 'NLB' : 'ALB';
  if (loadBalancer === undefined)
    return { hop, lines: [`${object.spec.loadBalancer || 'not known'}; AWS was not asked`] };
  const { name, scheme, listeners } = loadBalancer;
  const listened = listeners.map(({ port, protocol }) => `${protocol} ${port}`).join(', ');
  const where = `${name} (${scheme}), listens on ${listened || 'nothing'}, nodes in ${zonesOf(loadBalancer).join(', ')}`;
  return { hop, lines: [where] };
}

function podHops(group: GroupWay): Hop[] {
  const { facts } = group;
  const targets = targetWaysOf(group);
  const nodes = [...new Set(targets.flatMap(({ target }) => target.node ?? []))].toSorted();
  const lines = targets.map(({ name, pod, state, target }) => {
    const of = pod === undefined ? '' : ` ${keyOf(pod)}`;
    const zone = zoneOf(target, group);
    const health = state === undefined ? 'AWS was not asked' : [state.state, state.reason].filter(Boolean).join(', ');
    return `${name}${of}${zone === undefined ? '' : ` in ${zone}`}: ${health}`;
  });
  return [
    { hop: 'wire', lines: [`to the address of the pod itself${crossings(group)}`] },
    { hop: 'node', lines: [...nodes, `skipped: ${skippedStep(facts.dataPlane)}`] },
    { hop: 'pod', lines: lines.length > 0 ? lines : ['none'] },
  ];
}

function nodeHops(group: GroupWay): Hop[] {
  const { facts, service, selection } = group;
  const local = service?.externalTrafficPolicy === 'Local';
  const nodes = targetWaysOf(group).map(({ name, target, state }) => {
    const health = state === undefined ? 'AWS was not asked' : [state.state, state.reason].filter(Boolean).join(', ');
    return `${target.node ?? name} (${name}): ${health}`;
  });
  const pods = podsBehind(group);
  const chosen = local
    ? 'among the ready pods of its own node'
    : `among all ${pods.length} ready pods, on whatever node`;
  const forward = {
    hop: 'kernel forward',
    lines: [`from node port to pod, ${chosen}: ${kernelChoice(facts.dataPlane)}`],
  };
  const second = { hop: '[wire]', lines: [secondWire(selection.targets, pods, group)] };
  const port = selection.targets[0]?.port;
  return [
    { hop: 'wire', lines: [`to the address of a node, port ${port ?? 'not known'}${crossings(group)}`] },
    { hop: 'node', lines: nodes.length > 0 ? nodes : ['none'] },
    forward,
    ...(local ? [] : [second]),
    {
      hop: 'pod',
      lines: pods.length > 0 ? pods.map((pod) => `${keyOf(pod)} ${pod.addresses[0] ?? ''} on ${pod.node}`) : ['none'],
    },
  ];
}

/** Pods that the EndpointSlices call ready, of a pod as the subject only itself. */
function podsBehind({ facts, object }: GroupWay): Pod[] {
  const slices = facts.slices.filter(({ service }) => service === object.spec.service.name);
  const ready = new Set(
    slices.flatMap((one) => one.endpoints).flatMap((one) => (one.ready ? (one.pod?.uid ?? []) : [])),
  );
  const named = ({ name }: Pod): boolean => facts.subject.kind !== 'pod' || facts.subject.name === name;
  return facts.pods.filter((pod) => ready.has(pod.uid) && named(pod));
}

function secondWire(targets: readonly Target[], pods: readonly Pod[], { facts }: GroupWay): string {
  const zone = (name: string | undefined): string | undefined =>
    facts.nodes.find((node) => node.name === name)?.labels['topology.kubernetes.io/zone'];
  const pairs = targets.flatMap((target) => pods.map((pod) => ({ from: target.node, to: pod.node })));
  const other = pairs.filter(({ from, to }) => from !== to);
  const across = other.filter(({ from, to }) => zone(from) !== zone(to));
  return `taken by ${other.length} of ${pairs.length} pairs of node and pod, ${across.length} of them into another zone`;
}

/** From the load balancer's nodes to the targets. */
function crossings(group: GroupWay): string {
  const { loadBalancer, view, selection } = group;
  if (loadBalancer === undefined || view === undefined) return '';
  if (!crossesZones(view, loadBalancer)) return '; no cross-zone hop: each node sends to targets of its own zone';
  const zones = selection.targets.map((target) => zoneOf(target, group));
  const pairs = zonesOf(loadBalancer).flatMap((from) => zones.map((to) => from !== to));
  const across = pairs.filter(Boolean).length;
  return `; ${across} of ${pairs.length} pairs of load balancer node and target are a cross-zone hop`;
}

function zoneOf({ id, node }: Target, { facts }: GroupWay): string | undefined {
  const place = facts.aws?.places[id]?.zone;
  const name = node ?? nodeOfInstance(id, facts.nodes)?.name;
  return place ?? facts.nodes.find((one) => one.name === name)?.labels['topology.kubernetes.io/zone'];
}

/** Whose address the pod sees, and where the client's is then. */
function addressOf(group: GroupWay): Hop {
  return { hop: "client's address", lines: [seenAddress(group)] };
}

function seenAddress({ object, service, view, loadBalancer }: GroupWay): string {
  const network = (loadBalancer?.type ?? object.spec.loadBalancerType) === 'network';
  const kept = view?.attributes['preserve_client_ip.enabled'] === 'true';
  const translated = object.spec.targetType === 'instance' && service?.externalTrafficPolicy !== 'Local';
  const told = network ? 'only proxy protocol tells it' : 'X-Forwarded-For tells it';
  if (translated) return `not kept: the node translates it, and the pod sees the node's; ${told}`;
  if (network && kept) return 'kept: the pod sees it as the source of the packet';
  return `not kept: the pod sees the load balancer's; ${told}`;
}

function balancing({ view, object, facts }: GroupWay): Hop {
  const group = view === undefined ? 'not known' : balancingOf(view);
  const kernel = object.spec.targetType === 'ip' ? 'does not choose' : kernelChoice(facts.dataPlane);
  return { hop: 'balancing', lines: [`target group: ${group}`, `node: ${kernel}`] };
}
