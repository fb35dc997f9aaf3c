import { bindingFinalizer } from '../controllers/bindings.ts';
import type { KubeApi, KubeObject, Resource } from '../kube/api.ts';
import { listKnown } from '../kube/list.ts';
import { RESOURCES } from '../kube/resources.ts';
import { removeFinalizer } from '../kube/write.ts';
import { ingressFinalizer } from '../model/group.ts';

const heldBy = (controllerId: string): readonly (readonly [Resource, string])[] => [
  [RESOURCES.ingress, ingressFinalizer(controllerId)],
  [RESOURCES.targetGroupBinding, bindingFinalizer(controllerId)],
];

/** Takes our finalizers off everything that carries one; returns what that was. What is in AWS stays there. */
export async function removeFinalizers(
  kube: Pick<KubeApi, 'list' | 'get' | 'patch'>,
  controllerId: string,
): Promise<string[]> {
  const freed: string[] = [];
  for (const [resource, finalizer] of heldBy(controllerId)) {
    for (const object of (await listKnown(kube, resource)).filter(carries(finalizer))) {
      const { namespace = '', name, uid } = object.metadata;
      await removeFinalizer(kube, { resource, object: { namespace, name, uid }, finalizer });
      freed.push(`${resource.kind} ${namespace}/${name}`);
    }
  }
  return freed;
}

const carries =
  (finalizer: string) =>
  ({ metadata }: KubeObject): boolean =>
    metadata.finalizers?.includes(finalizer) ?? false;
