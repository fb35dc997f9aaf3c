import type { KubeObject } from '../../../kube/api.ts';

/** One write. `object` is the state after it (before it, for DELETED), `previous` the state before. */
export type StoreEvent = {
  version: number;
  type: 'ADDED' | 'MODIFIED' | 'DELETED';
  storage: string;
  key: string;
  object: KubeObject;
  previous: KubeObject | undefined;
};

export type StoreListener = (event: StoreEvent) => void;

/** Where the key of a namespaced object is `namespace/name` and of another `name`. */
export const storeKey = (namespace: string | undefined, name: string): string =>
  namespace ? `${namespace}/${name}` : name;

/**
 * Objects by storage (`group/plural`) and key, one resourceVersion for all of them, and a ring of the last writes. Objects are frozen:
 * a write puts a new one. `historySize` is how many writes a watch can look back.
 */
export class Store {
  historySize: number;
  #version = 1;
  #oldest = 1;
  readonly #objects = new Map<string, Map<string, KubeObject>>();
  #history: StoreEvent[] = [];
  readonly #listeners = new Set<StoreListener>();

  constructor(historySize = 10_000) {
    this.historySize = historySize;
  }

  get version(): number {
    return this.#version;
  }

  /** The oldest resourceVersion a watch may start from. */
  get oldest(): number {
    return this.#oldest;
  }

  get(storage: string, key: string): KubeObject | undefined {
    return this.#objects.get(storage)?.get(key);
  }

  /** All objects of a storage, ordered by key. */
  list(storage: string): KubeObject[] {
    const objects = this.#objects.get(storage) ?? new Map<string, KubeObject>();
    return [...objects.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, object]) => object);
  }

  /** Every object, in no order. */
  *all(): Generator<KubeObject> {
    for (const objects of this.#objects.values()) yield* objects.values();
  }

  /** Writes the object under the next resourceVersion and returns it as stored. */
  put(storage: string, key: string, object: KubeObject): KubeObject {
    const objects = this.#objects.get(storage) ?? new Map<string, KubeObject>();
    this.#objects.set(storage, objects);
    const previous = objects.get(key);
    const version = ++this.#version;
    const stored = freeze({ ...object, metadata: { ...object.metadata, resourceVersion: String(version) } });
    objects.set(key, stored);
    this.#record({ version, type: previous ? 'MODIFIED' : 'ADDED', storage, key, object: stored, previous });
    return stored;
  }

  /** Removes the object; the event carries its last state under a resourceVersion of its own. */
  remove(storage: string, key: string, last?: KubeObject): KubeObject | undefined {
    const previous = this.#objects.get(storage)?.get(key);
    if (!previous) return undefined;
    this.#objects.get(storage)?.delete(key);
    const version = ++this.#version;
    const state = last ?? previous;
    const object = freeze({ ...state, metadata: { ...state.metadata, resourceVersion: String(version) } });
    this.#record({ version, type: 'DELETED', storage, key, object, previous });
    return object;
  }

  /** The writes after `version`, or undefined when some of them are forgotten. */
  since(version: number): StoreEvent[] | undefined {
    if (version < this.#oldest) return undefined;
    return this.#history.slice(this.#firstAfter(version));
  }

  /** What a storage held at `version`, or undefined when that is forgotten. */
  listAt(storage: string, version: number): KubeObject[] | undefined {
    const events = this.since(version);
    if (!events) return undefined;
    const objects = new Map(this.#objects.get(storage) ?? []);
    for (const event of events.filter((one) => one.storage === storage).reverse()) {
      if (event.previous) objects.set(event.key, event.previous);
      else objects.delete(event.key);
    }
    return [...objects.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, object]) => object);
  }

  /** Calls the listener for every later write, in order, until the returned function is called. */
  subscribe(listener: StoreListener): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** Forgets all writes: a watch from any earlier resourceVersion is told 410. */
  forgetHistory(): void {
    this.#history = [];
    this.#oldest = this.#version;
  }

  /** Removes everything, as a cluster whose etcd was lost. Tells no listener. */
  clear(): void {
    this.#objects.clear();
    this.forgetHistory();
  }

  #record(event: StoreEvent): void {
    this.#history.push(event);
    if (this.#history.length > this.historySize * 1.25 + 16) this.#trim();
    for (const listener of this.#listeners) listener(event);
  }

  #trim(): void {
    const dropped = this.#history.splice(0, this.#history.length - this.historySize);
    this.#oldest = dropped.at(-1)?.version ?? this.#oldest;
  }

  #firstAfter(version: number): number {
    let low = 0;
    let high = this.#history.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#history[middle] as StoreEvent).version <= version) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

function freeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value;
  Object.freeze(value);
  for (const child of Object.values(value)) freeze(child);
  return value;
}
