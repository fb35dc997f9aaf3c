import type { EndpointSlice, LoadBalancerObject, TargetGroupObject } from '../cluster/objects.ts';
import { decideTargetType, type FallbackDecision, type FallbackState } from '../model/fallback.ts';
import { backendKey, type Member } from '../model/input.ts';
import type { Network } from '../model/network.ts';
import { portOf } from '../model/target.ts';
import type { Clock } from '../runtime/clock.ts';

type Slices = { slicesOf(namespace: string, service: string): EndpointSlice[] };

/** What the fallback says of one stack: the groups that are served through node ports, and what a user should know. */
export type FallbackVerdict = {
  targetTypes: Record<string, 'instance'>;
  /** By backend key, those that are worth telling. */
  told: Record<string, FallbackDecision>;
  recheckAfterMs?: number;
};

/** Remembers for each Service port whether its pod IPs can be reached, and since when they say otherwise. */
export class Fallback {
  readonly #cluster: Slices;
  readonly #clock: Clock;
  readonly #states = new Map<string, FallbackState>(); // backend key -> state
  readonly #known = new Set<string>(); // backend keys seen since the start

  constructor(cluster: Slices, clock: Clock) {
    this.#cluster = cluster;
    this.#clock = clock;
  }

  /** With no network known, every group keeps the type it has: nothing is decided on a guess. */
  decide(view: Recorded & { members: Member[] }, network: Network | undefined): FallbackVerdict {
    const verdict: FallbackVerdict = { targetTypes: {}, told: {} };
    for (const { key, ...backend } of backendsOf(view.members)) {
      this.#recall(key, backend, view);
      if (network !== undefined) this.#note(key, this.#decide(backend, { key, network }), verdict);
      if (this.#states.get(key)?.targetType === 'instance') verdict.targetTypes[key] = 'instance';
    }
    return verdict;
  }

  /** The Service is gone (`namespace/name`): one of its name begins anew. */
  forget(service: string): void {
    for (const key of this.#known) {
      if (!key.startsWith(`${service}:`)) continue;
      this.#known.delete(key);
      this.#states.delete(key);
    }
  }

  // After a start the type a group has is what was decided last; a group made since may still wait for its first address.
  #recall(key: string, backend: Omit<Backend, 'key'>, { ledger, objects }: Recorded): void {
    if (this.#known.has(key)) return;
    this.#known.add(key);
    const { resources } = ledger?.status ?? {};
    const targetType = resources === undefined ? typeOfObject(backend, objects) : typeOfRecord(key, resources);
    if (targetType !== undefined) this.#states.set(key, { targetType });
  }

  #decide(
    { service, port }: Omit<Backend, 'key'>,
    { key, network }: { key: string; network: Network },
  ): FallbackDecision {
    return decideTargetType({
      wanted: 'ip',
      service,
      port: { number: port.port },
      slices: this.#cluster.slicesOf(service.namespace, service.name),
      addressFamily: service.ipFamilies[0] ?? 'IPv4',
      network,
      previous: this.#states.get(key),
      now: this.#clock.now(),
    });
  }

  #note(key: string, decision: FallbackDecision, verdict: FallbackVerdict): void {
    if (decision.state !== undefined) this.#states.set(key, decision.state);
    if (!['NoAddressYet', 'PodIPRoutable'].includes(decision.reason)) verdict.told[key] = decision;
    const wait = Math.min(decision.recheckAfterMs ?? Infinity, verdict.recheckAfterMs ?? Infinity);
    if (wait < Infinity) verdict.recheckAfterMs = wait;
  }
}

/** What the cluster remembers of a stack. */
type Recorded = { ledger: LoadBalancerObject | undefined; objects: TargetGroupObject[] };

/** The id of a group tells a fallback from the type that a user asked for. */
function typeOfRecord(key: string, resources: Record<string, string>): FallbackState['targetType'] | undefined {
  const ids = Object.keys(resources).filter((id) => /^($|[/:])/.test(id.replace(`target-group/${key}`, '')));
  if (ids.length === 0) return undefined;
  return ids.some((id) => id.endsWith(':instance')) ? 'instance' : 'ip';
}

function typeOfObject({ service, port }: Omit<Backend, 'key'>, objects: TargetGroupObject[]) {
  const ours = objects.filter(
    ({ namespace, spec }) => namespace === service.namespace && spec.service.name === service.name,
  );
  return ours.find(({ spec }) => portOf(service, spec.service.port)?.port === port.port)?.spec.targetType;
}

type Backend = {
  key: string;
  service: Member['services'][number];
  port: Member['services'][number]['ports'][number];
};

const backendsOf = (members: Member[]): Backend[] =>
  members.flatMap(({ services }) =>
    services.flatMap((service) =>
      service.ports.map((port) => ({ key: backendKey(service.namespace, service.name, port.port), service, port })),
    ),
  );
