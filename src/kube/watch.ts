import { Gone, Invalid, Retry, Throttled } from '../errors.ts';
import { backoffMs } from '../runtime/backoff.ts';
import type { Clock } from '../runtime/clock.ts';
import { isNotServed } from './absence.ts';
import type { Change, KubeObject, Resource, WatchScope } from './api.ts';
import { Expired } from './errors.ts';
import type { Followed, WatchFreshness } from './freshness.ts';
import { type Frame, LineSplitter, parseFrame } from './frames.ts';
import { callOf, listPages } from './list.ts';
import { Silent, type Transport } from './transport.ts';

export type WatchTrouble = { resource: Resource; error: unknown; retryInMs: number };

export type WatchOptions = {
  transport: Transport;
  clock: Clock;
  /** Told of every failure; the watch goes on. */
  onTrouble?: (trouble: WatchTrouble) => void;
  /** Told how each watch goes. */
  freshness?: Pick<WatchFreshness, 'follow'>;
  /** Whether to try a streaming list; the first refusal of the server turns it off for all watches that share this. */
  streaming: { supported: boolean };
};

const BACKOFF = { firstMs: 200, ceilingMs: 10_000 };
const WATCH_SECONDS = 240; // at least, and at most twice as long: what the server is asked for
const NOT_SERVED_MS = 30_000; // a custom resource definition may still come
const SETTLED_MS = 5_000; // a watch that lived this long owes no pause for older failures
const SILENCE_LIMIT = 2; // silences in a row at one version before everything is listed again
const GARBAGE_LIMIT = 3; // bad lines in a row at one version before everything is listed again
const STREAM_ANSWER_MS = 20_000; // a server that streams a list says so within this time
const INITIAL_END = 'k8s.io/initial-events-end';

/** A line that is not a frame: what came before it is good, what comes after it cannot be trusted. */
class Garbage extends Retry {}

/** The server takes the question for a streaming list for an ordinary watch. */
class NotStreaming extends Retry {}

/** Lists one kind, then watches it until the signal aborts; every failure is reported and retried, none ends it. */
export async function* watchForever(
  options: WatchOptions,
  resource: Resource,
  scope: WatchScope,
): AsyncGenerator<Change> {
  yield* new Watch(options, resource, scope).run();
}

class Watch {
  readonly #options: WatchOptions;
  readonly #resource: Resource;
  readonly #scope: WatchScope;
  #version: string | undefined;
  #failures = 0;
  #garbage = 0;
  #silences = 0;
  #followed: Followed | undefined;
  #openedAt = 0;
  #toldAbsent = false;

  constructor(options: WatchOptions, resource: Resource, scope: WatchScope) {
    this.#options = options;
    this.#resource = resource;
    this.#scope = scope;
  }

  async *run(): AsyncGenerator<Change> {
    this.#followed = this.#options.freshness?.follow(this.#resource);
    try {
      yield* this.#go();
    } finally {
      this.#followed?.ended();
    }
  }

