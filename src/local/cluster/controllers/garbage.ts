import type { KubeObject, Resource } from '../../../kube/api.ts';
import type { Seen } from '../mirror.ts';
import { KINDS, type OwnerReference } from '../objects.ts';
import type { ClusterView } from './cluster-view.ts';
import { unlessGone } from './replica-sets.ts';

type Owned = 'pods' | 'replicaSets' | 'endpointSlices';

/** Which kinds follow their owners, and which kinds own them. */
const DEPENDENTS: Record<Owned, Resource> = {
  pods: KINDS.pod,
  replicaSets: KINDS.replicaSet,
  endpointSlices: KINDS.endpointSlice,
};
const OWNERS: Record<string, Resource> = {
  Deployment: KINDS.deployment,
  ReplicaSet: KINDS.replicaSet,
  Service: KINDS.service,
};

const seen = (view: ClusterView, kind: Owned): Seen<KubeObject> => view[kind];

/** Deletes one object when all the owners it names are gone, each made sure of by an uncached read. The key is `pods/namespace/name`. */
export async function collectGarbage(view: ClusterView, key: string): Promise<void> {
  const [kind, namespace = '', name = ''] = key.split('/') as [Owned, string?, string?];
  const object = seen(view, kind).get(`${namespace}/${name}`);
  const owners = object?.metadata.ownerReferences ?? [];
  if (object === undefined || owners.length === 0 || object.metadata.deletionTimestamp !== undefined) return;
  const gone = await Promise.all(owners.map((owner) => isGone(view, namespace, owner)));
  if (!gone.every(Boolean)) return;
  await view.api.delete(DEPENDENTS[kind], { namespace, name, uid: object.metadata.uid }).catch(unlessGone);
}

async function isGone(view: ClusterView, namespace: string, { kind, name, uid }: OwnerReference): Promise<boolean> {
  const resource = OWNERS[kind];
  if (resource === undefined) return false;
  return (await view.api.get(resource, { namespace, name }))?.metadata.uid !== uid;
}

/** Calls `add` for every object that may have to go: those of an owner that has gone, and those that appear after it. */
export function watchGarbage(view: ClusterView, add: (key: string) => void): void {
  const owners: Seen<KubeObject>[] = [view.deployments, view.replicaSets, view.services];
  const known = (uid: string) => owners.some((mirror) => mirror.values().some(({ metadata }) => metadata.uid === uid));
  for (const kind of Object.keys(DEPENDENTS) as Owned[]) {
    const dependents = seen(view, kind);
    const suspect = (object: KubeObject, isGoneOwner: (uid: string) => boolean): void => {
      const { namespace = '', name, ownerReferences = [] } = object.metadata;
      if (ownerReferences.some(({ uid }) => isGoneOwner(uid))) add(`${kind}/${namespace}/${name}`);
    };
    dependents.onChange(({ now, before }) => {
      if (now !== undefined && before === undefined) suspect(now, (uid) => !known(uid));
    });
    for (const mirror of owners)
      mirror.onChange(({ now, before }) => {
        if (now !== undefined || before === undefined) return;
        for (const object of dependents.values()) suspect(object, (uid) => uid === before.metadata.uid);
      });
  }
}
