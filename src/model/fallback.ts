import { isIP } from 'node:net';
import type { EndpointSlice, PortRef, Service } from '../cluster/objects.ts';
import { classifierOf, type Network } from './network.ts';
import { portOf } from './target.ts';

/** How long the opposite must hold before a group that serves changes its target type. Milliseconds. */
const HYSTERESIS = { away: 60_000, back: 600_000 } as const;

type TargetType = 'ip' | 'instance';

/** What one decision hands to the next. Absent until an address has decided. `opposedSince`: wall clock, milliseconds. */
export type FallbackState = { targetType: TargetType; opposedSince?: number };

type FallbackReason =
  | 'Requested'
  | 'NoAddressYet'
  | 'PodIPRoutable'
  | 'PartlyRoutable'
  | 'PodIPNotRoutable'
  | 'NoNodePort';

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
  service: Service;
  port: PortRef;
  slices: readonly EndpointSlice[];
  addressFamily: 'IPv4' | 'IPv6';
  network: Network;
  previous: FallbackState | undefined;
  now: number;
};

type Evidence = { routable: string[]; unroutable: string[] };

/**
 * Decides the target type of one Service port. `ip` gives way to `instance` only when no endpoint can be reached, for a
 * minute, and comes back after ten minutes with endpoints that can; a group that has not decided yet decides at once.
 */
export function decideTargetType(input: FallbackInput): FallbackDecision {
  const hasNodePort = portOf(input.service, input.port)?.nodePort !== undefined;
  if (input.wanted === 'instance') return requested(input.service, hasNodePort);
  const evidence = weigh(input);
  if (evidence.routable.length + evidence.unroutable.length === 0) return undecided(input.previous);
  const points = evidence.routable.length === 0 && hasNodePort ? 'instance' : 'ip';
  const { state, recheckAfterMs } = settle(points, input);
  const told = tell(state.targetType, evidence, { ...input, hasNodePort });
  return { targetType: state.targetType, ...told, state, ...(recheckAfterMs === undefined ? {} : { recheckAfterMs }) };
}

function weigh({ slices, addressFamily, network }: FallbackInput): Evidence {
  const classify = classifierOf(network);
  const version = addressFamily === 'IPv4' ? 4 : 6;
  const endpoints = slices.filter((slice) => slice.addressType === addressFamily).flatMap((slice) => slice.endpoints);
  const live = endpoints.filter((endpoint) => !endpoint.terminating).flatMap((endpoint) => endpoint.addresses[0] ?? []);
  const addresses = [...new Set(live)].filter((address) => isIP(address) === version).toSorted();
  return {
    routable: addresses.filter((address) => classify(address) !== 'unroutable'),
    unroutable: addresses.filter((address) => classify(address) === 'unroutable'),
  };
}

function settle(
  points: TargetType,
  { previous, now }: FallbackInput,
): { state: FallbackState; recheckAfterMs?: number } {
  if (previous === undefined || previous.targetType === points) return { state: { targetType: points } };
  const opposedSince = previous.opposedSince ?? now;
  const left = opposedSince + (points === 'instance' ? HYSTERESIS.away : HYSTERESIS.back) - now;
  if (left <= 0) return { state: { targetType: points } };
  return { state: { targetType: previous.targetType, opposedSince }, recheckAfterMs: left };
}

type Told = Pick<FallbackDecision, 'reason' | 'message' | 'possible'>;

function tell(chosen: TargetType, evidence: Evidence, context: FallbackInput & { hasNodePort: boolean }): Told {
  const { routable, unroutable } = evidence;
  if (unroutable.length === 0)
    return { reason: 'PodIPRoutable', message: `${routable[0]} is routable${waiting(chosen, 'ip')}`, possible: true };
  if (routable.length > 0)
    return {
      reason: 'PartlyRoutable',
      message: `not routable: ${some(unroutable)}${waiting(chosen, 'ip')}`,
      possible: true,
    };
  if (context.hasNodePort)
    return {
      reason: 'PodIPNotRoutable',
      message: `${whyNot(unroutable)}${waiting(chosen, 'instance')}`,
      possible: true,
    };
  return { reason: 'PodIPNotRoutable', message: `${whyNot(unroutable)}; ${remedy(context.service)}`, possible: false };
}

const whyNot = (unroutable: string[]): string =>
  `pod IP ${unroutable[0]} is in no subnet of the VPC and in no CIDR that is declared routable`;

const remedy = (service: Service): string =>
  `Service ${service.namespace}/${service.name} has no node ports to fall back to: set its spec.type to NodePort (it is ${service.type}), or declare the pods' CIDR routable`;

const waiting = (chosen: TargetType, points: TargetType): string =>
  chosen === points
    ? ''
    : `; targets stay ${chosen} until that has held for ${(points === 'ip' ? HYSTERESIS.back : HYSTERESIS.away) / 1000} s`;

const some = (addresses: string[]): string =>
  addresses.length <= 5 ? addresses.join(', ') : `${addresses.slice(0, 5).join(', ')} and ${addresses.length - 5} more`;

function requested(service: Service, hasNodePort: boolean): FallbackDecision {
  if (hasNodePort)
    return {
      targetType: 'instance',
      reason: 'Requested',
      message: 'target type instance was asked for',
      possible: true,
    };
  const message = `target type instance needs a node port: set spec.type of Service ${service.namespace}/${service.name} to NodePort (it is ${service.type})`;
  return { targetType: 'instance', reason: 'NoNodePort', message, possible: false };
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
