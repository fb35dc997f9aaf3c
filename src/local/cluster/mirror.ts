import type { KubeApi, KubeObject, Resource } from '../../kube/api.ts';
import { keyOf } from './objects.ts';

/** Told of every change, with what the object was before; `now` is absent when it is gone. */
export type OnChange<T extends KubeObject> = (change: { now?: T; before?: T }) => void;

/** What is seen of one kind by who does not care which. */
export type Seen<T extends KubeObject> = Pick<Mirror<T>, 'get' | 'values'> & { onChange(run: OnChange<T>): void };

/** All objects of one kind as last seen. What we have just written is entered at once, so that a pass sees its own writes. */
export class Mirror<T extends KubeObject> {
  readonly #objects = new Map<string, T>(); // namespace/name -> object
  readonly #onChange: OnChange<T>[] = [];
  readonly #synced = Promise.withResolvers<void>();

  /** Resolves after the first full list. */
  get synced(): Promise<void> {
    return this.#synced.promise;
  }

  onChange(run: OnChange<T>): void {
    this.#onChange.push(run);
  }

  get(key: string): T | undefined {
    return this.#objects.get(key);
  }

  values(): T[] {
    return [...this.#objects.values()];
  }

  /** Follows the API server until the signal aborts. */
  async follow(api: KubeApi, resource: Resource, signal: AbortSignal): Promise<void> {
    for await (const change of api.watch(resource, { signal })) {
      if (change.kind === 'replace') this.#replace(change.objects as T[]);
      else if (change.kind === 'put') this.put(change.object as T);
      else this.remove(change.object);
    }
  }

  /** Enters an object unless a newer version of it is known. */
  put(object: T): void {
    const key = keyOf(object);
    const before = this.#objects.get(key);
    if (before !== undefined && isOlder(object, before)) return;
    this.#objects.set(key, object);
    this.#tell(before === undefined ? { now: object } : { now: object, before });
  }

  remove(object: KubeObject): void {
    const before = this.#objects.get(keyOf(object));
    if (before === undefined || before.metadata.uid !== object.metadata.uid) return;
    this.#objects.delete(keyOf(object));
    this.#tell({ before });
  }

  #replace(objects: T[]): void {
    const kept = new Set(objects.map(keyOf));
    for (const [key, object] of this.#objects) if (!kept.has(key)) this.remove(object);
    for (const object of objects) this.put(object);
    this.#synced.resolve();
  }

  #tell(change: { now?: T; before?: T }): void {
    for (const run of this.#onChange) run(change);
  }
}

const isOlder = (a: KubeObject, b: KubeObject): boolean =>
  a.metadata.uid === b.metadata.uid && Number(a.metadata.resourceVersion) < Number(b.metadata.resourceVersion);
