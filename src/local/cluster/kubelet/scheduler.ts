import { Conflict, Gone } from '../../../errors.ts';
import type { KubeApi } from '../../../kube/api.ts';
import type { Mirror } from '../mirror.ts';
import { bindingOf, isActive, type Node, type Pod } from '../objects.ts';
import { matchesLabels } from '../selector.ts';

export type Scheduling = {
  api: KubeApi;
  pods: Mirror<Pod>;
  nodes: Mirror<Node>;
  onError: (pod: string, error: unknown) => void;
};

/** Binds a pod that has no node to the fitting one with the fewest pods. */
export class Scheduler {
  readonly #scheduling: Scheduling;
  readonly #binding = new Map<string, string>(); // pod uid -> node, until the watch says so

  constructor(scheduling: Scheduling) {
    this.#scheduling = scheduling;
  }

  /** Resolves at once when there is nothing to do, or nowhere to go. */
  async schedule(pod: Pod): Promise<void> {
    const { uid } = pod.metadata;
    if (pod.spec.nodeName) this.#binding.delete(uid);
    if (pod.spec.nodeName || !isActive(pod) || this.#binding.has(uid)) return;
    const node = this.#choose(pod);
    if (node === undefined) return;
    this.#binding.set(uid, node.metadata.name);
    try {
      await this.#bind(pod, node.metadata.name);
    } catch (error) {
      this.#binding.delete(uid);
      if (!(error instanceof Gone) && !(error instanceof Conflict)) throw error;
    }
  }

  forget(pod: Pod): void {
    this.#binding.delete(pod.metadata.uid);
  }

  #choose(pod: Pod): Node | undefined {
    const { nodes, pods } = this.#scheduling;
    const fitting = nodes.values().filter((node) => fits(pod, node));
    const nodesInUse = pods
      .values()
      .filter(isActive)
      .map(({ metadata, spec }) => spec.nodeName ?? this.#binding.get(metadata.uid));
    const load = (node: Node) => nodesInUse.filter((name) => name === node.metadata.name).length;
    return fitting.toSorted((a, b) => load(a) - load(b) || (a.metadata.name < b.metadata.name ? -1 : 1))[0];
  }

  async #bind(pod: Pod, node: string): Promise<void> {
    const { namespace = '', name, uid } = pod.metadata;
    const target = { apiVersion: 'v1', kind: 'Node', name: node };
    await this.#scheduling.api.create(bindingOf(name), { metadata: { name, namespace, uid }, target });
  }
}

function fits(pod: Pod, { metadata, spec }: Node): boolean {
  if (spec.unschedulable || metadata.deletionTimestamp !== undefined) return false;
  const repels = (spec.taints ?? []).some(({ effect }) => effect !== 'PreferNoSchedule');
  return !repels && matchesLabels(pod.spec.nodeSelector ?? {}, metadata.labels);
}
