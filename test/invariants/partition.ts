import { Retry } from '../../src/errors.ts';
import type { Change, KubeApi, Resource, WatchScope } from '../../src/kube/api.ts';

/** Stands between an operator and the API server, and cuts it off for a while. */
export class Partition {
  #cut = new AbortController();
  #healed: PromiseWithResolvers<void> | undefined;

  get isCut(): boolean {
    return this.#healed !== undefined;
  }

  cut(): void {
    this.#healed ??= Promise.withResolvers<void>();
    this.#cut.abort();
  }

  heal(): void {
    this.#cut = new AbortController();
    this.#healed?.resolve();
    this.#healed = undefined;
  }

  kube(api: KubeApi): KubeApi {
    return {
      ...api,
      serverNow: () => api.serverNow?.(),
      watch: (resource, scope) => this.#watch(api, resource, scope),
      list: (...given) => this.#through(() => api.list(...given)),
      get: (...given) => this.#through(() => api.get(...given)),
      create: (...given) => this.#through(() => api.create(...given)),
      patch: (...given) => this.#through(() => api.patch(...given)),
      delete: (...given) => this.#through(() => api.delete(...given)),
    };
  }

  async #through<T>(call: () => Promise<T>): Promise<T> {
    if (this.isCut) throw new Retry('connect ECONNREFUSED');
    return call();
  }

  /** Begins anew with a list when it is healed, as a watch does whose connection was lost. */
  async *#watch(api: KubeApi, resource: Resource, scope: WatchScope): AsyncGenerator<Change> {
    while (!scope.signal.aborted) {
      await this.#healed?.promise;
      const cut = this.#cut.signal;
      const signal = AbortSignal.any([scope.signal, cut]);
      for await (const change of api.watch(resource, { ...scope, signal })) {
        if (cut.aborted) break;
        yield change;
      }
    }
  }
}
