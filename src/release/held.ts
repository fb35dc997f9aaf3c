import { ownSelector } from '../api/controller.ts';
import { Gone } from '../errors.ts';
import type { KubeApi, KubeObject, Resource } from '../kube/api.ts';
import { RESOURCES } from '../kube/resources.ts';

type Listing = Pick<KubeApi, 'list'>;

/** One sentence for each load balancer that is managed, and for each TargetGroupBinding that is served. */
export async function heldObjects(kube: Listing, controllerId: string): Promise<string[]> {
  const labelSelector = ownSelector(controllerId);
  const [ledgers, groups] = await Promise.all([
    listKnown(kube, RESOURCES.loadBalancer, { labelSelector }),
    listKnown(kube, RESOURCES.targetGroup, { labelSelector }),
  ]);
  return [...ledgers.map(balancerLine), ...groups.flatMap(bindingLine)];
}

/** Objects of a kind; none where the API server does not know the kind. */
export async function listKnown(
  kube: Listing,
  resource: Resource,
  scope: { labelSelector?: string } = {},
): Promise<KubeObject[]> {
  return kube.list(resource, scope).catch((error: unknown) => {
    if (error instanceof Gone) return [];
    throw error;
  });
}

type Status = { dnsName?: string; members?: { namespace: string; name: string }[] };

function balancerLine({ metadata, status }: KubeObject): string {
  const { dnsName = 'no address yet', members = [] } = (status ?? {}) as Status;
  const ingresses = members.map(({ namespace, name }) => `Ingress ${namespace}/${name}`).join(', ');
  return `LoadBalancer ${metadata.name} (${dnsName})${ingresses === '' ? '' : ` serves ${ingresses}`}`;
}

function bindingLine({ metadata, spec }: KubeObject): string[] {
  const { binding } = (spec ?? {}) as { binding?: string };
  return binding === undefined ? [] : [`TargetGroupBinding ${metadata.namespace}/${binding}`];
}
