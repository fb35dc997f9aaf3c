import type { Clock } from '../../../runtime/clock.ts';
import type { Container, ContainerStatus, Pod, PreStop } from '../objects.ts';
import { timestamp } from '../timestamp.ts';
import { type App, behaviourOf } from './app.ts';
import { portNumber, probeReadiness, probeTarget } from './readiness.ts';
import type { PodRuntime, RunningApp } from './runtime.ts';

export type ContainerContext = {
  clock: Clock;
  runtime: PodRuntime;
  node: string;
  pod: Pod;
  container: Container;
  addresses: string[];
  /** Told of every change of the status. */
  onChange: () => void;
};

type State = 'waiting' | 'running' | 'terminated';

const RESTART = { firstMs: 10_000, ceilingMs: 300_000 };
/** What a container still gets after SIGTERM when its preStop hook has used up the grace period. */
export const LEAST_GRACE_MS = 2_000;

/** One container of a pod: started, probed, started again when it ends, stopped when the pod goes. */
export class ContainerRun {
  readonly #context: ContainerContext;
  readonly #ended = Promise.withResolvers<void>();
  readonly #closing = new AbortController();
  #app: RunningApp | undefined;
  #probing = new AbortController();
  #state: State = 'waiting';
  #waitingFor = 'ContainerCreating';
  #ready = false;
  #restarts = 0;
  #exitCode = 0;
  #startedAt = '';
  #finishedAt = '';

  constructor(context: ContainerContext) {
    this.#context = context;
  }

  /** Resolves when it has ended for good. */
  get ended(): Promise<void> {
    return this.#ended.promise;
  }

  get ready(): boolean {
    return this.#ready;
  }

  get state(): State {
    return this.#state;
  }

  get exitCode(): number {
    return this.#exitCode;
  }

