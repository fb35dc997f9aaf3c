import { isIP } from 'node:net';
import type { EndpointSlice, PortRef, Service } from '../cluster/objects.ts';
import { type Network, type NodeOf, type Place, placerOf, whyUnroutable } from './network.ts';
import { kindOfNode } from './node-kind.ts';
import { portOf } from './target.ts';

type TargetType = 'ip' | 'instance';

/** How long the opposite must hold before a group that serves changes its target type. Milliseconds. */
export type Hysteresis = { awayMs: number; backMs: number };

/** What one decision hands to the next. Absent until an address has decided. `opposedSince`: wall clock, milliseconds. */
export type FallbackState = { targetType: TargetType; opposedSince?: number };

/**
 * | reason | meaning |
 * |---|---|
 * | Requested | target type instance was asked for |
 * | NoAddressYet | there is no endpoint to decide by |
 * | PodIPRoutable | every endpoint can be reached |
 * | PartlyRoutable | some can, and only these are targets |
 * | PodIPNotRoutable | none can: nodes are the targets, or nothing is where there are no node ports |
 * | NoNodePort | target type instance was asked for, and there are no node ports |
 * | NoInstance | none can, and no node that could take its place is an EC2 instance |
 * | FallbackOff | none can, and `podwire.dev/target-fallback: never` forbids nodes |
 */
type FallbackReason =
  | 'Requested'
  | 'NoAddressYet'
  | 'PodIPRoutable'
  | 'PartlyRoutable'
  | 'PodIPNotRoutable'
  | 'NoNodePort'
  | 'NoInstance'
  | 'FallbackOff';

export type FallbackDecision = {
  targetType: TargetType;
  reason: FallbackReason;
  message: string;
  /** False where no traffic can flow until somebody changes what the message names. */
  possible: boolean;
  state?: FallbackState;
  /** When to decide again though nothing changed. */
  recheckAfterMs?: number;
};

export type FallbackInput = {
  wanted: TargetType;
  /** False where `podwire.dev/target-fallback` is `never`. */
  mayFallBack: boolean;
  hysteresis: Hysteresis;
  service: Service;
  port: PortRef;
  slices: readonly EndpointSlice[];
  addressFamily: 'IPv4' | 'IPv6';
  network: Network;
  nodeOf: NodeOf;
  /** Whether some node of the cluster is an EC2 instance. */
  hasInstances: () => boolean;
  previous: FallbackState | undefined;
  now: number;
};

type Evidence = { places: Place[]; unroutable: Place[] };

/**
 * Decides the target type of one Service port. `ip` gives way to `instance` only when no endpoint can be reached, for as long as the
 * hysteresis says, and comes back as slowly; a group that has not decided yet decides at once.
 */
export function decideTargetType(input: FallbackInput): FallbackDecision {
  const evidence = weigh(input);
  if (input.wanted === 'instance') return requested(input, evidence);
  if (evidence.places.length === 0) return undecided(input.previous);
  const obstacle = whyNotNodes(input, evidence);
  const points = evidence.unroutable.length === evidence.places.length && !obstacle ? 'instance' : 'ip';
  if (!input.mayFallBack) return { targetType: 'ip', ...tell(evidence, obstacle) };
  const { state, recheckAfterMs } = settle(points, input);
  const told = tell(evidence, obstacle);
  const message = told.message + waiting(state.targetType, points, input.hysteresis);
  const { targetType } = state;
  return { targetType, ...told, message, state, ...(recheckAfterMs === undefined ? {} : { recheckAfterMs }) };
}

function weigh({ slices, addressFamily, network, nodeOf }: FallbackInput): Evidence {
  const version = addressFamily === 'IPv4' ? 4 : 6;
  const endpoints = slices.filter((slice) => slice.addressType === addressFamily).flatMap((slice) => slice.endpoints);
  const live = endpoints.filter(({ terminating }) => !terminating).map(placerOf(network, nodeOf));
  const byAddress = new Map(live.map((place) => [place.address, place]));
  const places = [...byAddress.values()]
    .filter(({ address }) => isIP(address) === version)
    .toSorted((a, b) => (a.address < b.address ? -1 : 1));
  return { places, unroutable: places.filter((place) => place.class === 'unroutable') };
}

function settle(
  points: TargetType,
  { previous, now, hysteresis }: FallbackInput,
): { state: FallbackState; recheckAfterMs?: number } {
  if (previous === undefined || previous.targetType === points) return { state: { targetType: points } };
  const opposedSince = previous.opposedSince ?? now;
  const left = opposedSince + (points === 'instance' ? hysteresis.awayMs : hysteresis.backMs) - now;
  if (left <= 0) return { state: { targetType: points } };
  return { state: { targetType: previous.targetType, opposedSince }, recheckAfterMs: left };
}

/** Something nodes lack that they would need to be targets. */
type Obstacle = { reason: 'FallbackOff' | 'PodIPNotRoutable' | 'NoInstance'; message: string };

