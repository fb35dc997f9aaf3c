import {
  type Condition,
  type EndpointSlice,
  keyOf,
  type Node,
  type Pod,
  type TargetGroupObject,
} from '../cluster/objects.ts';
import type { Sample } from '../metrics.ts';
import { type Audit, auditPods } from '../model/drain/audit.ts';
import { demandOf } from '../model/drain/demand.ts';
import { findExcess } from '../model/drain/excess.ts';
import type { ServiceLine } from '../model/drain/lines.ts';
import type { Selection } from '../model/target.ts';
import type { DrainMemory } from './drain.ts';
import type { WriteEvent } from './telling.ts';

type AuditCluster = {
  podsSynced(namespace: string): boolean;
  podByUid(uid: string): Pod | undefined;
  slicesOf(namespace: string, service: string): readonly EndpointSlice[];
  service(namespace: string, name: string): { uid: string } | undefined;
  targetGroup(namespace: string, name: string): TargetGroupObject | undefined;
  node(name: string): Node | undefined;
};

export type DrainAuditDeps = {
  cluster: AuditCluster;
  lines: DrainMemory;
  /** Setting `drain-max-total-grace-seconds`. */
  maxTotalGrace: number;
  writeEvent: WriteEvent;
};

type Said = Pick<Condition, 'status' | 'reason' | 'message'>;

/** What is said of the drain budget of a group's pods, by the type of the condition. */
export type DrainSaid = { DrainBudget: Said; DrainLine?: Said };

/** Says of every target group what the budget of its pods lacks, and counts the pods that lack something. */
export class DrainAudit {
  readonly #deps: DrainAuditDeps;
  readonly #lacks = new Map<string, Audit['lacks']>(); // TargetGroup object -> its unprotected pods

  constructor(deps: DrainAuditDeps) {
    this.#deps = deps;
  }

  /** Undefined while not enough is known to say anything: what was said before holds. */
  audit(object: TargetGroupObject, selection: Selection): DrainSaid | undefined {
    const { cluster, lines } = this.#deps;
    const known = lines.get(object.namespace)?.get(object.spec.service.name);
    const demand = demandOf(object, known);
    if (demand === undefined || !cluster.podsSynced(object.namespace)) return undefined;
    const pods = this.#podsOf(object, selection);
    const { condition, lacks } = auditPods(pods, demand);
    this.#lacks.set(keyOf(object), lacks);
    this.#tellExcess(object, pods);
    return { DrainBudget: condition, ...lineSaid(known) };
  }

  /** Each pod once, whatever the number of its target groups. */
  *samples(): Iterable<Sample<'podwire_unprotected_target_pods'>> {
    const byLabels = Map.groupBy(this.#unprotected().values(), ({ namespace, reason }) => `${namespace}/${reason}`);
    for (const of of byLabels.values()) {
      const [first] = of;
      if (first) yield { labels: { namespace: first.namespace, reason: first.reason }, value: of.length };
    }
  }

  #unprotected(): Map<string, { namespace: string; reason: string }> {
    const pods = new Map<string, { namespace: string; reason: string }>();
    for (const [key, lacks] of this.#lacks) {
      const [namespace = '', name = ''] = key.split('/');
      if (this.#deps.cluster.targetGroup(namespace, name) === undefined) this.#lacks.delete(key);
      else for (const { pod, lack } of lacks) pods.set(pod.uid, { namespace, reason: lack.reason });
    }
    return pods;
  }

  /** The pods that are targets or still serve as such; behind node ports all endpoints of the Service. */
  #podsOf({ namespace, spec }: TargetGroupObject, { targets, others }: Selection): Pod[] {
    const { cluster } = this.#deps;
    const leaving = others.filter(({ standing }) => standing !== 'unready');
    const uids =
      spec.targetType === 'ip'
        ? [...targets, ...leaving].map(({ uid }) => uid)
        : cluster
            .slicesOf(namespace, spec.service.name)
            .flatMap(({ endpoints }) => endpoints.flatMap(({ pod }) => pod?.uid ?? []));
    return [...new Set(uids)].flatMap((uid) => cluster.podByUid(uid) ?? []);
  }

  #tellExcess({ namespace, spec }: TargetGroupObject, pods: Pod[]): void {
    const { cluster, maxTotalGrace, writeEvent } = this.#deps;
    const { name } = spec.service;
    const service = cluster.service(namespace, name);
    if (service === undefined) return;
    const about = { kind: 'Service', namespace, name, uid: service.uid };
    for (const { reason, message } of findExcess(pods, { maxTotalGrace, node: (node) => cluster.node(node) }))
      writeEvent(about, { type: 'Warning', reason, message });
  }
}

const lineSaid = (known: ServiceLine | undefined): { DrainLine?: Said } =>
  known && 'problem' in known ? { DrainLine: { status: 'False', ...known.problem } } : {};
