import type { EndpointSlice, LoadBalancerObject, Node, TargetGroupObject } from '../cluster/objects.ts';
import { decideTargetType, type FallbackDecision, type FallbackState, type Hysteresis } from '../model/fallback.ts';
import { backendKey, type Member } from '../model/input.ts';
import type { Network } from '../model/network.ts';
import { kindOfNode } from '../model/node-kind.ts';
import { portOf } from '../model/target.ts';
import { policyOf, type TargetPolicy } from '../model/target-policy.ts';
import type { Clock } from '../runtime/clock.ts';

type FallbackCluster = {
  slicesOf(namespace: string, service: string): EndpointSlice[];
  node(name: string): Node | undefined;
  nodes(): Node[];
};

export type FallbackSettings = { hysteresis: Hysteresis; defaultTargetType: 'ip' | 'instance' };

/** One thing a user should know of a backend; `ingresses` are UIDs of those it concerns. */
type Told = { backend: string; decision: FallbackDecision; ingresses: ReadonlySet<string> };

/** What the fallback says of one stack: the groups that are served through node ports, and what a user should know. */
export type FallbackVerdict = {
  targetTypes: Record<string, 'instance'>;
  told: Told[];
  /** Keys of the backends none of whose pods can be reached, so that what still serves as a pod goes away. */
  stranded: ReadonlySet<string>;
  recheckAfterMs?: number;
};

/** Remembers for each Service port whether its pod IPs can be reached, and since when they say otherwise. */
export class Fallback {
  readonly #cluster: FallbackCluster;
  readonly #clock: Clock;
  readonly #settings: FallbackSettings;
  readonly #states = new Map<string, FallbackState>(); // backend key -> state
  readonly #known = new Set<string>(); // backend keys seen since the start

  constructor(cluster: FallbackCluster, clock: Clock, settings: FallbackSettings) {
    this.#cluster = cluster;
    this.#clock = clock;
    this.#settings = settings;
  }

  /** With no network known, every group keeps the type it has: nothing is decided on a guess. */
  decide(view: Recorded & { members: Member[] }, network: Network | undefined): FallbackVerdict {
    const { defaultTargetType } = this.#settings;
    const verdict = { targetTypes: {}, told: [], stranded: new Set<string>() } as Draft;
    for (const backend of backendsOf(view.members, defaultTargetType)) {
      this.#recall(backend, view);
      if (network !== undefined) this.#judge(backend, network, verdict);
      if (this.#states.get(backend.key)?.targetType === 'instance') verdict.targetTypes[backend.key] = 'instance';
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
  #recall(backend: Backend, { ledger, objects }: Recorded): void {
    const { key } = backend;
    if (this.#known.has(key)) return;
    this.#known.add(key);
    const { resources } = ledger?.status ?? {};
    const targetType = resources === undefined ? typeOfObject(backend, objects) : typeOfRecord(key, resources);
    if (targetType !== undefined) this.#states.set(key, { targetType });
  }

  /** One Service port may be named by Ingresses that let it fall back, that forbid it, and that ask for nodes anyway. */
  #judge(backend: Backend, network: Network, verdict: Draft): void {
    const { key, uses } = backend;
    for (const [, same] of Map.groupBy(uses, ({ policy }) => JSON.stringify(policy))) {
      const { policy } = same[0] as Use;
      const decision = this.#decide(backend, { policy, network });
      const ingresses = new Set(same.map(({ ingress }) => ingress));
      if (!UNTOLD.has(decision.reason)) verdict.told.push({ backend: key, decision, ingresses });
      if (policy.wanted === 'ip' && policy.mayFallBack) this.#note(key, decision, verdict);
    }
    // Where nobody lets it fall back nothing is decided: who comes to allow it need not wait.
    if (!uses.some(({ policy }) => policy.wanted === 'instance' || policy.mayFallBack)) this.#states.delete(key);
  }

  #decide(
    { key, service, port }: Backend,
    { policy, network }: { policy: TargetPolicy; network: Network },
  ): FallbackDecision {
    return decideTargetType({
      ...policy,
      hysteresis: this.#settings.hysteresis,
      service,
      port: { number: port.port },
      slices: this.#cluster.slicesOf(service.namespace, service.name),
      addressFamily: service.ipFamilies[0] ?? 'IPv4',
      network,
      nodeOf: (name) => this.#cluster.node(name),
      hasInstances: () => this.#cluster.nodes().some((node) => kindOfNode(node) === 'instance'),
      previous: this.#states.get(key),
      now: this.#clock.now(),
    });
  }

  #note(key: string, decision: FallbackDecision, verdict: Draft): void {
    if (decision.state !== undefined) this.#states.set(key, decision.state);
    if (decision.reason === 'PodIPNotRoutable') verdict.stranded.add(key);
    const wait = Math.min(decision.recheckAfterMs ?? Infinity, verdict.recheckAfterMs ?? Infinity);
    if (wait < Infinity) verdict.recheckAfterMs = wait;
  }
}

type Draft = Omit<FallbackVerdict, 'stranded'> & { stranded: Set<string> };

/** What is as it should be. */
const UNTOLD = new Set<FallbackDecision['reason']>(['NoAddressYet', 'PodIPRoutable', 'Requested']);

/** What the cluster remembers of a stack. */
type Recorded = { ledger: LoadBalancerObject | undefined; objects: TargetGroupObject[] };

/** The id of a group tells a fallback from the type that a user asked for. */
function typeOfRecord(key: string, resources: Record<string, string>): FallbackState['targetType'] | undefined {
  const ids = Object.keys(resources).filter((id) => /^($|[/:])/.test(id.replace(`target-group/${key}`, '')));
  if (ids.length === 0) return undefined;
  return ids.some((id) => id.endsWith(':instance')) ? 'instance' : 'ip';
}

function typeOfObject({ service, port }: Backend, objects: TargetGroupObject[]) {
  const ours = objects.filter(
    ({ namespace, spec }) => namespace === service.namespace && spec.service.name === service.name,
  );
  return ours.find(({ spec }) => portOf(service, spec.service.port)?.port === port.port)?.spec.targetType;
}

type Service = Member['services'][number];

/** How one Ingress uses a backend; `ingress` is its UID. */
type Use = { ingress: string; policy: TargetPolicy };

type Backend = { key: string; service: Service; port: Service['ports'][number]; uses: Use[] };

function backendsOf(members: Member[], defaultTargetType: 'ip' | 'instance'): Backend[] {
  const found = new Map<string, Backend>();
  for (const member of members) {
    for (const service of member.services) {
      const use = { ingress: member.ingress.uid, policy: policyOf(member, service, defaultTargetType) };
      for (const port of service.ports) {
        const key = backendKey(service.namespace, service.name, port.port);
        const backend = found.get(key) ?? { key, service, port, uses: [] };
        backend.uses.push(use);
        found.set(key, backend);
      }
    }
  }
  return [...found.values()];
}
