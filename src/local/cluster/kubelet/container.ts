import type { Clock } from '../../../runtime/clock.ts';
import type { Container, ContainerStatus, Pod, Probe } from '../objects.ts';
import { timestamp } from '../timestamp.ts';
import type { App } from './app.ts';
import { appOf, behaviourFrom } from './container-app.ts';
import { keepProbing, probeTarget } from './probe.ts';
import type { Programs } from './program/programs.ts';
import { RestartDelay } from './restart.ts';
import type { PodRuntime, Program, RunningApp, Signal } from './runtime.ts';
import { endContainer } from './termination.ts';

export type ContainerContext = {
  clock: Clock;
  runtime: PodRuntime;
  /** What runs as a program of its own; every other container is an app. */
  programs: Programs | undefined;
  node: string;
  hostAddress: string;
  pod: Pod;
  container: Container;
  addresses: string[];
  /** Told of every change of the status. */
  onChange: () => void;
  onError: (error: unknown) => void;
};

type State = 'waiting' | 'running' | 'terminated';

const DEFAULT_GRACE_SECONDS = 30;
/** Exit code of a container that could not be started. */
const NOT_STARTED = 128;
const PREPARE_RETRY_MS = 1_000;

type Waiting = { reason: string; message?: string };
const CREATING: Waiting = { reason: 'ContainerCreating' };

/** One container of a pod: started, probed, started again when it ends, stopped when the pod goes. */
export class ContainerRun {
  readonly context: ContainerContext;
  readonly #ended = Promise.withResolvers<void>();
  readonly #closing = new AbortController();
  readonly #restartDelay = new RestartDelay();
  #app: RunningApp | undefined;
  #configured = '';
  #stopped = Promise.withResolvers<void>();
  #signalled: Signal | undefined;
  #probing = new AbortController();
  #state: State = 'waiting';
  #waiting = CREATING;
  #started = false;
  #ready = false;
  #restarts = 0;
  #exitCode = 0;
  #startedAt = '';
  #finishedAt = '';

  constructor(context: ContainerContext) {
    this.context = context;
  }

  /** Resolves when it has ended for good. */
  get ended(): Promise<void> {
    return this.#ended.promise;
  }

  /** Resolves when what runs now has stopped, whether it is started again or not. */
  get stopped(): Promise<void> {
    return this.#stopped.promise;
  }

  get state(): State {
    return this.#state;
  }

  get exitCode(): number {
    return this.#exitCode;
  }

  /** Whether what runs now was sent a signal. */
  get signalled(): boolean {
    return this.#signalled !== undefined;
  }

