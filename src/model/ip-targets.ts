import { isIP } from 'node:net';
import type { Endpoint, EndpointSlice, Pod, TargetGroupSpec } from '../cluster/objects.ts';
import { departureOf } from './disruption.ts';
import { isLeaving, stillServes } from './leaving.ts';
import { type Place, placerOf, whyUnroutable } from './network.ts';
import {
  byId,
  keyOfTarget,
  type PortInput,
  type Rejection,
  type Selection,
  type Standing,
  type Target,
} from './target.ts';

/** `announced`: it would be wanted if its node did not announce that it goes. */
type Judged = { target: Target; standing: Standing | 'wanted'; rejection?: Rejection; announced?: true };
type Verdict = { rejection: Rejection } | Judged;
type Candidate = { endpoint: Endpoint; slice: EndpointSlice };

/**
 * Selects pod addresses. EndpointSlices map pods to addresses and ports; what the pod itself says wins, since a slice is
 * seconds late. `serving` counts only for endpoints that terminate; a pod that leaves is never wanted, also where the Service
 * publishes addresses that are not ready.
 */
export function selectIpTargets(input: PortInput): Selection {
  const { spec } = input.object;
  const placeOf = input.network ? placerOf(input.network, input.nodeOf ?? (() => undefined)) : inSubnet;
  const verdicts = candidatesOf(input.slices, spec).map((one) => judgeEndpoint(one, { input, placeOf }));
  const isWanted = (verdict: Verdict): boolean => 'target' in verdict && verdict.standing === 'wanted';
  // Pods of nodes that go are better than none.
  const settled = verdicts.some(isWanted) ? verdicts : verdicts.map(withoutAnnouncement);
  return gather(settled.toSorted(wantedFirst));
}

const inSubnet = ({ addresses: [address = ''] }: Endpoint): Place => ({ address, class: 'subnet', host: 'pod' });

const withoutAnnouncement = (verdict: Verdict): Verdict =>
  'target' in verdict && verdict.announced ? { target: verdict.target, standing: 'wanted' } : verdict;

/** A dual-stack pod has an endpoint in each family: the one in the other family is then no news. */
function candidatesOf(slices: readonly EndpointSlice[], spec: TargetGroupSpec): Candidate[] {
  const all = slices.flatMap((slice) => slice.endpoints.map((endpoint) => ({ endpoint, slice })));
  const fits = ({ slice }: Candidate): boolean => slice.addressType === spec.addressFamily;
  const known = new Set(all.filter(fits).map(({ endpoint }) => endpoint.pod?.uid));
  return all.filter((one) => fits(one) || one.endpoint.pod === undefined || !known.has(one.endpoint.pod.uid));
}

function judgeEndpoint(
  { endpoint, slice }: Candidate,
  context: { input: PortInput; placeOf: (endpoint: Endpoint) => Place },
): Verdict {
  const { input, placeOf } = context;
  const what = nameOf(endpoint, slice);
  const reject = (reason: Rejection['reason'], message: string): { rejection: Rejection } => ({
    rejection: { what, reason, message },
  });
  const unfit = whyUnfit({ endpoint, slice }, input.object.spec.addressFamily);
  if (unfit) return reject(...unfit);
  const port = slice.ports.find((one) => one.name === input.port.name)?.port;
  if (port === undefined) return reject('PortNotFound', portMessage(input, slice));
  const [address = ''] = endpoint.addresses;
  const place = placeOf(endpoint);
  if (place.class === 'unroutable') return reject('UnroutableAddress', whyUnroutable(place));
  const target = targetOf(endpoint, { address, port, place });
  const standing = standingOf(endpoint, endpoint.pod && input.podOf?.(endpoint.pod.uid));
  const announced = standing === 'wanted' ? announcementOf(endpoint, input) : undefined;
  if (announced !== undefined)
    return { target, standing: 'leaving', announced: true, ...reject('NodeLeaving', announced) };
  if (standing === 'wanted') return { target, standing };
  if (standing === 'unready') return { target, standing, ...reject('NotReady', `${address} is not ready`) };
  return { target, standing, ...reject('Terminating', `${address} is terminating`) };
}

function standingOf({ ready, serving, terminating }: Endpoint, pod: Pod | undefined): Standing | 'wanted' {
  if (pod !== undefined && isLeaving(pod)) return stillServes(pod) ? 'leaving' : 'ended';
  if (terminating) return serving ? 'leaving' : 'ended';
  return ready || (pod !== undefined && mayServe(pod)) ? 'wanted' : 'unready';
}

