import type { KubeApi, KubeObject } from '../../kube/api.ts';
import { listKnown } from '../../kube/list.ts';
import { RESOURCES } from '../../kube/resources.ts';

/** The kinds that decide about load balancers, those first on which others depend. */
export const KINDS = [
  'namespace',
  'node',
  'ingressClassParams',
  'ingressClass',
  'service',
  'endpointSlice',
  'loadBalancer',
  'targetGroup',
  'ingress',
] as const satisfies readonly (keyof typeof RESOURCES)[];

export type PlannedKind = (typeof KINDS)[number];

/** The cluster as far as it decides: raw objects by kind. */
export type Objects = Record<PlannedKind, KubeObject[]>;

/** Lists every kind; none where the API server does not know it. Throws Denied where it may not be listed. */
export async function readObjects(kube: Pick<KubeApi, 'list'>): Promise<Objects> {
  const lists = await Promise.all(KINDS.map(async (kind) => [kind, await listKnown(kube, RESOURCES[kind])] as const));
  return Object.fromEntries(lists) as Objects;
}

/** `get` of an API whose objects these are. */
export function apiOf(objects: Objects): Pick<KubeApi, 'get'> {
  return {
    get: async (resource, { namespace, name }) => {
      const kind = KINDS.find((one) => RESOURCES[one].plural === resource.plural);
      return kind && objects[kind].find(({ metadata }) => metadata.name === name && metadata.namespace === namespace);
    },
  };
}
