import type { KubeObject } from '../../../kube/api.ts';
import type { Kind } from './kinds.ts';
import { at, part } from './rules/rules.ts';
import { forbidden } from './status.ts';

/** `pods` and `count/pods` of a quota; other resources are not counted here. */
const COUNTED = ['pods', 'count/pods'];
const FINAL = new Set<unknown>(['Succeeded', 'Failed']);

type New = { kind: Kind; object: KubeObject };

/** Refuses a pod for which a ResourceQuota of its namespace has no room, in the words of kube-apiserver. */
export function checkQuota(list: (storage: string) => KubeObject[], { kind, object }: New): void {
  if (kind.kind !== 'Pod') return;
  const { namespace, name } = object.metadata;
  const own = (storage: string): KubeObject[] => list(storage).filter((one) => one.metadata.namespace === namespace);
  const quotas = own('/resourcequotas');
  if (quotas.length === 0) return;
  const pods = own('/pods');
  const running = pods.filter((pod) => !FINAL.has(at(pod, 'status.phase'))).length;
  for (const quota of quotas)
    for (const resource of COUNTED) {
      const limited = part(quota, 'spec.hard')[resource] as string | undefined;
      const used = resource === 'pods' ? running : pods.length;
      if (limited === undefined || used < Number(limited)) continue;
      const counts = `requested: ${resource}=1, used: ${resource}=${used}, limited: ${resource}=${limited}`;
      throw forbidden(kind, name, { why: `exceeded quota: ${quota.metadata.name}, ${counts}` });
    }
}
