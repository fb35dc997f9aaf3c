import { Gone, Invalid } from '../../../errors.ts';
import type { KubeApi } from '../../../kube/api.ts';
import type { Clock } from '../../../runtime/clock.ts';
import { canonicalJson } from '../controllers/names.ts';
import { KINDS, type Pod, type PodStatus } from '../objects.ts';

export type StatusWriting = {
  api: KubeApi;
  clock: Clock;
  pod: Pod;
  /** The status as it is now. */
  status: () => PodStatus;
  /** No write begins after it. */
  signal: AbortSignal;
  onError: (error: unknown) => void;
};

const RETRY_MS = 500;

/** Writes a pod's status whenever it differs from what was written last; one write at a time, and the last one wins. */
export class StatusWriter {
  readonly #writing: StatusWriting;
  #written = '';
  #running: Promise<void> | undefined;
  #dirty = false;

  constructor(writing: StatusWriting) {
    this.#writing = writing;
  }

  /** Something may have changed. */
  changed(): void {
    this.#dirty = true;
    this.#running ??= this.#write().finally(() => {
      this.#running = undefined;
      if (this.#dirty) this.changed();
    });
  }

  /** Resolves when what has changed until now is written. */
  async settled(): Promise<void> {
    while (this.#running !== undefined) await this.#running;
  }

  async #write(): Promise<void> {
    const { clock, signal, status, onError } = this.#writing;
    await Promise.resolve(); // changes of the same turn are one write
    this.#dirty = false;
    const wanted = status();
    const text = canonicalJson(wanted);
    if (text === this.#written || signal.aborted) return;
    try {
      await this.#apply(wanted);
      this.#written = text;
    } catch (error) {
      if (error instanceof Gone || signal.aborted) return;
      onError(error);
      if (error instanceof Invalid) return;
      this.#dirty = true;
      await clock.sleep(RETRY_MS, signal);
    }
  }

  /** By server-side apply: conditions of others are theirs, and stay. */
  async #apply(status: PodStatus): Promise<void> {
    const { namespace = '', name, uid } = this.#writing.pod.metadata;
    const body = { apiVersion: 'v1', kind: 'Pod', metadata: { name, namespace, uid }, status };
    const patch = { type: 'apply', body, subresource: 'status', fieldManager: 'kubelet', force: true } as const;
    await this.#writing.api.patch(KINDS.pod, { namespace, name }, patch);
  }
}
