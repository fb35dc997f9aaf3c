import { CONTROLLER_LABEL, idOf, ownLabels } from '../api/controller.ts';
import { Invalid } from '../errors.ts';
import type { KubeApi, KubeObject, NewObject, Resource } from '../kube/api.ts';
import { ensureObject } from '../kube/write.ts';

type Own = { resource: Resource; wanted: NewObject; controllerId: string };

/**
 * Creates an object of ours with the label by which we find it again, or corrects it. Throws Invalid where one of that name carries
 * another operator's label: whoever wrote that took it from us, and we would never see it.
 */
export async function ensureOwn(kube: KubeApi, { resource, wanted, controllerId }: Own): Promise<KubeObject> {
  const metadata = { ...wanted.metadata, ...ownLabels(controllerId) };
  const object = await ensureObject(kube, resource, { ...wanted, metadata });
  const found = idOf(object.metadata.labels);
  if (found === controllerId) return object;
  const name = [object.metadata.namespace, object.metadata.name].filter(Boolean).join('/');
  throw new Invalid(
    `${resource.kind} ${name}`,
    `metadata.labels[${CONTROLLER_LABEL}]: wanted ${controllerId || 'none'}, given ${found || 'none'}`,
  );
}
