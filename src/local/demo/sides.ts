import { DRAIN } from '../../api/pod.ts';
import type { NewObject } from '../../kube/api.ts';

/** The same deploy twice: as it is shipped, and with protection off. */
export type Sides<One> = { protected: One; unprotected: One };

export const NAMESPACES: Sides<string> = { protected: 'shop', unprotected: 'bare' };

/** Does it for both sides at once. */
export async function onBothSides<One>(deed: (side: keyof Sides<One>) => Promise<One>): Promise<Sides<One>> {
  const [on, off] = await Promise.all([deed('protected'), deed('unprotected')]);
  return { protected: on, unprotected: off };
}

type Template = { metadata: { annotations?: Record<string, string> } };

/** The shop in another namespace that has no label, with pods that opt out of injection, and as many as the shop has when both are updated. */
export const unprotectedShop = (shop: NewObject[], replicas: number): NewObject[] =>
  shop.filter(({ kind }) => kind !== 'IngressClass').map((object) => unprotectedObject(object, replicas));

function unprotectedObject(object: NewObject, replicas: number): NewObject {
  const namespace = NAMESPACES.unprotected;
  if (object.kind === 'Namespace') return { ...object, metadata: { name: namespace } };
  const moved = { ...object, metadata: { ...object.metadata, namespace } };
  if (object.kind !== 'Deployment') return moved;
  const { template, ...spec } = object.spec as { template: Template };
  const metadata = { ...template.metadata, annotations: { ...template.metadata.annotations, [DRAIN]: 'off' } };
  return { ...moved, spec: { ...spec, replicas, template: { ...template, metadata } } };
}
