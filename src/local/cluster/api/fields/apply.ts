import type { KubeObject } from '../../../../kube/api.ts';
import type { Cluster } from '../cluster.ts';
import type { Kind } from '../kinds.ts';
import { notServed } from '../status.ts';
import type { WriteOptions } from '../write.ts';
export async function applyObject(
  _c: Cluster,
  _k: Kind,
  _r: { body: unknown; options: WriteOptions & { force?: boolean } },
): Promise<{ object: KubeObject; created: boolean }> {
  throw notServed('apply');
}