/**
 * A pod that only a gate for targets keeps from being ready is a target, else the gate would wait for itself. It stays one when
 * the gate has just been opened: the kubelet takes a while to say that the pod is ready.
 */
const mayServe = ({ containersReady, ready, gated, peerGates = [] }: Pod): boolean =>
  containersReady && (ready || gated || peerGates.length > 0);

function whyUnfit({ endpoint, slice }: Candidate, family: 'IPv4' | 'IPv6'): [Rejection['reason'], string] | undefined {
  const address = endpoint.addresses[0];
  if (slice.addressType === 'FQDN')
    return ['NotAnAddress', `wanted an ${family} address, given the name ${address ?? ''}`];
  if (address === undefined || address === '') return ['NoAddress', `wanted an ${family} address, given none`];
  if (isIP(address) === 0) return ['NotAnAddress', `wanted an ${family} address, given ${JSON.stringify(address)}`];
  if (isIP(address) !== (family === 'IPv4' ? 4 : 6) || slice.addressType !== family)
    return ['WrongAddressFamily', `wanted an ${family} address, given ${address}`];
  return undefined;
}

/** What the node of a running pod announces, where the group is to act on that before the pod is evicted. */
function announcementOf({ node: name }: Endpoint, { object, nodeOf }: PortInput): string | undefined {
  if (object.spec.drain?.preDrain !== true || name === undefined) return undefined;
  const node = nodeOf?.(name);
  const why = node && departureOf(node);
  return why && `node ${name} is about to go: ${why}`;
}

function targetOf(endpoint: Endpoint, at: { address: string; port: number; place: Place }): Target {
  return {
    id: at.address,
    port: at.port,
    uid: endpoint.pod?.uid ?? '',
    ...(at.place.class === 'routable' ? { zone: 'all' as const } : {}),
    ...(endpoint.node === undefined ? {} : { node: endpoint.node }),
  };
}

/** An endpoint stands in two slices while it moves from one to the other, and an address in two while it changes hands. */
function gather(verdicts: readonly Verdict[]): Selection {
  const chosen = new Set<string>();
  const selection: Selection = { targets: [], others: [], rejected: [] };
  for (const verdict of verdicts) {
    if (!('target' in verdict)) {
      selection.rejected.push(verdict.rejection);
      continue;
    }
    const key = keyOfTarget(verdict.target);
    if (chosen.has(key)) {
      selection.rejected.push(duplicate(verdict.target));
      continue;
    }
    chosen.add(key);
    keep(verdict, selection);
  }
  selection.targets.sort(byId);
  return selection;
}

function keep(verdict: Extract<Verdict, { target: Target }>, selection: Selection): void {
  if (verdict.standing === 'wanted') selection.targets.push(verdict.target);
  else selection.others.push({ ...verdict.target, standing: verdict.standing });
  if (verdict.rejection) selection.rejected.push(verdict.rejection);
}

const duplicate = (target: Target): Rejection => ({
  what: `endpoint ${keyOfTarget(target)}`,
  reason: 'DuplicateEndpoint',
  message: `${keyOfTarget(target)} stands in more than one EndpointSlice entry; one of them counts`,
});

const RANK = { wanted: 0, leaving: 1, unready: 2, ended: 3 } as const;
const rankOf = (verdict: Verdict): number => ('target' in verdict ? RANK[verdict.standing] : 4);
const wantedFirst = (a: Verdict, b: Verdict): number => rankOf(a) - rankOf(b);

function nameOf(endpoint: Endpoint, slice: EndpointSlice): string {
  if (endpoint.pod) return `pod ${endpoint.pod.namespace}/${endpoint.pod.name}`;
  return `endpoint ${endpoint.addresses[0] ?? '(no address)'} of EndpointSlice ${slice.namespace}/${slice.name}`;
}

function portMessage({ service, port }: PortInput, slice: EndpointSlice): string {
  const wanted =
    typeof port.targetPort === 'string'
      ? `a container port named ${JSON.stringify(port.targetPort)}`
      : `port ${port.targetPort}`;
  const given =
    slice.ports.map((one) => `${one.name || 'unnamed'} (${one.port ?? 'no number'})`).join(', ') || 'no ports';
  const name = port.name === '' ? String(port.port) : port.name;
  return `port ${name} of Service ${service.namespace}/${service.name} wants ${wanted}, and EndpointSlice ${slice.name} has ${given}`;
}
