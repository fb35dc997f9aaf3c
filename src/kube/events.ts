import PQueue from 'p-queue';
import { Gone } from '../errors.ts';
import type { Clock } from '../runtime/clock.ts';
import type { KubeApi, NewObject } from './api.ts';
import { microTime } from './micro-time.ts';
import { typeOfReason } from './reasons.ts';
import { RESOURCES } from './resources.ts';

export type EventAbout = { kind: string; namespace: string; name: string; uid: string };
export type EventText = { type?: 'Normal' | 'Warning'; reason: string; message: string };

export type EventRecorderOptions = {
  kube: Pick<KubeApi, 'create' | 'patch'>;
  clock: Clock;
  /** Who reports: the name of our pod or host, at most 128 characters. */
  instance: string;
  /** Told of what could not be written; nothing else comes of it. */
  onLost?: (error: unknown) => void;
};

/** One text about one object, and how often it has been said. */
type Told = { name: string; count: number; writtenAt: number; heardAt: number };
type Bucket = { left: number; at: number };
type Job = { about: EventAbout; text: Required<EventText>; told: Told };

const REPEAT_MS = 300_000; // how often the count of a repeated Event is written
const BURST = 10; // Events about one object at once
const REFILL_MS = 60_000; // and one more each minute
const REMEMBERED = 1_000;
const WAITING = 200;
const NOTE_LENGTH = 1_024; // events.k8s.io/v1, Event.note
const INSTANCE_LENGTH = 128; // events.k8s.io/v1, Event.reportingInstance
const CONTROLLER = 'podwire.dev/operator';

/**
 * Writes Events of `events.k8s.io/v1`. A text said again about the same object (by uid), ids of requests aside, counts up the Event it made, at
 * most every five minutes; an object gets ten Events at once and one a minute after that. Never waits, never fails.
 */
export class EventRecorder {
  /** Events that were not written, because there were too many or the API server would not have them. */
  lost = 0;
  readonly #options: EventRecorderOptions;
  readonly #told = new Map<string, Told>(); // uid, reason, message -> told; the longest unheard first
  readonly #buckets = new Map<string, Bucket>(); // uid -> bucket; the longest unused first
  readonly #queue = new PQueue({ concurrency: 2 });

  constructor(options: EventRecorderOptions) {
    this.#options = options;
  }

  record(about: EventAbout, { type, reason, message }: EventText): void {
    const text = { type: type ?? typeOfReason(reason), reason, message: shorten(message) };
    const key = JSON.stringify([about.uid, reason, sameEachTime(text.message)]);
    const now = this.#options.clock.now();
    const known = this.#told.get(key);
    if (known === undefined) this.#first(key, { about, text, told: this.#newTold(about, now) });
    else this.#again(key, { about, text, told: known });
  }

  /** Resolves when all that was recorded is written or lost. */
  async flush(): Promise<void> {
    await this.#queue.onIdle();
  }

  #newTold(about: EventAbout, now: number): Told {
    const random = Math.floor(this.#options.clock.random() * 2 ** 48).toString(16);
    // What stands before a dot must end in a letter or digit.
    const name = `${about.name.slice(0, 230).replace(/[.-]+$/, '')}.${random.padStart(12, '0')}`;
    return { name, count: 1, writtenAt: now, heardAt: now };
  }

  #first(key: string, job: Job): void {
    if (!this.#mayWrite(job.about.uid)) {
      this.lost++;
      return;
    }
    remember(this.#told, key, job.told);
    this.#send(key, () => this.#create(job));
  }

  #again(key: string, job: Job): void {
    const { told } = job;
    const now = this.#options.clock.now();
    told.count++;
    told.heardAt = now;
    remember(this.#told, key, told);
    if (now - told.writtenAt < REPEAT_MS) return;
    told.writtenAt = now;
    this.#send(key, () => this.#count(job));
  }

  #send(key: string, write: () => Promise<unknown>): void {
    if (this.#queue.size >= WAITING) this.#lose(key, new Error(`more than ${WAITING} Events wait to be written`));
    else void this.#queue.add(() => write().catch((error: unknown) => this.#lose(key, error)));
  }

  #lose(key: string, error: unknown): void {
    this.lost++;
    this.#told.delete(key); // said again, it is written as if for the first time
    try {
      this.#options.onLost?.(error);
    } catch {
      // Nothing about Events may reach the caller.
    }
  }

  async #create(job: Job): Promise<void> {
    await this.#options.kube.create(RESOURCES.event, eventOf(job, this.#options.instance));
  }

  async #count(job: Job): Promise<void> {
    const series = seriesOf(job.told);
    const key = { namespace: namespaceOf(job.about), name: job.told.name };
    try {
      await this.#options.kube.patch(RESOURCES.event, key, { type: 'merge', body: { series } });
    } catch (error) {
      if (!(error instanceof Gone)) throw error;
      await this.#create(job); // the API server forgets Events after an hour
    }
  }

  #mayWrite(uid: string): boolean {
    const now = this.#options.clock.monotonic();
    const { left, at } = this.#buckets.get(uid) ?? { left: BURST, at: now };
    const refilled = Math.min(BURST, left + (now - at) / REFILL_MS);
    remember(this.#buckets, uid, { left: refilled >= 1 ? refilled - 1 : refilled, at: now });
    return refilled >= 1;
  }
}

/** Puts the entry last, and forgets the first ones when there are too many. */
function remember<T>(entries: Map<string, T>, key: string, entry: T): void {
  entries.delete(key);
  entries.set(key, entry);
  for (const oldest of entries.keys()) {
    if (entries.size <= REMEMBERED) return;
    entries.delete(oldest);
  }
}

function eventOf({ about, text, told }: Job, instance: string): NewObject {
  return {
    metadata: { name: told.name, namespace: namespaceOf(about) },
    eventTime: microTime(told.writtenAt),
    ...(told.count > 1 ? { series: seriesOf(told) } : {}),
    type: text.type,
    reason: text.reason,
    note: text.message,
    action: text.reason,
    reportingController: CONTROLLER,
    reportingInstance: instance.slice(0, INSTANCE_LENGTH),
    regarding: { ...about, apiVersion: apiVersionOf(about.kind) },
  };
}

const seriesOf = ({ count, heardAt }: Told): object => ({ count, lastObservedTime: microTime(heardAt) });

/** Events about cluster-scoped objects live in `default`. */
const namespaceOf = ({ namespace }: EventAbout): string => (namespace === '' ? 'default' : namespace);

function apiVersionOf(kind: string): string {
  const resource = Object.values(RESOURCES).find((one) => one.kind === kind);
  if (resource === undefined) return 'v1';
  return resource.group === '' ? resource.version : `${resource.group}/${resource.version}`;
}

/** Ids of requests, and what AWS encodes for those who may read it: different each time, though nothing else is. */
const EACH_TIME = /\b[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\b|[\w+/=-]{64,}/gi;

const sameEachTime = (message: string): string => message.replace(EACH_TIME, '…');

/** At most 1,024 bytes, as the API server counts them. */
function shorten(message: string): string {
  if (Buffer.byteLength(message) <= NOTE_LENGTH) return message;
  const cut = Buffer.from(message)
    .subarray(0, NOTE_LENGTH - 3)
    .toString('utf8')
    .replace(/\uFFFD$/, '');
  return `${cut}…`;
}
