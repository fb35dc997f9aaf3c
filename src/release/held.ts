import { ownSelector } from '../api/controller.ts';
import type { KubeApi, KubeObject } from '../kube/api.ts';
import { listKnown } from '../kube/list.ts';
import { RESOURCES } from '../kube/resources.ts';

/** One sentence for each load balancer that is managed, and for each TargetGroupBinding that is served. */
export async function heldObjects(kube: Pick<KubeApi, 'list'>, controllerId: string): Promise<string[]> {
  const labelSelector = ownSelector(controllerId);
  const [ledgers, groups] = await Promise.all([
    listKnown(kube, RESOURCES.loadBalancer, { labelSelector }),
    listKnown(kube, RESOURCES.targetGroup, { labelSelector }),
  ]);
  return [...ledgers.map(balancerLine), ...groups.flatMap(bindingLine)];
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
