import { type Kept, ownScope, PROJECTIONS } from '../../cluster/project.ts';
import { Invalid } from '../../errors.ts';
import type { Inquiry } from '../../kube/inquiry.ts';
import { listKnown } from '../../kube/list.ts';
import { RESOURCES } from '../../kube/resources.ts';
import type { ObjectFacts } from '../../model/doctor/facts.ts';

/** Of the operator with this id. */
export async function readObjects(inquiry: Inquiry, controllerId: string): Promise<ObjectFacts> {
  const [ingresses, classes, loadBalancers, targetGroups] = await Promise.all([
    readKept(inquiry, 'ingress'),
    readKept(inquiry, 'ingressClass'),
    readKept(inquiry, 'loadBalancer', controllerId),
    readKept(inquiry, 'targetGroup', controllerId),
  ]);
  return { ingresses, classes, loadBalancers, targetGroups };
}

/** What we keep of each object of a kind in the whole cluster; what cannot be read is left out, and a kind that is not served has none. */
export async function readKept<K extends keyof Kept & keyof typeof RESOURCES>(
  inquiry: Inquiry,
  kind: K,
  controllerId?: string,
): Promise<Kept[K][]> {
  const objects = await listKnown(inquiry, RESOURCES[kind], ownScope(kind, controllerId));
  return objects.flatMap((object) => {
    try {
      return [PROJECTIONS[kind](object, controllerId) as Kept[K]];
    } catch (error) {
      if (error instanceof Invalid) return [];
      throw error;
    }
  });
}
