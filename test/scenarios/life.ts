import type { Ec2Api, ElbApi } from '../../src/aws/api.ts';
import { translateError } from '../../src/aws/errors.ts';
import { actionName } from '../../src/aws/methods.ts';
import type { Change, KubeApi, Resource, WatchScope } from '../../src/kube/api.ts';
import type { Clock, Timer } from '../../src/runtime/clock.ts';

/**
 * When an operator ends, counted in its calls to AWS. `answer lost`: that call takes effect, and nothing after it happens.
 * `next call`: it gets its answer and does what follows, in the cluster too, until it would make another call to AWS.
 * `write lost`: counted in its writes to the cluster instead; that write takes effect, and nothing after it happens.
 */
export type Death = { call: number; when: 'answer lost' | 'next call' | 'write lost' };

const MUTATES = /^(create|delete|modify|set|add|remove|register|deregister|authorize|revoke)/;

/** The life of one operator process: once it has ended, no answer, event or timer reaches it, and nothing it asks for happens. */
export class Life {
  /** Actions of its calls to AWS, in order. */
  readonly calls: string[] = [];
  /** Its writes to the cluster, Events left out, in order: `patch ingresses shop`. */
  readonly writes: string[] = [];
  readonly #timers = new Set<Timer>();
  readonly #end = new AbortController();
  readonly #death: Death | undefined;

  constructor(death?: Death) {
    this.#death = death;
  }

  get ended(): boolean {
    return this.#end.signal.aborted;
  }

  get mutating(): string[] {
    return this.calls.filter((action) => MUTATES.test(action));
  }

  end(): void {
    this.#end.abort();
    for (const timer of this.#timers) timer.cancel();
  }

  clock(clock: Clock): Clock {
    const after = (ms: number, run: () => void): Timer => {
      if (this.ended) return { cancel: () => undefined };
      const timer = clock.after(ms, () => {
        this.#timers.delete(timer);
        run();
      });
      this.#timers.add(timer);
      return timer;
    };
    return {
      now: () => clock.now(),
      monotonic: () => clock.monotonic(),
      random: () => clock.random(),
      after,
      sleep: (ms, signal) => this.#whileAlive(() => clock.sleep(ms, signal)),
    };
  }

  aws<Api extends ElbApi | Ec2Api>(api: Api, service: string): Api {
    return new Proxy(api, {
      get: (target, method) => {
        if (typeof method !== 'string' || method === 'then') return undefined;
        const call = Reflect.get(target, method) as (input: unknown) => Promise<unknown>;
        return (input: unknown) => this.#call(method, { service, run: () => call(input) });
      },
    });
  }

  kube(api: KubeApi): KubeApi {
    return {
      watch: (resource, scope) => this.#watch(api, resource, scope),
      serverNow: () => api.serverNow?.(),
      list: (...given) => this.#whileAlive(() => api.list(...given)),
      get: (...given) => this.#whileAlive(() => api.get(...given)),
      create: (resource, object) =>
        this.#write(`create ${resource.plural} ${object.metadata.name}`, () => api.create(resource, object)),
      patch: (resource, key, patch) =>
        this.#write(`patch ${resource.plural} ${key.name}`, () => api.patch(resource, key, patch)),
      delete: (resource, key) => this.#write(`delete ${resource.plural} ${key.name}`, () => api.delete(resource, key)),
    };
  }

  async #call(method: string, { service, run }: { service: string; run: () => Promise<unknown> }): Promise<unknown> {
    const last = this.#death?.call === this.calls.length;
    if (last && this.#death?.when === 'next call') this.end();
    return this.#whileAlive(async () => {
      this.calls.push(method);
      const isLast = this.#death?.call === this.calls.length && this.#death.when === 'answer lost';
      const answer = run();
      if (isLast) this.end();
      return answer.catch((error: unknown) => {
        throw translateError(error, `${service}:${actionName(method)}`);
      });
    });
  }

  #write<T>(what: string, run: () => Promise<T>): Promise<T> {
    return this.#whileAlive(() => {
      const counts = !what.includes(' events ');
      if (counts) this.writes.push(what);
      const written = run();
      const isLast = this.#death?.when === 'write lost' && this.#death.call === this.writes.length;
      return isLast && counts ? written.finally(() => this.end()) : written;
    });
  }

  async *#watch(api: KubeApi, resource: Resource, scope: WatchScope): AsyncGenerator<Change> {
    const signal = AbortSignal.any([scope.signal, this.#end.signal]);
    for await (const change of api.watch(resource, { ...scope, signal })) {
      if (this.ended) return;
      yield change;
    }
  }

  async #whileAlive<T>(run: () => Promise<T>): Promise<T> {
    if (this.ended) return never();
    const answer = await run().catch((error: unknown) => (this.ended ? never<T>() : Promise.reject(error as Error)));
    return this.ended ? never() : answer;
  }
}

const never = <T>(): Promise<T> => new Promise(() => undefined);
