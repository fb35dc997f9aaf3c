import { idOf } from '../api/controller.ts';
import type { Change, KubeApi, KubeObject } from '../kube/api.ts';
import { RESOURCES } from '../kube/resources.ts';
import type { Cluster } from './cluster.ts';
import { CLUSTER_WIDE, type Kept, type Kind, MADE, ownScope, PROJECTIONS } from './project.ts';
import type { Store, StoreChange } from './store.ts';

/** One object that changed. `initial` while it comes from the first list of its kind. */
export type ClusterChange = { [K in Kind]: { kind: K; initial: boolean } & StoreChange<Kept[K]> }[Kind];

export type ReflectorOptions = {
  kube: Pick<KubeApi, 'watch'>;
  cluster: Cluster;
  onChange: (change: ClusterChange) => void;
  /** Told of an object that cannot be read, and of an `onChange` that threw. */
  onUnreadable: (what: { kind: Kind; namespace: string; name: string; error: unknown }) => void;
  kinds?: readonly Kind[];
  /** Of this operator: what another one of the cluster made is not kept. */
  controllerId?: string;
};

export type Reflectors = {
  /** Resolves when every kind has had its first full list, or when stopped. */
  synced: Promise<void>;
  stop(): Promise<void>;
};

/** Keeps the cluster's stores as the API server has them, until stopped: of every kind that is watched in the whole cluster. */
export function startReflectors(options: ReflectorOptions): Reflectors {
  const abort = new AbortController();
  const synced = Promise.withResolvers<void>();
  const settle = (): void => {
    if (kinds.every((kind) => options.cluster.stores[kind].synced)) synced.resolve();
  };
  const kinds = options.kinds ?? CLUSTER_WIDE;
  const loops = kinds.map((kind) => reflect(new Reflector(options, kind), { signal: abort.signal, settle }));
  return {
    synced: synced.promise,
    stop: async () => {
      abort.abort();
      await Promise.all(loops);
      synced.resolve();
    },
  };
}

async function reflect<K extends Kind>(
  reflector: Reflector<K>,
  { signal, settle }: { signal: AbortSignal; settle: () => void },
): Promise<void> {
  for await (const change of reflector.watch(signal)) {
    reflector.take(change);
    settle();
  }
}

/** Takes the changes of one kind into its store and tells of them: in the whole cluster, or in one namespace. */
export class Reflector<K extends Kind> {
  readonly #options: ReflectorOptions;
  readonly #kind: K;
  readonly #namespace: string | undefined;
  readonly #store: Store<Kept[K], 'namespace'>;

  /** A kind that is watched by namespace has an index of that name. */
  constructor(options: ReflectorOptions, kind: K, namespace?: string) {
    this.#options = options;
    this.#kind = kind;
    this.#namespace = namespace;
    this.#store = options.cluster.stores[kind] as unknown as Store<Kept[K], 'namespace'>;
  }

  watch(signal: AbortSignal): AsyncIterable<Change> {
    const scope = {
      ...(this.#namespace !== undefined && { namespace: this.#namespace }),
      ...ownScope(this.#kind, this.#options.controllerId),
    };
    return this.#options.kube.watch(RESOURCES[this.#kind], { ...scope, signal });
  }

  take(change: Change, initial = !this.#store.synced): void {
    for (const changed of this.#apply(change)) this.#tell(changed, initial);
  }

  #apply(change: Change): StoreChange<Kept[K]>[] {
    if (change.kind === 'replace')
      return this.#store.replace(
        change.objects.flatMap((object) => this.#read(object)),
        this.#known,
      );
    if (change.kind === 'remove' || this.#isForeign(change.object)) return this.#store.remove(placeOf(change.object));
    return this.#read(change.object).flatMap((object) => this.#store.put(object));
  }

  readonly #known = (): Iterable<Kept[K]> =>
    this.#namespace === undefined ? this.#store.values() : this.#store.by('namespace', this.#namespace);

  // An object that cannot be read keeps its last good form: unreadable is not gone.
  #read(object: KubeObject): Kept[K][] {
    if (this.#isForeign(object)) return [];
    try {
      return [PROJECTIONS[this.#kind](object, this.#options.controllerId) as Kept[K]];
    } catch (error) {
      const place = placeOf(object);
      this.#options.onUnreadable({ kind: this.#kind, ...place, error });
      const known = this.#store.get(place.namespace, place.name);
      return known === undefined ? [] : [known];
    }
  }

  /** Made by another operator; a watch leaves it out already. */
  #isForeign({ metadata }: KubeObject): boolean {
    const { controllerId = '' } = this.#options;
    return MADE.has(this.#kind) && idOf(metadata.labels) !== controllerId;
  }

  #tell(changed: StoreChange<Kept[K]>, initial: boolean): void {
    try {
      this.#options.onChange({ kind: this.#kind, initial, ...changed } as unknown as ClusterChange);
    } catch (error) {
      const [namespace = '', name = ''] = changed.key.split('/');
      this.#options.onUnreadable({ kind: this.#kind, namespace, name, error });
    }
  }
}

function placeOf({ metadata }: KubeObject): { namespace: string; name: string } {
  return { namespace: String(metadata?.namespace ?? ''), name: String(metadata?.name ?? '') };
}
