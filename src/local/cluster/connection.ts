import type { KubeApi } from '../../kube/api.ts';
import { findAccess } from '../../kube/access.ts';
import { kubeClient } from '../../kube/client.ts';
import { Transport } from '../../kube/transport.ts';
import { realClock } from '../../runtime/clock.ts';

/** The API server that a kubeconfig names, for a local part in a process of its own. */
export const connectTo = async (kubeconfig: string): Promise<KubeApi> => (await openConnection(kubeconfig)).api;

/** The same with its URL. */
export async function openConnection(kubeconfig: string): Promise<{ api: KubeApi; server: string }> {
  const access = await findAccess({ kubeconfig, env: {}, clock: realClock });
  const transport = new Transport(access, { clock: realClock, userAgent: 'podwire-local' });
  return { api: kubeClient({ transport, clock: realClock }), server: access.server };
}