  /** Runs until it has ended for good. */
  async run(): Promise<void> {
    while (!this.#closing.signal.aborted) {
      const ranMs = await this.#once();
      if (!this.#startsAgain()) break;
      await this.#backOff(ranMs);
    }
    if (this.#state === 'waiting') this.#become('terminated');
    this.#stopped.resolve();
    this.#ended.resolve();
  }

  /** What the annotations of the pod say may change while it runs. */
  configure(pod: Pod): void {
    this.context.pod = pod; // what starts later begins with it
    const behaviour = behaviourFrom(this.context.container, pod);
    const text = JSON.stringify(behaviour);
    if (text === this.#configured) return;
    this.#configured = text;
    this.#app?.configure(behaviour);
  }

  /** It is not started again, and nothing but its readiness is probed any more. What is being started gets SIGTERM. */
  close(): void {
    this.#closing.abort();
  }

  signal(signal: Signal): void {
    if (this.#signalled !== 'SIGKILL') this.#signalled = signal;
    this.#app?.signal(signal);
    this.context.onChange();
  }

  status(): ContainerStatus {
    const { name, image } = this.context.container;
    return {
      name,
      image,
      imageID: image,
      ready: this.#ready,
      started: this.#started,
      restartCount: this.#restarts,
      state: this.#stateObject(),
      ...(this.#startedAt && { containerID: `podwire://${this.#id()}` }),
      ...(this.#restarts > 0 && this.#state !== 'terminated' && { lastState: this.#terminated() }),
    };
  }

  /** One life of the container; resolves with the milliseconds it lasted. */
  async #once(): Promise<number> {
    const { runtime, node, clock, onError } = this.context;
    const begun = clock.monotonic();
    const over = new AbortController();
    const starting = this.#prepare(over.signal).then((what) => runtime.start(node, what));
    this.#exitCode = await starting.then(
      (app) => this.#live(app),
      (error: unknown) => {
        onError(error);
        return NOT_STARTED;
      },
    );
    over.abort();
    this.#app = undefined;
    this.#probing.abort();
    this.#finishedAt = this.#now();
    this.#ready = false;
    this.#started = false;
    this.#become('terminated');
    this.#stopped.resolve();
    return clock.monotonic() - begun;
  }

  /** What the container names may come later than the pod: it waits for it, as long as the pod is wanted. */
  async #prepare(over: AbortSignal): Promise<App | Program> {
    const { programs, container, clock, onError } = this.context;
    const start = { id: this.#id(), restarts: this.#restarts, signal: over };
    if (!programs?.has(container)) return appOf(this.context, start.id);
    for (;;) {
      try {
        return await programs.programOf(this.context, start);
      } catch (error) {
        if (this.#closing.signal.aborted) throw error;
        onError(error);
        this.#waiting = { reason: 'CreateContainerConfigError', message: (error as Error).message };
        this.context.onChange();
        await clock.sleep(PREPARE_RETRY_MS, this.#closing.signal);
      }
    }
  }

  #live(app: RunningApp): Promise<number> {
    this.#app = app;
    this.#startedAt = this.#now();
    if (this.#closing.signal.aborted) app.signal(this.#signalled ?? 'SIGTERM');
    this.#become('running');
    this.#beginProbing();
    return app.exited;
  }

  /** Until the startup probe has succeeded, there is no other one. */
  #beginProbing(): void {
    const { startupProbe } = this.context.container;
    this.#probing = new AbortController();
    if (startupProbe === undefined) return this.#isStarted();
    const startup = new AbortController();
    const onResult = (started: boolean) => {
      startup.abort();
      if (started) this.#isStarted();
      else void this.#kill(startupProbe);
    };
    const known = this.#probe(startupProbe, { onResult, until: [startup.signal, this.#closing.signal] });
    if (!known) this.#isStarted();
  }

  #isStarted(): void {
    const { livenessProbe, readinessProbe } = this.context.container;
    this.#started = true;
    if (livenessProbe !== undefined) this.#watchLiveness(livenessProbe);
    const onResult = (ready: boolean) => this.#setReady(ready);
    const probed = readinessProbe && this.#probe(readinessProbe, { initially: false, onResult, until: [] });
    this.#setReady(probed !== true);
  }

  #watchLiveness(probe: Probe): void {
    const dead = new AbortController();
    const onResult = () => {
      dead.abort();
      void this.#kill(probe);
    };
    this.#probe(probe, { initially: true, onResult, until: [dead.signal, this.#closing.signal] });
  }

  /** False when it is a probe that cannot be run here. */
  #probe(
    probe: Probe,
    how: { initially?: boolean; onResult: (result: boolean) => void; until: AbortSignal[] },
  ): boolean {
    const { container, addresses, clock, runtime } = this.context;
    const target = probeTarget(probe, container, addresses[0] ?? '');
    if (target === undefined) return false;
    const { until, ...rest } = how;
    const signal = AbortSignal.any([this.#probing.signal, ...until]);
    void keepProbing({ clock, runtime, probe, target, signal, ...rest });
    return true;
  }

  /** A probe has failed for good: hook, SIGTERM and SIGKILL as at the end of the pod, which takes over when it comes. */
  async #kill(probe: Probe): Promise<void> {
    const { terminationGracePeriodSeconds: pods } = this.context.pod.spec;
    const seconds = probe.terminationGracePeriodSeconds ?? pods ?? DEFAULT_GRACE_SECONDS;
    const signal = AbortSignal.any([this.#closing.signal, this.#probing.signal]);
    await endContainer(this, { graceMs: seconds * 1_000, signal });
  }

  #startsAgain(): boolean {
    if (this.#closing.signal.aborted) return false;
    const policy = this.context.container.restartPolicy ?? this.context.pod.spec.restartPolicy ?? 'Always';
    return policy === 'Always' || (policy === 'OnFailure' && this.#exitCode !== 0);
  }

  async #backOff(ranMs: number): Promise<void> {
    const wait = this.#restartDelay.after(ranMs);
    this.#waiting = wait > 0 ? { reason: 'CrashLoopBackOff' } : CREATING;
    this.#restarts++;
    this.#signalled = undefined;
    this.#stopped = Promise.withResolvers<void>();
    this.#become('waiting');
    if (wait > 0) await this.context.clock.sleep(wait, this.#closing.signal);
  }

  #setReady(ready: boolean): void {
    this.#ready = ready;
    this.context.onChange();
  }

  #become(state: State): void {
    this.#state = state;
    this.context.onChange();
  }

  #id(): string {
    return `${this.context.pod.metadata.uid}/${this.context.container.name}/${this.#restarts}`;
  }

  #now(): string {
    return timestamp(this.context.clock);
  }

  #stateObject(): object {
    if (this.#state === 'waiting') return { waiting: this.#waiting };
    if (this.#state === 'running') return { running: { startedAt: this.#startedAt } };
    return this.#terminated();
  }

  #terminated(): object {
    const reason = this.#exitCode === 0 ? 'Completed' : 'Error';
    const times = this.#startedAt ? { startedAt: this.#startedAt, finishedAt: this.#finishedAt || this.#now() } : {};
    return { terminated: { exitCode: this.#exitCode, reason, ...times } };
  }
}
