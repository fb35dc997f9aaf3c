import type { KubeApi, Resource } from './api.ts';
import { RESOURCES } from './resources.ts';

/** What every replica writes: its claim to the lease, and what it has to say. */
const FREE: readonly Resource[] = [RESOURCES.lease, RESOURCES.event];

/** Whether only the leader may write objects of this kind. */
export const isFenced = ({ group, plural }: Resource): boolean =>
  !FREE.some((free) => free.group === group && free.plural === plural);

/** The same API, of which every write asks `check` first, directly before it is sent; what that throws is the answer. */
export function fencedKube(kube: KubeApi, check: () => void): KubeApi {
  const asked = async <T>(resource: Resource, write: () => Promise<T>): Promise<T> => {
    if (isFenced(resource)) check();
    return write();
  };
  return {
    watch: (resource, scope) => kube.watch(resource, scope),
    serverNow: () => kube.serverNow?.(),
    list: (resource, scope) => kube.list(resource, scope),
    get: (resource, key) => kube.get(resource, key),
    create: (resource, object) => asked(resource, () => kube.create(resource, object)),
    patch: (resource, key, patch) => asked(resource, () => kube.patch(resource, key, patch)),
    delete: (resource, key) => asked(resource, () => kube.delete(resource, key)),
  };
}
