import type { KubeApi, Resource } from '../../../../kube/api.ts';
import { RESOURCES } from '../../../../kube/resources.ts';

/** A ConfigMap or Secret that a pod names. */
type DataRef = { kind: 'configMap' | 'secret'; name: string; optional?: boolean };

/** Reads what pods of one namespace take their files and environment from. */
export type PodData = (ref: DataRef) => Promise<Record<string, string>>;

/** Throws where the object is not there and not optional: a kubelet waits for it. */
export const podDataIn =
  (api: KubeApi, namespace: string): PodData =>
  async ({ kind, name, optional = false }) => {
    const resource: Resource = RESOURCES[kind];
    const found = await api.get(resource, { namespace, name });
    if (found === undefined && !optional) throw new Error(`${resource.kind} ${namespace}/${name} is not there`);
    const data = (found?.data ?? {}) as Record<string, string>;
    if (kind === 'configMap') return data;
    const text = (encoded: string) => Buffer.from(encoded, 'base64').toString('utf8');
    return Object.fromEntries(Object.entries(data).map(([key, value]) => [key, text(value)]));
  };
