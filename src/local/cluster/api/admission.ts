import type { KubeObject } from '../../../kube/api.ts';
import type { Cluster } from './cluster.ts';
import type { Kind } from './kinds.ts';
export async function admit(
  _cluster: Cluster,
  _r: { kind: Kind; object: KubeObject; old: KubeObject | undefined; dryRun: boolean },
): Promise<KubeObject | undefined> {
  return undefined;
}
