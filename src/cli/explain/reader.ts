import { type Kept, ownScope, PROJECTIONS } from '../../cluster/project.ts';
import { Denied, Invalid } from '../../errors.ts';
import type { KubeApi, KubeObject, Resource } from '../../kube/api.ts';
import { listKnown } from '../../kube/list.ts';
import { RESOURCES } from '../../kube/resources.ts';

/** The part of the API that explaining needs. */
export type ReadApi = Pick<KubeApi, 'get' | 'list'>;

type Scope = { namespace?: string; labelSelector?: string };

/** Lists what it may, and notes what it may not. */
export class Reader {
  readonly kube: ReadApi;
  readonly #controllerId: string | undefined;
  /** Sentences about what could not be read. */
  readonly unasked: string[] = [];

  constructor(kube: ReadApi, controllerId?: string) {
    this.kube = kube;
    this.#controllerId = controllerId;
  }

  /** What we keep of each object of a kind; in all namespaces where none is named. */
  kept<K extends keyof Kept & keyof typeof RESOURCES>(kind: K, namespace?: string): Promise<Kept[K][]> {
    const id = this.#controllerId;
    const view = (object: KubeObject) => PROJECTIONS[kind](object, id) as Kept[K];
    return this.read(RESOURCES[kind], view, { ...ownScope(kind, id), ...(namespace !== undefined && { namespace }) });
  }

  /** Each object by `view`; none where the API server does not know the kind, and one that cannot be read is left out. */
  async read<View>(resource: Resource, view: (object: KubeObject) => View, scope: Scope = {}): Promise<View[]> {
    const objects = await this.#list(resource, scope);
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

  async #list(resource: Resource, scope: Scope): Promise<KubeObject[]> {
    try {
      return await listKnown(this.kube, resource, scope);
    } catch (error) {
      if (!(error instanceof Denied)) throw error;
      this.unasked.push(`${resource.plural}: ${error.message}`);
      return [];
    }
  }
}