  async *#go(): AsyncGenerator<Change> {
    const { signal } = this.#scope;
    while (!signal.aborted) {
      try {
        yield* this.#once();
      } catch (error) {
        if (signal.aborted) return;
        const absent = error instanceof Gone && (await this.#isAbsent());
        if (absent && !this.#toldAbsent) yield { kind: 'replace', objects: [] };
        this.#toldAbsent = absent;
        await this.#pause(error, absent);
      }
    }
  }

  /** One watch, with the list before it where one is needed. Returns when the server ends it in the ordinary way. */
  async *#once(): AsyncGenerator<Change> {
    this.#openedAt = this.#options.clock.monotonic();
    this.#followed?.tried();
    if (this.#version === undefined && this.#options.streaming.supported) yield* this.#streamingList();
    else yield* this.#pagedListAndWatch();
    // Left without a list by a server that does not stream them: by pages.
    if (this.#version === undefined) yield* this.#pagedListAndWatch();
    if (!this.#hasSettled()) throw new Retry('the API server ended the watch at once');
    this.#failures = 0;
  }

  async *#pagedListAndWatch(): AsyncGenerator<Change> {
    if (this.#version === undefined) {
      const { version, objects } = await listPages(this.#options.transport, this.#resource, this.#scope);
      this.#listed(version);
      yield { kind: 'replace', objects };
    }
    yield* this.#follow(this.#frames({ resourceVersion: this.#version }));
  }

  async *#streamingList(): AsyncGenerator<Change> {
    const abort = new AbortController();
    const frames = this.#frames({ sendInitialEvents: true, resourceVersionMatch: 'NotOlderThan' }, abort.signal);
    try {
      const { version, objects } = await readInitial(frames, { clock: this.#options.clock, abort });
      this.#listed(version);
      yield { kind: 'replace', objects };
      yield* this.#follow(frames);
    } catch (error) {
      if (!(error instanceof NotStreaming || (error instanceof Invalid && this.#version === undefined))) throw error;
      this.#options.streaming.supported = false;
    } finally {
      abort.abort();
      await frames.return(undefined);
    }
  }

  #listed(version: string): void {
    this.#version = version;
    this.#toldAbsent = false;
    this.#openedAt = this.#options.clock.monotonic();
  }

  async *#frames(query: Record<string, string | boolean | undefined>, abort?: AbortSignal): AsyncGenerator<Frame> {
    const call = callOf(this.#resource, this.#scope);
    const timeoutSeconds = Math.round(WATCH_SECONDS * (1 + this.#options.clock.random())); // so that watches do not all end together
    const signal = abort ? AbortSignal.any([this.#scope.signal, abort]) : this.#scope.signal;
    const watch = { watch: true, allowWatchBookmarks: true, timeoutSeconds, ...query };
    const splitter = new LineSplitter();
    const stream = this.#options.transport.stream({
      ...call,
      verb: 'watch',
      signal,
      query: { ...call.query, ...watch },
    });
    for await (const piece of stream) {
      this.#followed?.heard();
      for (const line of splitter.push(piece)) {
        const frame = parseFrame(line);
        if (frame === undefined)
          throw new Garbage(`watch ${call.what}: wanted a frame, given ${JSON.stringify(line.slice(0, 100))}`);
        yield frame;
      }
    }
  }

  async *#follow(frames: AsyncGenerator<Frame>): AsyncGenerator<Change> {
    for await (const frame of frames) {
      if (frame.type === 'ERROR') throw fromErrorFrame(this.#resource, frame.object);
      this.#garbage = 0;
      this.#silences = 0;
      this.#version = frame.object.metadata.resourceVersion;
      if (frame.type !== 'BOOKMARK') yield { kind: frame.type === 'DELETED' ? 'remove' : 'put', object: frame.object };
    }
  }

  async #isAbsent(): Promise<boolean> {
    const { transport } = this.#options;
    return isNotServed(transport, this.#resource, this.#scope.signal).catch(() => false);
  }

  async #pause(error: unknown, absent: boolean): Promise<void> {
    if (this.#mustRelist(error)) this.#version = undefined;
    if (this.#hasSettled()) this.#failures = 0;
    // A version that is no longer kept is no fault: list again at once, unless it happens again and again.
    const atOnce = error instanceof Expired && this.#failures === 0;
    this.#failures++;
    const retryInMs = atOnce ? 0 : this.#delay(error, absent);
    this.#report(error, retryInMs);
    if (retryInMs > 0) await this.#options.clock.sleep(retryInMs, this.#scope.signal);
  }

  #mustRelist(error: unknown): boolean {
    this.#garbage = error instanceof Garbage ? this.#garbage + 1 : this.#garbage;
    if (this.#garbage >= GARBAGE_LIMIT) this.#garbage = 0;
    else if (error instanceof Garbage) return false;
    return error instanceof Garbage || error instanceof Expired || error instanceof Gone || this.#isSilentAgain(error);
  }

  // Of a kind that nobody changes a server may send nothing, not even bookmarks. More silence can mean a version from the
  // future, which only a new list tells apart from that.
  #isSilentAgain(error: unknown): boolean {
    if (!(error instanceof Silent)) return false;
    this.#silences = (this.#silences + 1) % SILENCE_LIMIT;
    return this.#silences === 0;
  }

  #delay(error: unknown, absent: boolean): number {
    if (absent) return NOT_SERVED_MS;
    const told = error instanceof Throttled ? error.afterMs : undefined;
    return told ?? backoffMs(BACKOFF, this.#failures, this.#options.clock);
  }

  #report(error: unknown, retryInMs: number): void {
    try {
      this.#options.onTrouble?.({ resource: this.#resource, error, retryInMs });
    } catch {
      // A report that fails must not end the watch.
    }
  }

  #hasSettled(): boolean {
    return this.#options.clock.monotonic() - this.#openedAt >= SETTLED_MS;
  }
}

/** Collects the objects of a streaming list up to its end mark. */
async function readInitial(
  frames: AsyncGenerator<Frame>,
  { clock, abort }: { clock: Clock; abort: AbortController },
): Promise<{ version: string; objects: KubeObject[] }> {
  const objects = new Map<string, KubeObject>(); // namespace/name -> object
  for (;;) {
    const late = clock.after(STREAM_ANSWER_MS, () => abort.abort(new NotStreaming('no end of the list in sight')));
    const next = await frames.next().finally(() => late.cancel());
    if (next.done) throw new Retry('the API server ended the list before it was complete');
    const { type, object } = next.value;
    if (type === 'ERROR') throw fromErrorFrame(undefined, object);
    const { namespace, name, annotations, resourceVersion: version } = object.metadata;
    if (type === 'BOOKMARK' && annotations?.[INITIAL_END] === 'true')
      return { version, objects: [...objects.values()] };
    if (type === 'BOOKMARK') throw new NotStreaming('a bookmark before the end of the list');
    if (type === 'DELETED') objects.delete(`${namespace}/${name}`);
    else objects.set(`${namespace}/${name}`, object);
  }
}

function fromErrorFrame(resource: Resource | undefined, { code, message }: { code?: number; message?: string }): Error {
  const text = `watch ${resource?.plural ?? ''}: ${code ?? ''} ${message ?? 'an error without a message'}`;
  return code === 410 ? new Expired(text) : new Retry(text);
}
