import type { KubeApi, KubeObject, ObjectKey } from './api.ts';
import { readLease } from './lease-record.ts';
import { RESOURCES } from './resources.ts';

export type Following = {
  kube: Pick<KubeApi, 'watch'>;
  key: Required<ObjectKey>;
  signal: AbortSignal;
  onFree: () => void;
};

/** Tells each time when a lease is seen without a holder, until the signal aborts. */
export async function followFreedom({ kube, key, signal, onFree }: Following): Promise<void> {
  const scope = { namespace: key.namespace, fieldSelector: `metadata.name=${key.name}`, signal };
  for await (const change of kube.watch(RESOURCES.lease, scope)) {
    const seen: KubeObject[] =
      change.kind === 'replace' ? change.objects : change.kind === 'put' ? [change.object] : [];
    if (seen.some((lease) => readLease(lease).holder === undefined)) onFree();
  }
}