  /** Runs until it has ended for good. */
  async run(): Promise<void> {
    while (!this.#closing.signal.aborted) {
      await this.#once();
      if (!this.#startsAgain()) break;
      await this.#backOff();
    }
    if (this.#state === 'waiting') this.#become('terminated');
    this.#ended.resolve();
  }

  /** What the annotations of the pod say may change while it runs. */
  configure(pod: Pod): void {
    this.#app?.configure(behaviourFrom(this.#context.container, pod));
  }

  /** SIGTERM; what has not started yet does not start any more. */
  stop(): void {
    this.#closing.abort();
    this.#app?.signal('SIGTERM');
  }

  kill(): void {
    this.#closing.abort();
    this.#app?.signal('SIGKILL');
  }

  status(): ContainerStatus {
    const { name, image } = this.#context.container;
    return {
      name,
      image,
      imageID: image,
      ready: this.#ready,
      started: this.#state === 'running',
      restartCount: this.#restarts,
      state: this.#stateObject(),
      ...(this.#startedAt && { containerID: `podwire://${this.#id()}` }),
      ...(this.#restarts > 0 && this.#state !== 'terminated' && { lastState: this.#terminated() }),
    };
  }

  async #once(): Promise<void> {
    const { runtime, node, container, pod, addresses } = this.#context;
    const app: App = {
      id: this.#id(),
      addresses,
      ports: (container.ports ?? [])
        .filter(({ protocol = 'TCP' }) => protocol === 'TCP')
        .map((port) => port.containerPort),
      identity: identityOf(this.#context),
      healthPaths: healthPathsOf(pod),
      behaviour: behaviourFrom(container, pod),
    };
    this.#app = await runtime.start(node, app);
    this.#startedAt = this.#now();
    if (this.#closing.signal.aborted) this.#app.signal('SIGTERM');
    this.#become('running');
    this.#beginProbing();
    this.#exitCode = await this.#app.exited;
    this.#app = undefined;
    this.#probing.abort();
    this.#finishedAt = this.#now();
    this.#ready = false;
    this.#become('terminated');
  }

  #beginProbing(): void {
    const { container, addresses, clock, runtime } = this.#context;
    const probe = container.readinessProbe;
    const target = probe && probeTarget(probe, container, addresses[0] ?? '');
    this.#probing = new AbortController();
    if (probe === undefined || target === undefined) return this.#setReady(true);
    const { signal } = this.#probing;
    void probeReadiness({ clock, runtime, probe, target, signal, onResult: (ready) => this.#setReady(ready) });
  }

  #startsAgain(): boolean {
    if (this.#closing.signal.aborted) return false;
    const policy = this.#context.container.restartPolicy ?? this.#context.pod.spec.restartPolicy ?? 'Always';
    return policy === 'Always' || (policy === 'OnFailure' && this.#exitCode !== 0);
  }

  async #backOff(): Promise<void> {
    const wait = Math.min(RESTART.ceilingMs, RESTART.firstMs * 2 ** this.#restarts);
    this.#waitingFor = 'CrashLoopBackOff';
    this.#restarts++;
    this.#become('waiting');
    await this.#context.clock.sleep(wait, this.#closing.signal);
  }

  #setReady(ready: boolean): void {
    this.#ready = ready;
    this.#context.onChange();
  }

  #become(state: State): void {
    this.#state = state;
    this.#context.onChange();
  }

  #id(): string {
    return `${this.#context.pod.metadata.uid}/${this.#context.container.name}/${this.#restarts}`;
  }

  #now(): string {
    return timestamp(this.#context.clock);
  }

  #stateObject(): object {
    if (this.#state === 'waiting') return { waiting: { reason: this.#waitingFor } };
    if (this.#state === 'running') return { running: { startedAt: this.#startedAt } };
    return this.#terminated();
  }

  #terminated(): object {
    const reason = this.#exitCode === 0 ? 'Completed' : 'Error';
    const times = this.#startedAt ? { startedAt: this.#startedAt, finishedAt: this.#finishedAt || this.#now() } : {};
    return { terminated: { exitCode: this.#exitCode, reason, ...times } };
  }
}

function environmentOf({ env = [], args = [] }: Container): Record<string, string | undefined> {
  const pairs = args.map((arg) => /^([A-Z_]+)=(.*)$/.exec(arg)).filter((match) => match !== null);
  return Object.fromEntries([
    ...pairs.map(([, name, value]) => [name, value]),
    ...env.map(({ name, value }) => [name, value]),
  ]);
}

const behaviourFrom = (container: Container, pod: Pod) =>
  behaviourOf(environmentOf(container), pod.metadata.annotations ?? {});

function identityOf({ pod, container, node, addresses }: ContainerContext): App['identity'] {
  const { name, namespace = '', labels = {} } = pod.metadata;
  const version = environmentOf(container).VERSION ?? labels.version ?? labels['app.kubernetes.io/version'] ?? '';
  return { pod: name, namespace, container: container.name, ip: addresses[0] ?? '', node, version };
}

function healthPathsOf({ spec }: Pod): string[] {
  const paths = spec.containers.map(
    ({ readinessProbe }) => readinessProbe?.httpGet && (readinessProbe.httpGet.path ?? '/'),
  );
  return ['/healthz', ...paths.filter((path) => path !== undefined)];
}

/** Runs the preStop hook to its end, or until the signal aborts; a hook that fails takes no time. */
export async function runPreStop(context: ContainerContext, signal: AbortSignal): Promise<void> {
  const { sleep, exec, httpGet } = context.container.lifecycle?.preStop ?? {};
  if (httpGet !== undefined) return Promise.race([askBeforeStop(context, httpGet), aborted(signal)]);
  const seconds = sleep?.seconds ?? sleepSeconds(exec?.command ?? []);
  if (seconds > 0) await context.clock.sleep(seconds * 1_000, signal);
}

const aborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));

async function askBeforeStop(context: ContainerContext, hook: NonNullable<PreStop['httpGet']>): Promise<void> {
  const port = portNumber(hook.port, context.container);
  const [address] = context.addresses;
  if (port === undefined || address === undefined) return;
  const httpGet = { path: hook.path ?? '/', headers: {} };
  await context.runtime.probe({ address, port, httpGet, timeoutMs: 30_000 });
}

/** There is no shell here: of commands only `sleep N` is understood, alone or inside `sh -c`. */
function sleepSeconds(command: string[]): number {
  return Number(/\bsleep\s+(\d+(?:\.\d+)?)/.exec(command.join(' '))?.[1] ?? 0);
}
