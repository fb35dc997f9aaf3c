import { Conflict, Gone, Invalid } from '../../../errors.ts';
import type { KubeApi } from '../../../kube/api.ts';
import type { Clock } from '../../../runtime/clock.ts';
import { canonicalJson } from '../controllers/names.ts';
import { conditionOf, type Container, KINDS, type Pod } from '../objects.ts';
import { timestamp } from '../timestamp.ts';
import { type ContainerContext, ContainerRun, LEAST_GRACE_MS, runPreStop } from './container.ts';
import type { NodeOptions } from './node.ts';
import { podStatus } from './pod-status.ts';
import type { PodRuntime } from './runtime.ts';

export type PodContext = {
  api: KubeApi;
  clock: Clock;
  runtime: PodRuntime;
  node: NodeOptions;
  addresses: string[];
  onError: (pod: string, error: unknown) => void;
};

type Running = { run: ContainerRun; context: ContainerContext; sidecar: boolean };

const RETRY_MS = 500;

/** One pod on one node, from its start to the removal of its object. */
export class PodRun {
  readonly #context: PodContext;
  readonly #containers: Running[];
  readonly #startTime: string;
  readonly #gone = new AbortController();
  readonly #done = Promise.withResolvers<void>();
  #pod: Pod;
  #written = '';
  #transitions: NonNullable<Pod['status']>['conditions'] = [];
  #writing: Promise<void> | undefined;
  #dirty = false;
  #shortened = new AbortController();
  #terminating: { graceMs: number } | undefined;
  #exitCodes: number[] | undefined;

  constructor(context: PodContext, pod: Pod) {
    this.#context = context;
    this.#pod = pod;
    this.#startTime = this.#now();
    this.#containers = containersOf(pod).map(({ container, sidecar }) => this.#running(container, sidecar));
  }

  /** Resolves when nothing of it runs any more and its object is gone or final. */
  get done(): Promise<void> {
    return this.#done.promise;
  }

