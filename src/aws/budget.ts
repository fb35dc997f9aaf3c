import type { DeregisterTargetsCommandInput } from '@aws-sdk/client-elastic-load-balancing-v2';
import { Throttled } from '../errors.ts';
import type { Clock, Timer } from '../runtime/clock.ts';
import { currentPass, type Pass, runPass } from '../runtime/pass.ts';
import type { Ec2Api, ElbApi } from './api.ts';
import { Bucket } from './bucket.ts';
import { answerOf, type CallAnswer, translateError } from './errors.ts';
import { EC2_ACTIONS, ELB_ACTIONS, FAMILIES, type Family, LANES, type Lane } from './lanes.ts';
import { actionName, methodsOf } from './methods.ts';

export type BudgetSettings = {
  clock: Clock;
  /** Calls on the way at once, over all lanes. */
  concurrency?: number;
  /** How often one call may be throttled before its caller hears of it. */
  patience?: number;
  onCall?: (call: CallRecord) => void;
};

/** One request that was sent, for the log and the metrics. */
export type CallRecord = CallAnswer & {
  /** As in IAM: `elasticloadbalancing`, `ec2`. */
  service: string;
  action: string;
  lane: Lane;
  waitedMs: number;
  tookMs: number;
  /** Since its caller asked, the tries before this one included. */
  sinceMs: number;
  /** Whether its caller has an answer now; else it is sent again. */
  settled: boolean;
  error?: Error;
};

type Work = {
  /** As in IAM, for example `ec2:DescribeSubnets`. */
  permission: string;
  action: string;
  lane: Lane;
  family: Family;
  send: () => Promise<unknown>;
  queuedAt: number;
  /** When its caller asked. */
  askedAt: number;
  /** Who asked. */
  pass: Pass | undefined;
  /** Of two calls of one lane the one that is due earlier goes first; monotonic milliseconds. */
  dueAt: number;
  throttles: number;
  settle: PromiseWithResolvers<unknown>;
};

type Call = Pick<Work, 'action' | 'permission' | 'lane' | 'family' | 'send'> & Partial<Pick<Work, 'dueAt'>>;

export type Deregistration = { dueAt: number; input: () => DeregisterTargetsCommandInput | undefined };

const CONCURRENCY = 24;
/** Deregistrations on the way beyond that. */
const DEREGISTRATIONS = 8;
const PATIENCE = 8;

/**
 * One budget for all calls to AWS. Wraps both APIs: a call waits for a token of its family and goes when no call of a
 * higher lane could go instead; a throttle slows its family down and sends the call again later.
 */
export class Budget {
  readonly #settings: Required<BudgetSettings>;
  readonly #buckets: Record<Family, Bucket>;
  readonly #waiting = new Map<Lane, Work[]>(LANES.map((lane) => [lane, []]));
  readonly #calls = new Map<string, number>();
  #running = 0;
  #alarm: Timer | undefined;

  constructor(settings: BudgetSettings) {
    this.#settings = { concurrency: CONCURRENCY, patience: PATIENCE, onCall: () => undefined, ...settings };
    const families = Object.keys(FAMILIES) as Family[];
    const bucketOf = (family: Family) => [family, new Bucket(FAMILIES[family], settings.clock)] as const;
    this.#buckets = Object.fromEntries(families.map(bucketOf)) as Record<Family, Bucket>;
  }

  /** The same API within the budget. `lane` is for callers whose calls are not worth what their action is: the sweep. */
  elb(api: ElbApi, lane?: Lane): ElbApi {
    return this.#wrap(api, 'elasticloadbalancing', (method) => ({ ...ELB_ACTIONS[method], ...(lane ? { lane } : {}) }));
  }

  ec2(api: Ec2Api, lane?: Lane): Ec2Api {
    return this.#wrap(api, 'ec2', (method) => ({ ...EC2_ACTIONS[method], ...(lane ? { lane } : {}) }));
  }

