import { Conflict, Gone, NotLeader, Retry, toError } from '../errors.ts';
import type { Clock, Timer } from '../runtime/clock.ts';
import type { KubeApi, ObjectKey } from './api.ts';
import { type LeaseRecord, newLease, readLease, releasing, renewing, taking } from './lease-record.ts';
import { followFreedom } from './lease-watch.ts';
import { RESOURCES } from './resources.ts';

type LeaseTimes = {
  /** For how long the others wait after the last change they saw. */
  durationMs: number;
  /** For how long after the start of a successful write its writer may act; shorter than `durationMs`. */
  renewDeadlineMs: number;
  /** Between two writes; also the others' pause between two looks, unless they hear that the lease is free. */
  retryMs: number;
};

export type LeaseOptions = {
  kube: Pick<KubeApi, 'get' | 'create' | 'patch' | 'watch'>;
  clock: Clock;
  key: Required<ObjectKey>;
  /** Of this process alone: a restart is somebody else. */
  identity: string;
  times: LeaseTimes;
  /** Told once of each trouble in a row. */
  onTrouble?: (error: Error) => void;
};

/** The record as we last saw it: only our own clock says how long ago that was. */
type Seen = { version: string; at: number; record: LeaseRecord };

/** Of the pause between two writes, what one may take: a hung call must not outlive the next one. */
const WRITE_SHARE = 0.75;
/** After a write that failed, the next one comes sooner. */
const FAILED_SHARE = 0.25;
const JITTER = 0.2;

/**
 * One holder among the replicas, after the rules of client-go's leader election: times are compared on our own monotonic
 * clock only, every write names the version it goes on from, and acting ends at the renew deadline, not when a write fails.
 * A holder that could not renew in time may act again only after a write that proves that nobody held the lease meanwhile.
 */
export class Lease {
  /** Resolves when this replica holds the lease for the first time. */
  readonly acquired: Promise<void>;
  /** Resolves with the reason when somebody else has taken it: this process must end. */
  readonly lost: Promise<string>;
  readonly #options: LeaseOptions;
  readonly #acquired = Promise.withResolvers<void>();
  readonly #lost = Promise.withResolvers<string>();
  readonly #stop = new AbortController();
  readonly #listeners: ((leads: boolean) => void)[] = [];
  #pause = new AbortController();
  #loop: Promise<void> | undefined;
  #seen: Seen | undefined;
  /** Version of our own last write, while the lease is ours. */
  #version: string | undefined;
  #deadline = Number.NEGATIVE_INFINITY;
  #alarm: Timer | undefined;
  #told = false;
  #trouble: string | undefined;
  #turnedAt: number | undefined;

  constructor(options: LeaseOptions) {
    this.#options = options;
    this.acquired = this.#acquired.promise;
    this.lost = this.#lost.promise;
  }

  /** Begins to contend for the lease, and goes on for ever. */
  campaign(): void {
    if (!this.#stop.signal.aborted) this.#loop ??= Promise.all([this.#run(), this.#follow()]).then(() => undefined);
  }

  /** Whether this replica may act at this very moment. */
  leads(): boolean {
    return this.#options.clock.monotonic() < this.#deadline;
  }

  /** Milliseconds since the lease was last renewed or looked at, with whatever result; undefined before the first time. */
  idleMs(): number | undefined {
    return this.#turnedAt === undefined ? undefined : this.#options.clock.monotonic() - this.#turnedAt;
  }

  /** Throws NotLeader unless this replica may act at this very moment: to be asked directly before a request is written. */
  check(): void {
    if (this.leads()) return;
    const { namespace, name } = this.#options.key;
    throw new NotLeader(`the lease ${namespace}/${name} is not held by this replica`);
  }

  /** Tells when acting begins, ends for want of a renewal, and begins again. */
  onChange(listener: (leads: boolean) => void): void {
    this.#listeners.push(listener);
  }

  /** Ends acting, and where `free`, gives the lease to whoever is next at once; else they wait until it expires. */
  async release({ free }: { free: boolean }): Promise<void> {
    this.#stop.abort();
    this.#pause.abort();
    this.#setDeadline(Number.NEGATIVE_INFINITY);
    await this.#loop;
    const version = this.#version;
    this.#version = undefined;
    if (version === undefined || !free) return;
    await this.#patch(version, releasing(this.#wall())).catch((error: unknown) => this.#tell(error));
  }

  async #run(): Promise<void> {
    const { clock } = this.#options;
    const { signal } = this.#stop;
    while (!signal.aborted) {
      const pause = await this.#turn();
      this.#turnedAt = clock.monotonic();
      await clock.sleep(pause, this.#pause.signal);
      this.#pause = new AbortController();
    }
  }

  /** Only a hint when to look: what a lease says is read, and taken, by the turns alone. */
  async #follow(): Promise<void> {
    const { kube, key } = this.#options;
    const { signal } = this.#stop;
    await followFreedom({ kube, key, signal, onFree: () => this.#pause.abort() }).catch((error) => this.#tell(error));
  }

  /** One look or one write. Returns the pause after it, in milliseconds. */
  async #turn(): Promise<number> {
    const { retryMs } = this.#options.times;
    try {
      if (this.#version === undefined) await this.#contend();
      else await this.#renew(this.#version);
      this.#trouble = undefined;
    } catch (error) {
      this.#tell(error);
      return retryMs * FAILED_SHARE;
    }
    return this.#version === undefined ? this.#untilNextLook() : retryMs;
  }

  async #renew(version: string): Promise<void> {
    const { times, identity, clock } = this.#options;
    const sentAt = clock.monotonic();
    try {
      this.#hold(await this.#patch(version, renewing(identity, times, this.#wall())), sentAt);
    } catch (error) {
      if (!(error instanceof Conflict || error instanceof Gone)) throw error;
      await this.#afterConflict(error);
    }
  }

  // A renewal of ours whose answer was lost, or somebody's annotation: the lease is still ours. Anything else ends this process.
  async #afterConflict(error: Error): Promise<void> {
    const { kube, identity, key } = this.#options;
    const current = await this.#limited(kube.get(RESOURCES.lease, key));
    const record = current && readLease(current);
    if (current === undefined || record?.holder !== identity) {
      this.#lose(record?.holder);
      return;
    }
    this.#version = current.metadata.resourceVersion;
    throw new Retry(error.message);
  }