function whyNotNodes(input: FallbackInput, evidence: Evidence): Obstacle | undefined {
  const { service, port, mayFallBack } = input;
  const who = `Service ${service.namespace}/${service.name}`;
  if (!mayFallBack) {
    const message = `podwire.dev/target-fallback is never, so that nodes do not take their place: none of the ${evidence.places.length} endpoints of ${who} is served; remove the annotation, or declare the pods' CIDR routable`;
    return { reason: 'FallbackOff', message };
  }
  if (portOf(service, port)?.nodePort === undefined) {
    const message = `${who} has no node ports to fall back to: set its spec.type to NodePort (it is ${service.type}), or declare the pods' CIDR routable`;
    return { reason: 'PodIPNotRoutable', message };
  }
  const message = whyNoInstance(input, evidence);
  return message === undefined ? undefined : { reason: 'NoInstance', message };
}

/** With policy Cluster any instance forwards to a pod, with Local only one that carries a pod. */
function whyNoInstance({ service, nodeOf, hasInstances }: FallbackInput, { places }: Evidence): string | undefined {
  if (!hasInstances()) return `no node of the cluster is an EC2 instance that could be a target${onlyOn(places)}`;
  const names = places.flatMap(({ node }) => node ?? []);
  const nodes = names.flatMap((name) => nodeOf(name) ?? []);
  const carries = nodes.length === 0 || nodes.some((node) => kindOfNode(node) === 'instance');
  if (service.externalTrafficPolicy !== 'Local' || carries) return undefined;
  return `externalTrafficPolicy is Local, and no endpoint of Service ${service.namespace}/${service.name} runs on an EC2 instance${onlyOn(places)}; set it to Cluster`;
}

/** Said of endpoints whose nodes can never be targets. */
function onlyOn(places: readonly Place[]): string {
  const [first, ...more] = new Set(places.map(({ host }) => host));
  if (more.length > 0 || (first !== 'fargate' && first !== 'hybrid')) return '';
  return first === 'fargate' ? ' (its endpoints run on Fargate only)' : ' (its endpoints run on hybrid nodes only)';
}

type Told = Pick<FallbackDecision, 'reason' | 'message' | 'possible'>;

function tell({ places, unroutable }: Evidence, obstacle: Obstacle | undefined): Told {
  const [worst] = unroutable;
  if (worst === undefined)
    return { reason: 'PodIPRoutable', message: `${places[0]?.address} is routable`, possible: true };
  if (unroutable.length < places.length)
    return {
      reason: 'PartlyRoutable',
      message: `${unroutable.length} of ${places.length} endpoints get no requests: ${some(unroutable)}; ${whyUnroutable(worst)}`,
      possible: true,
    };
  const why = whyUnroutable(worst);
  if (obstacle) return { reason: obstacle.reason, message: `${why}; ${obstacle.message}`, possible: false };
  return { reason: 'PodIPNotRoutable', message: `${why}${forwarded(places)}`, possible: true };
}

const forwarded = (places: readonly Place[]): string =>
  onlyOn(places) === '' ? '' : `; nodes elsewhere forward to its endpoints${onlyOn(places)}`;

const waiting = (chosen: TargetType, points: TargetType, { awayMs, backMs }: Hysteresis): string =>
  chosen === points
    ? ''
    : `; targets stay ${chosen} until that has held for ${(points === 'ip' ? backMs : awayMs) / 1_000} s`;

function some(places: readonly Place[]): string {
  const named = places.slice(0, 5).map(({ address }) => address);
  return places.length <= 5 ? named.join(', ') : `${named.join(', ')} and ${places.length - 5} more`;
}

function requested(input: FallbackInput, evidence: Evidence): FallbackDecision {
  const { service, port } = input;
  const no = (reason: 'NoNodePort' | 'NoInstance', message: string): FallbackDecision => ({
    targetType: 'instance',
    reason,
    message: `target type instance was asked for; ${message}`,
    possible: false,
  });
  const who = `Service ${service.namespace}/${service.name}`;
  if (portOf(service, port)?.nodePort === undefined)
    return no('NoNodePort', `it needs a node port: set spec.type of ${who} to NodePort (it is ${service.type})`);
  const obstacle = evidence.places.length === 0 ? undefined : whyNoInstance(input, evidence);
  if (obstacle !== undefined) return no('NoInstance', obstacle);
  const message = 'target type instance was asked for';
  return { targetType: 'instance', reason: 'Requested', message, possible: true };
}

function undecided(previous: FallbackState | undefined): FallbackDecision {
  const targetType = previous?.targetType ?? 'ip';
  const message = 'no endpoint has an address yet';
  return {
    targetType,
    reason: 'NoAddressYet',
    message,
    possible: true,
    ...(previous ? { state: { targetType } } : {}),
  };
}