  start(): void {
    for (const { run } of this.#containers) void run.run().catch((error: unknown) => this.#report(error));
    const mains = this.#containers.filter(({ sidecar }) => !sidecar);
    void Promise.all(mains.map(({ run }) => run.ended)).then(() => this.#allEnded());
    this.update(this.#pod);
    this.#changed();
  }

  /** Takes in what the API server says of the pod now. */
  update(pod: Pod): void {
    this.#pod = pod;
    for (const { run } of this.#containers) run.configure(pod);
    this.#changed(); // a readiness gate may have moved
    if (pod.metadata.deletionTimestamp === undefined) return;
    const graceMs = (pod.metadata.deletionGracePeriodSeconds ?? 30) * 1_000;
    if (this.#terminating === undefined) void this.#terminate(graceMs);
    else if (graceMs < this.#terminating.graceMs) this.#shorten(graceMs);
  }

  /** The object is gone although we have not removed it: nobody waits any more. */
  kill(): void {
    this.#gone.abort();
    for (const { run } of this.#containers) run.kill();
    this.#done.resolve();
  }

  #running(container: Container, sidecar: boolean): Running {
    const { clock, runtime, node, addresses } = this.#context;
    const onChange = () => this.#changed();
    const context = { clock, runtime, node: node.name, pod: this.#pod, container, addresses, onChange };
    return { run: new ContainerRun(context), context, sidecar };
  }

  /** Sidecars end after the last main container, but their preStop hooks begin with the others' (KEP-753). */
  async #terminate(graceMs: number): Promise<void> {
    this.#terminating = { graceMs };
    const begun = this.#context.clock.monotonic();
    const left = () => (this.#terminating?.graceMs ?? 0) - (this.#context.clock.monotonic() - begun);
    const mains = this.#containers.filter(({ sidecar }) => !sidecar);
    const sidecars = this.#containers.filter(({ sidecar }) => sidecar);
    const hooks = new Map(this.#containers.map((running) => [running, this.#hook(running, left)]));
    const end = async (running: Running) => {
      await hooks.get(running);
      await this.#stop(running.run, Math.max(LEAST_GRACE_MS, left()));
    };
    await Promise.all(mains.map(end));
    await Promise.all(sidecars.map(end));
    await this.#remove();
  }

  /** A second, shorter deletion starts the hook again with the time that is then left. */
  async #hook({ context }: Running, left: () => number): Promise<void> {
    for (let again = true; again; ) {
      const shortened = this.#shortened.signal;
      const end = new AbortController();
      const timer = this.#context.clock.after(Math.max(0, left()), () => end.abort());
      await runPreStop(context, AbortSignal.any([end.signal, shortened, this.#gone.signal]));
      timer.cancel();
      again = shortened.aborted && !this.#gone.signal.aborted;
    }
  }

  #shorten(graceMs: number): void {
    if (this.#terminating !== undefined) this.#terminating.graceMs = graceMs;
    const before = this.#shortened;
    this.#shortened = new AbortController();
    before.abort();
  }

  async #stop(run: ContainerRun, graceMs: number): Promise<void> {
    run.stop();
    const timer = this.#context.clock.after(graceMs, () => run.kill());
    await run.ended;
    timer.cancel();
  }

  #allEnded(): void {
    this.#exitCodes = this.#containers.filter(({ sidecar }) => !sidecar).map(({ run }) => run.exitCode);
    this.#changed();
    if (this.#terminating === undefined) for (const { run, sidecar } of this.#containers) if (sidecar) run.stop();
  }

  async #remove(): Promise<void> {
    await this.#writing;
    const { namespace = '', name, uid } = this.#pod.metadata;
    while (!this.#gone.signal.aborted) {
      try {
        await this.#context.api.delete(KINDS.pod, { namespace, name, uid, graceSeconds: 0 });
        break;
      } catch (error) {
        if (error instanceof Gone || error instanceof Conflict) break;
        this.#report(error);
        await this.#context.clock.sleep(RETRY_MS, this.#gone.signal);
      }
    }
    this.#done.resolve();
  }

  #changed(): void {
    this.#dirty = true;
    this.#writing ??= this.#write().finally(() => {
      this.#writing = undefined;
      if (this.#dirty) this.#changed();
    });
  }

  async #write(): Promise<void> {
    await Promise.resolve(); // changes of the same turn are one write
    this.#dirty = false;
    const status = this.#status();
    const text = canonicalJson(status);
    if (text === this.#written || this.#gone.signal.aborted) return;
    try {
      await this.#apply(status);
      this.#written = text;
    } catch (error) {
      if (error instanceof Gone || error instanceof Invalid || this.#gone.signal.aborted) return;
      this.#report(error);
      this.#dirty = true;
      await this.#context.clock.sleep(RETRY_MS, this.#gone.signal);
    }
  }

  #status() {
    const own = { ...this.#pod, status: { ...this.#pod.status, conditions: this.#knownConditions() } };
    const status = podStatus({
      pod: own,
      now: this.#now(),
      hostAddress: this.#context.node.address,
      addresses: this.#context.addresses,
      startTime: this.#startTime,
      containers: this.#containers.map(({ run }) => run.status()),
      ...(this.#exitCodes !== undefined && { exitCodes: this.#exitCodes }),
    });
    this.#transitions = status.conditions ?? [];
    return status;
  }

  /** Others' conditions as the API server has them, our own as we last decided: the watch may be behind us. */
  #knownConditions() {
    const own = new Set(this.#transitions?.map(({ type }) => type));
    const others = (this.#pod.status?.conditions ?? []).filter(({ type }) => !own.has(type));
    return [...others, ...(this.#transitions ?? [])];
  }

  async #apply(status: object): Promise<void> {
    const { namespace = '', name, uid } = this.#pod.metadata;
    const body = { apiVersion: 'v1', kind: 'Pod', metadata: { name, namespace, uid }, status };
    const patch = { type: 'apply', body, subresource: 'status', fieldManager: 'kubelet', force: true } as const;
    await this.#context.api.patch(KINDS.pod, { namespace, name }, patch);
  }

  #now(): string {
    return timestamp(this.#context.clock);
  }

  #report(error: unknown): void {
    this.#context.onError(`${this.#pod.metadata.namespace}/${this.#pod.metadata.name}`, error);
  }
}

/** Init containers that stay are sidecars; the others do their work at once. */
function containersOf({ spec }: Pod): { container: Container; sidecar: boolean }[] {
  const sidecars = (spec.initContainers ?? []).filter(({ restartPolicy }) => restartPolicy === 'Always');
  return [
    ...spec.containers.map((container) => ({ container, sidecar: false })),
    ...sidecars.map((container) => ({ container, sidecar: true })),
  ];
}

/** Whether a pod has ended and only its object is left. */
export const hasEnded = (pod: Pod): boolean =>
  ['Succeeded', 'Failed'].includes(pod.status?.phase ?? '') && conditionOf(pod, 'Ready')?.status !== 'True';