  #lose(holder: string | undefined): void {
    const { namespace, name } = this.#options.key;
    this.#stop.abort();
    this.#version = undefined;
    this.#setDeadline(Number.NEGATIVE_INFINITY);
    this.#lost.resolve(`the lease ${namespace}/${name} ${holder ? `is held by ${holder}` : 'was taken away'}`);
  }

  async #contend(): Promise<void> {
    const { kube, key } = this.#options;
    const current = await this.#limited(kube.get(RESOURCES.lease, key));
    if (current !== undefined && current.metadata.resourceVersion !== this.#seen?.version)
      this.#see(readLease(current), current.metadata.resourceVersion);
    if (this.#freeInMs() > 0) return;
    await this.#take(current?.metadata.resourceVersion);
  }

  #see(record: LeaseRecord, version: string): void {
    this.#seen = { version, record, at: this.#options.clock.monotonic() };
  }

  /** Of a lease that was deleted, the last holder seen may still act: it expires like any other. */
  #freeInMs(): number {
    const { times, identity, clock } = this.#options;
    if (this.#seen === undefined) return 0;
    const { record, at } = this.#seen;
    if (record.holder === undefined || record.holder === identity) return 0;
    return at + record.durationMsOr(times.durationMs) - clock.monotonic();
  }

  async #take(version: string | undefined): Promise<void> {
    const { kube, times, identity, key, clock } = this.#options;
    const transitions = this.#seen?.record.transitions;
    const spec = taking({ identity, times, transitions }, this.#wall());
    const sentAt = clock.monotonic();
    try {
      const written =
        version === undefined
          ? await this.#limited(kube.create(RESOURCES.lease, newLease(key, spec)))
          : await this.#patch(version, spec);
      this.#hold(written, sentAt);
    } catch (error) {
      if (!(error instanceof Conflict || error instanceof Gone)) throw error; // another was faster
    }
  }

  // The others count from a moment after the write; we count from before it was sent.
  #hold({ metadata }: { metadata: { resourceVersion: string } }, sentAt: number): void {
    this.#version = metadata.resourceVersion;
    if (this.#stop.signal.aborted) return;
    this.#setDeadline(sentAt + this.#options.times.renewDeadlineMs);
  }

  #setDeadline(deadline: number): void {
    this.#deadline = deadline;
    this.#announce();
  }

  #announce(): void {
    const { clock } = this.#options;
    const leads = this.leads();
    this.#alarm?.cancel();
    // A timer may be early by a part of a millisecond: it looks again.
    if (leads) this.#alarm = clock.after(Math.max(1, this.#deadline - clock.monotonic()), () => this.#announce());
    if (leads === this.#told) return;
    this.#told = leads;
    for (const listener of this.#listeners) listener(leads);
    if (leads) this.#acquired.resolve();
  }

  #untilNextLook(): number {
    const { clock, times } = this.#options;
    const pause = times.retryMs * (1 + JITTER * (clock.random() - 0.5));
    const free = this.#freeInMs();
    return free > 0 ? Math.min(pause, free) : pause;
  }

  #patch(resourceVersion: string, spec: object) {
    const { kube, key } = this.#options;
    return this.#limited(
      kube.patch(RESOURCES.lease, key, { type: 'merge', body: { metadata: { resourceVersion }, spec } }),
    );
  }

  // A late answer is of no account: what it wrote names the version it went on from.
  async #limited<T>(call: Promise<T>): Promise<T> {
    const { clock, times } = this.#options;
    const limitMs = times.retryMs * WRITE_SHARE;
    const late = Promise.withResolvers<never>();
    const timer = clock.after(limitMs, () => late.reject(new Retry(`no answer about the lease within ${limitMs} ms`)));
    try {
      return await Promise.race([call, late.promise]);
    } finally {
      timer.cancel();
    }
  }

  #wall(): number {
    return this.#options.clock.now();
  }

  #tell(error: unknown): void {
    const trouble = toError(error);
    if (trouble.message === this.#trouble) return;
    this.#trouble = trouble.message;
    this.#options.onTrouble?.(trouble);
  }
}