  /**
   * Deregisters within the budget, ahead of what is due later. What is to go is asked for when the call goes out, however long
   * it waited; where that is nothing, no call is made.
   */
  deregister(api: ElbApi, { dueAt, input }: Deregistration): Promise<unknown> {
    return this.#enqueue({
      action: 'DeregisterTargets',
      permission: 'elasticloadbalancing:DeregisterTargets',
      ...ELB_ACTIONS.deregisterTargets,
      dueAt,
      send: async () => {
        const asked = input();
        return asked && api.deregisterTargets(asked);
      },
    });
  }

  /** How full the bucket of a family is, 0 to 1. */
  fill(family: Family): number {
    return this.#buckets[family].fill();
  }

  /** Calls sent so far, by action, throttled ones included. */
  calls(): Record<string, number> {
    return Object.fromEntries([...this.#calls].toSorted(([a], [b]) => (a < b ? -1 : 1)));
  }

  #wrap<Api extends object>(
    api: Api,
    service: string,
    entryOf: (method: keyof Api & string) => { lane: Lane; family: Family },
  ): Api {
    return methodsOf<Api>((method) => (input: unknown) => {
      const send = () => (api[method] as (input: unknown) => Promise<unknown>)(input);
      const action = actionName(method);
      return this.#enqueue({ action, permission: `${service}:${action}`, ...entryOf(method), send });
    });
  }

  #enqueue(call: Call): Promise<unknown> {
    const now = this.#settings.clock.monotonic();
    const work: Work = {
      dueAt: Number.POSITIVE_INFINITY,
      ...call,
      queuedAt: now,
      askedAt: now,
      pass: currentPass(),
      throttles: 0,
      settle: Promise.withResolvers(),
    };
    this.#queue(work);
    this.#drain();
    return work.settle.promise;
  }

  #drain(): void {
    for (let next = this.#next(); next; next = this.#next()) void runPass(next.pass, () => this.#run(next));
    this.#setAlarm();
  }

  /** The oldest call of the highest lane whose family has a token. */
  #next(): Work | undefined {
    const dry = new Set<Family>();
    for (const lane of LANES) {
      if (this.#running >= this.#mostRunning(lane)) return undefined;
      const found = this.#takeFrom(this.#lane(lane), dry);
      if (found) return found;
    }
    return undefined;
  }

  /** Deregistrations have places of their own: however many other calls hang, they do not wait for those. */
  #mostRunning(lane: Lane): number {
    return this.#settings.concurrency + (lane === 'deregister' ? DEREGISTRATIONS : 0);
  }

  #takeFrom(queue: Work[], dry: Set<Family>): Work | undefined {
    const index = queue.findIndex(({ family }) => {
      if (!dry.has(family) && this.#buckets[family].take()) return true;
      dry.add(family);
      return false;
    });
    return index < 0 ? undefined : queue.splice(index, 1)[0];
  }

  async #run(work: Work): Promise<void> {
    const { clock } = this.#settings;
    this.#running += 1;
    this.#calls.set(work.action, (this.#calls.get(work.action) ?? 0) + 1);
    const sentAt = clock.monotonic();
    let outcome: unknown;
    let settled = true;
    try {
      outcome = await work.send();
      this.#buckets[work.family].succeeded();
      work.settle.resolve(outcome);
    } catch (caught) {
      outcome = translateError(caught, work.permission);
      settled = this.#failed(work, outcome as Error);
    } finally {
      this.#running -= 1;
      this.#tell(work, { outcome, sentAt, settled });
      this.#drain();
    }
  }

  #tell(work: Work, { outcome, sentAt, settled }: { outcome: unknown; sentAt: number; settled: boolean }): void {
    if (outcome === undefined) return; // nothing was left to be sent
    const { action, lane, permission, queuedAt, askedAt } = work;
    const now = this.#settings.clock.monotonic();
    const [service = ''] = permission.split(':', 1);
    const times = { waitedMs: sentAt - queuedAt, tookMs: now - sentAt, sinceMs: now - askedAt };
    const error = outcome instanceof Error && { error: outcome };
    this.#settings.onCall({ service, action, lane, ...times, settled, ...answerOf(outcome), ...error });
  }

  /** Whether that is the end of it. */
  #failed(work: Work, error: Error): boolean {
    const throttled = error instanceof Throttled;
    if (throttled) this.#buckets[work.family].throttled();
    if (throttled) work.throttles += 1;
    const ends = !throttled || work.throttles > this.#settings.patience;
    if (ends) work.settle.reject(error);
    else this.#queue(work);
    return ends;
  }

  /** Wakes up when the first family that somebody waits for has a token. */
  #setAlarm(): void {
    this.#alarm?.cancel();
    const free = LANES.filter((lane) => this.#running < this.#mostRunning(lane));
    const families = new Set(free.flatMap((lane) => this.#lane(lane).map(({ family }) => family)));
    if (families.size === 0) return;
    const waits = [...families].map((family) => this.#buckets[family].waitMs());
    this.#alarm = this.#settings.clock.after(Math.max(1, Math.min(...waits)), () => this.#drain());
  }

  #queue(work: Work): void {
    const lane = this.#lane(work.lane);
    const later = lane.findIndex(
      (one) => one.dueAt > work.dueAt || (one.dueAt === work.dueAt && one.queuedAt > work.queuedAt),
    );
    lane.splice(later < 0 ? lane.length : later, 0, work);
  }

  #lane(lane: Lane): Work[] {
    return this.#waiting.get(lane) as Work[];
  }
}
