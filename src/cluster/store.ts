import { isDeepStrictEqual } from 'node:util';
import { keyOf } from './objects.ts';

/** One object that is not what it was: made (`new` only), gone (`old` only), or changed. */
export type StoreChange<T> = { key: string; old?: T; new?: T };

/** From an object to the values it is found under. */
export type Indexes<T, Name extends string> = Record<Name, (object: T) => readonly string[]>;

/** Objects of one kind by `namespace/name`, with indexes. What does not change the projection changes nothing here. */
export class Store<T extends { namespace: string; name: string }, Name extends string = never> {
  readonly #objects = new Map<string, T>(); // namespace/name -> object
  readonly #indexes: { name: Name; valuesOf: (object: T) => readonly string[]; keys: Keys }[];
  #synced = false;

  constructor(indexes: Indexes<T, Name> = {} as Indexes<T, Name>) {
    this.#indexes = (Object.keys(indexes) as Name[]).map((name) => ({
      name,
      valuesOf: indexes[name],
      keys: new Map(),
    }));
  }

  /** Whether the first full list has arrived. */
  get synced(): boolean {
    return this.#synced;
  }

  get size(): number {
    return this.#objects.size;
  }

  get(namespace: string, name: string): T | undefined {
    return this.#objects.get(keyOf({ namespace, name }));
  }

  values(): IterableIterator<T> {
    return this.#objects.values();
  }

  by(index: Name, value: string): T[] {
    const keys = this.#indexes.find((one) => one.name === index)?.keys.get(value);
    return [...allOf(keys)].flatMap((key) => this.#objects.get(key) ?? []);
  }

  /** Takes a whole snapshot for what there is now, of those that are `known` before, and says what that changed. */
  replace(objects: Iterable<T>, known: () => Iterable<T> = () => this.values()): StoreChange<T>[] {
    const changes: StoreChange<T>[] = [];
    const present = new Set<string>();
    for (const object of objects) {
      present.add(keyOf(object));
      changes.push(...this.put(object));
    }
    for (const object of known()) if (!present.has(keyOf(object))) changes.push(...this.remove(object));
    this.#synced = true;
    return changes;
  }

  put(object: T): StoreChange<T>[] {
    const key = keyOf(object);
    const old = this.#objects.get(key);
    if (old !== undefined && isDeepStrictEqual(old, object)) return [];
    if (old !== undefined) this.#unindex(key, old);
    this.#objects.set(key, object);
    this.#index(key, object);
    return [old === undefined ? { key, new: object } : { key, old, new: object }];
  }

  remove(named: { namespace: string; name: string }): StoreChange<T>[] {
    const key = keyOf(named);
    const old = this.#objects.get(key);
    if (old === undefined) return [];
    this.#objects.delete(key);
    this.#unindex(key, old);
    return [{ key, old }];
  }

  #index(key: string, object: T): void {
    for (const { valuesOf, keys } of this.#indexes) for (const value of valuesOf(object)) keep(keys, value, key);
  }

  #unindex(key: string, object: T): void {
    for (const { valuesOf, keys } of this.#indexes) for (const value of valuesOf(object)) drop(keys, value, key);
  }
}

/** value -> namespace/name of the objects found under it; most values have one, which needs no set. */
type Keys = Map<string, string | Set<string>>;

const allOf = (known: string | Set<string> | undefined): Iterable<string> =>
  typeof known === 'string' ? [known] : (known ?? []);

function keep(keys: Keys, value: string, key: string): void {
  const known = keys.get(value);
  if (known === undefined || known === key) keys.set(value, key);
  else if (typeof known === 'string') keys.set(value, new Set([known, key]));
  else known.add(key);
}

function drop(keys: Keys, value: string, key: string): void {
  const known = keys.get(value);
  if (known === key) keys.delete(value);
  else if (known instanceof Set && known.delete(key) && known.size === 0) keys.delete(value);
}
