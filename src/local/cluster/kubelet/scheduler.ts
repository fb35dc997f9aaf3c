import { Conflict, Gone } from '../../../errors.ts';
import type { KubeApi } from '../../../kube/api.ts';
import type { Mirror } from '../mirror.ts';
import { bindingOf, isActive, isFinal, type Node, type Pod } from '../objects.ts';
import { admits, hostPortsOf } from './node-fit.ts';

export type Scheduling = {
  api: KubeApi;
  pods: Mirror<Pod>;
  nodes: Mirror<Node>;
  /** The node that alone has what the pod asks for, where there is such a thing. */
  onlyNode: (pod: Pod) => string | undefined;
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
    if ((pod.spec.schedulingGates ?? []).length > 0) return;
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
    const { nodes, pods, onlyNode } = this.#scheduling;
    const only = onlyNode(pod);
    // Those that end count too: they still have their ports.
    const present = pods.values().filter((one) => !isFinal(one));
    const nodeOf = ({ metadata, spec }: Pod): string | undefined => spec.nodeName ?? this.#binding.get(metadata.uid);
    const on = (node: Node): Pod[] => present.filter((one) => nodeOf(one) === node.metadata.name);
    const ports = hostPortsOf(pod);
    const free = (node: Node): boolean =>
      ports.length === 0 ||
      !on(node)
        .flatMap(hostPortsOf)
        .some((port) => ports.includes(port));
    const fitting = nodes
      .values()
      .filter((node) => (only === undefined || node.metadata.name === only) && admits(node, pod) && free(node));
    const load = (node: Node): number => on(node).filter(isActive).length;
    return fitting
      .map((node) => ({ node, load: load(node) }))
      .toSorted((a, b) => a.load - b.load || (a.node.metadata.name < b.node.metadata.name ? -1 : 1))[0]?.node;
  }

  async #bind(pod: Pod, node: string): Promise<void> {
    const { namespace = '', name, uid } = pod.metadata;
    const target = { apiVersion: 'v1', kind: 'Node', name: node };
    await this.#scheduling.api.create(bindingOf(name), { metadata: { name, namespace, uid }, target });
  }
}
