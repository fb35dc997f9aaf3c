import { Conflict, Gone } from '../../../errors.ts';
import type { KubeApi } from '../../../kube/api.ts';
import type { Clock } from '../../../runtime/clock.ts';
import { type Condition, conditionOf, type Container, KINDS, type Pod, type PodStatus } from '../objects.ts';
import { timestamp } from '../timestamp.ts';
import { ContainerRun } from './container.ts';
import type { NodeOptions } from './node.ts';
import { type KubeletEnd, podStatus } from './pod-status.ts';
import type { Programs } from './program/programs.ts';
import type { PodRuntime } from './runtime.ts';
import { StatusWriter } from './status-writer.ts';
import { endContainers, type Member } from './termination.ts';

export type PodContext = {
  api: KubeApi;
  clock: Clock;
  runtime: PodRuntime;
  programs: Programs | undefined;
  node: NodeOptions;
  addresses: string[];
  onError: (pod: string, error: unknown) => void;
};

/**
 * `serving`: nobody has told its containers to end; `sleeping`: it ends and its preStop hooks run; `stopping`: a main
 * container was sent a signal; `ended`: nothing of it runs.
 */
export type PodState = 'serving' | 'sleeping' | 'stopping' | 'ended';

const RETRY_MS = 500;
const DEFAULT_GRACE_SECONDS = 30;
/** No pod gets less (kubelet, `calculateEffectiveGracePeriod`). */
const LEAST_GRACE_SECONDS = 1;

/** One pod on one node, from its start to the removal of its object. */
export class PodRun {
  readonly #context: PodContext;
  readonly #members: Member[];
  readonly #startTime: string;
  readonly #gone = new AbortController();
  readonly #done = Promise.withResolvers<void>();
  readonly #writer: StatusWriter;
  #pod: Pod;
  #transitions: Condition[] = [];
  #ending: { seconds: number; abort: AbortController } | undefined;
  #kubeletEnd: KubeletEnd | undefined;
  #exitCodes: number[] | undefined;
  #removing = false;

