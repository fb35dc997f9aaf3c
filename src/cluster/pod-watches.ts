import { idOf } from '../api/controller.ts';
import { INJECT } from '../api/pod.ts';
import type { Cluster } from './cluster.ts';
import type { TargetGroupBinding } from './objects.ts';
import { type ClusterChange, Reflector, type ReflectorOptions } from './reflector.ts';

export type PodWatchesOptions = Pick<
  ReflectorOptions,
  'kube' | 'cluster' | 'onChange' | 'onUnreadable' | 'controllerId'
> & {
  /** Told when all pods of a namespace are known. */
  onSynced: (namespace: string) => void;
};

const CLAIM = 'podwire.dev/claim';

/** Whether a user handed the TargetGroupBinding to this operator: by its annotation, and to one with an id by its label too. */
export const isClaimed = (binding: Pick<TargetGroupBinding, 'annotations' | 'labels'>, controllerId = ''): boolean =>
  binding.annotations[CLAIM] === 'true' && idOf(binding.labels) === controllerId;

/** Whether pods of the namespace are, or are to become, targets or gated. */
function needsPods(cluster: Cluster, namespace: string, controllerId: string | undefined): boolean {
  return (
    cluster.targetGroupsOfNamespace(namespace).length > 0 ||
    cluster.namespaceLabels(namespace)[INJECT] === 'enabled' ||
    cluster.targetGroupBindingsOfNamespace(namespace).some((one) => isClaimed(one, controllerId))
  );
}

/** One watch of pods for each namespace that needs one; the pods of all others are never asked for. */
export class PodWatches {
  readonly #options: PodWatchesOptions;
  readonly #watches = new Map<string, { abort: AbortController; ended: Promise<void> }>(); // namespace -> its watch
  readonly #ending = new Set<Promise<void>>();
  #stopped = false;

  constructor(options: PodWatchesOptions) {
    this.#options = options;
  }

  /** To be told of every change of the cluster, after the stores have it: starts and stops the watch of its namespace. */
  follow(change: ClusterChange): void {
    const namespace = namespaceOf(change);
    if (namespace === undefined || this.#stopped) return;
    const needed = needsPods(this.#options.cluster, namespace, this.#options.controllerId);
    if (needed && !this.#watches.has(namespace)) this.#start(namespace);
    if (!needed) this.#end(namespace);
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    for (const { abort } of this.#watches.values()) abort.abort();
    await Promise.all([...this.#ending, ...[...this.#watches.values()].map(({ ended }) => ended)]);
  }

  #start(namespace: string): void {
    const abort = new AbortController();
    this.#watches.set(namespace, { abort, ended: this.#run(namespace, abort.signal) });
  }

  #end(namespace: string): void {
    const watch = this.#watches.get(namespace);
    if (watch === undefined) return;
    watch.abort.abort();
    this.#watches.delete(namespace);
    this.#options.cluster.forgetPods(namespace);
    this.#ending.add(watch.ended);
    void watch.ended.then(() => this.#ending.delete(watch.ended));
  }

  async #run(namespace: string, signal: AbortSignal): Promise<void> {
    const { cluster, onSynced } = this.#options;
    const reflector = new Reflector(this.#options, 'pod', namespace);
    for await (const change of reflector.watch(signal)) {
      if (signal.aborted) return;
      const initial = !cluster.podsSynced(namespace);
      reflector.take(change, initial);
      if (!initial || change.kind !== 'replace') continue;
      cluster.markPodsSynced(namespace);
      onSynced(namespace);
    }
  }
}

/** The namespace whose need of pods the change may have altered. */
function namespaceOf(change: ClusterChange): string | undefined {
  if (change.kind === 'namespace') return change.key.slice(1);
  const comesOrGoes = change.old === undefined || change.new === undefined;
  const isHolder = change.kind === 'targetGroupBinding' || (change.kind === 'targetGroup' && comesOrGoes);
  return isHolder ? (change.new ?? change.old)?.namespace : undefined;
}
