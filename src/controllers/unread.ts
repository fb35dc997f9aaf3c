import { Retry } from '../errors.ts';
import type { KubeApi } from '../kube/api.ts';
import { RESOURCES } from '../kube/resources.ts';
import type { StackCluster, StackView } from './stack-view.ts';

type Known = { namespace: string; name: string; uid?: string };

/**
 * Throws where an Ingress that the stack serves is missing from the store only: the API server still has it, unharmed, in a
 * form that could not be read. What it made in AWS must not be taken for unwanted.
 */
export async function refuseUnread(view: StackView, cluster: StackCluster, kube: Pick<KubeApi, 'get'>): Promise<void> {
  const missing = servedBy(view).filter(({ namespace, name }) => cluster.ingress(namespace, name) === undefined);
  for (const { namespace, name, uid } of missing) {
    const found = await kube.get(RESOURCES.ingress, { namespace, name });
    const same = found !== undefined && (uid === undefined || found.metadata.uid === uid);
    if (same && found.metadata.deletionTimestamp === undefined)
      throw new Retry(`Ingress ${namespace}/${name} is there and cannot be read: its stack stays as it is`);
  }
}

/** Without a ledger only the key of a stack of its own tells whose it is. */
function servedBy({ stack, ledger }: StackView): Known[] {
  const members = ledger?.status.members;
  if (members !== undefined) return members;
  const [kind, namespace, name] = stack.split('/');
  return kind === 'ingress' && namespace !== undefined && name !== undefined ? [{ namespace, name }] : [];
}