  constructor(context: PodContext, pod: Pod) {
    this.#context = context;
    this.#pod = pod;
    this.#startTime = this.#now();
    this.#members = membersOf(pod).map(({ container, sidecar }) => ({ run: this.#runOf(container), sidecar }));
    const { api, clock } = context;
    const onError = (error: unknown) => this.#report(error);
    this.#writer = new StatusWriter({
      ...{ api, clock, pod, onError },
      status: () => this.#status(),
      signal: this.#gone.signal,
    });
  }

  /** Resolves when nothing of it runs any more: then its address is free, whatever becomes of the object. */
  get done(): Promise<void> {
    return this.#done.promise;
  }

  get pod(): Pod {
    return this.#pod;
  }

  get addresses(): string[] {
    return this.#context.addresses;
  }

  get state(): PodState {
    if (this.#exitCodes !== undefined) return 'ended';
    if (this.#mains().some(({ run }) => run.signalled)) return 'stopping';
    return this.#ending === undefined ? 'serving' : 'sleeping';
  }

  start(): void {
    for (const { run } of this.#members) void run.run();
    void Promise.all(this.#mains().map(({ run }) => run.ended)).then(() => this.#mainsEnded());
    void Promise.all(this.#members.map(({ run }) => run.ended)).then(() => this.#allEnded());
    this.update(this.#pod);
  }

  /** Takes in what the API server says of the pod now. */
  update(pod: Pod): void {
    this.#pod = pod;
    for (const { run } of this.#members) run.configure(pod);
    this.#writer.changed(); // a readiness gate may have moved
    if (pod.metadata.deletionTimestamp === undefined) return;
    this.#end(pod.metadata.deletionGracePeriodSeconds ?? DEFAULT_GRACE_SECONDS);
    if (this.#exitCodes !== undefined) void this.#remove();
  }

  /** Its object was removed by force: the containers end as in a usual deletion, and nobody sees it (kubernetes #120449). */
  objectGone(): void {
    this.#gone.abort();
    if (this.#ending === undefined) this.#end(this.#pod.spec.terminationGracePeriodSeconds ?? DEFAULT_GRACE_SECONDS);
  }

  /** An end that the kubelet decides on; the object is not deleted, and hears of it when nothing runs any more. */
  endByKubelet(seconds: number, end: KubeletEnd): void {
    this.#kubeletEnd ??= end;
    this.#end(seconds);
  }

  /** Nothing runs any more from now on, and nobody is told: the node is gone, or this kubelet ends. */
  vanish(): void {
    this.#gone.abort();
    this.#ending?.abort.abort();
    for (const { run } of this.#members) {
      run.close();
      run.signal('SIGKILL');
    }
    this.#done.resolve();
  }

  /** A signal to the main containers from somewhere else, for example from a node without memory. */
  signal(signal: 'SIGTERM' | 'SIGKILL'): void {
    for (const { run } of this.#mains()) run.signal(signal);
  }

  #mains(): Member[] {
    return this.#members.filter(({ sidecar }) => !sidecar);
  }

  #runOf(container: Container): ContainerRun {
    const { clock, runtime, programs, node, addresses } = this.#context;
    const onChange = () => this.#writer.changed();
    const onError = (error: unknown) => this.#report(error);
    return new ContainerRun({
      clock,
      runtime,
      programs,
      node: node.name,
      hostAddress: node.address,
      pod: this.#pod,
      container,
      addresses,
      onChange,
      onError,
    });
  }

  /** A shorter grace period gives the attempt up and begins anew, hooks and all, with the whole of it (kubelet, pod workers). */
  #end(seconds: number): void {
    const wanted = Math.max(LEAST_GRACE_SECONDS, seconds);
    if (this.#ending !== undefined && wanted >= this.#ending.seconds) return;
    this.#ending?.abort.abort();
    const abort = new AbortController();
    this.#ending = { seconds: wanted, abort };
    void endContainers(this.#members, { graceMs: wanted * 1_000, signal: abort.signal });
  }

  /** Sidecars have nobody left to serve. */
  #mainsEnded(): void {
    if (this.#ending === undefined) this.#end(this.#pod.spec.terminationGracePeriodSeconds ?? DEFAULT_GRACE_SECONDS);
  }

  #allEnded(): void {
    this.#exitCodes = this.#mains().map(({ run }) => run.exitCode);
    this.#writer.changed();
    this.#done.resolve();
    if (this.#pod.metadata.deletionTimestamp !== undefined) void this.#remove();
  }

  async #remove(): Promise<void> {
    if (this.#removing) return;
    this.#removing = true;
    await this.#writer.settled();
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
  }

  #status(): PodStatus {
    const own = { ...this.#pod, status: { ...this.#pod.status, conditions: this.#knownConditions() } };
    const status = podStatus({
      pod: own,
      now: this.#now(),
      hostAddress: this.#context.node.address,
      addresses: this.#context.addresses,
      startTime: this.#startTime,
      containers: this.#mains().map(({ run }) => run.status()),
      sidecars: this.#members.filter(({ sidecar }) => sidecar).map(({ run }) => run.status()),
      ...(this.#exitCodes !== undefined && { exitCodes: this.#exitCodes }),
      ...(this.#kubeletEnd !== undefined && { ended: this.#kubeletEnd }),
    });
    this.#transitions = status.conditions ?? [];
    return status;
  }

  /** Others' conditions as the API server has them, our own as we last decided: the watch may be behind us. */
  #knownConditions(): Condition[] {
    const own = new Set(this.#transitions.map(({ type }) => type));
    const others = (this.#pod.status?.conditions ?? []).filter(({ type }) => !own.has(type));
    return [...others, ...this.#transitions];
  }

  #now(): string {
    return timestamp(this.#context.clock);
  }

  #report(error: unknown): void {
    this.#context.onError(`${this.#pod.metadata.namespace}/${this.#pod.metadata.name}`, error);
  }
}

/** Init containers that stay are sidecars; the others do their work at once. */
function membersOf({ spec }: Pod): { container: Container; sidecar: boolean }[] {
  const sidecars = (spec.initContainers ?? []).filter(({ restartPolicy }) => restartPolicy === 'Always');
  return [
    ...spec.containers.map((container) => ({ container, sidecar: false })),
    ...sidecars.map((container) => ({ container, sidecar: true })),
  ];
}

/** Whether a pod has ended and only its object is left. */
export const hasEnded = (pod: Pod): boolean =>
  ['Succeeded', 'Failed'].includes(pod.status?.phase ?? '') && conditionOf(pod, 'Ready')?.status !== 'True';
