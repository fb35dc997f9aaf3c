import { type Kept, PROJECTIONS } from '../../cluster/project.ts';
import { Denied, Invalid } from '../../errors.ts';
import type { KubeApi, KubeObject, Resource } from '../../kube/api.ts';
import { listKnown } from '../../kube/list.ts';
import { RESOURCES } from '../../kube/resources.ts';

/** The part of the API that explaining needs. */
export type ReadApi = Pick<KubeApi, 'get' | 'list'>;

/** Lists what it may, and notes what it may not. */
export class Reader {
  readonly kube: ReadApi;
  /** Sentences about what could not be read. */
  readonly unasked: string[] = [];

  constructor(kube: ReadApi) {
    this.kube = kube;
  }

  /** What we keep of each object of a kind; in all namespaces where none is named. */
  kept<K extends keyof Kept & keyof typeof RESOURCES>(kind: K, namespace?: string): Promise<Kept[K][]> {
    return this.read(RESOURCES[kind], (object) => PROJECTIONS[kind](object) as Kept[K], namespace);
  }

  /** Each object by `view`; none where the API server does not know the kind, and one that cannot be read is left out. */
  async read<View>(resource: Resource, view: (object: KubeObject) => View, namespace?: string): Promise<View[]> {
    const objects = await this.#list(resource, namespace);
    return objects.flatMap((object) => {
      try {
        return [view(object)];
      } catch (error) {
        if (!(error instanceof Invalid)) throw error;
        this.unasked.push(`${resource.kind} ${object.metadata.name}: ${error.message}`);
        return [];
      }
    });
  }

  async #list(resource: Resource, namespace: string | undefined): Promise<KubeObject[]> {
    try {
      return await listKnown(this.kube, resource, namespace === undefined ? {} : { namespace });
    } catch (error) {
      if (!(error instanceof Denied)) throw error;
      this.unasked.push(`${resource.plural}: ${error.message}`);
      return [];
    }
  }
}
