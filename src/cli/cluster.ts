import { findAccess } from '../kube/access.ts';
import { kubeClient, type KubeClientOptions } from '../kube/client.ts';
import { Transport, type TransportOptions } from '../kube/transport.ts';
import { realClock as clock } from '../runtime/clock.ts';
import type { Terminal } from './command.ts';

/** What a command was told of the cluster; without it, what kubectl would take. */
export type Named = { kubeconfig?: string | undefined; context?: string | undefined };

type Manner = Pick<TransportOptions, 'userAgent' | 'limitMs'> & Pick<KubeClientOptions, 'fence'>;

/** Finds the cluster that a command asks: whose it is, and how it is asked. Throws what `findAccess` throws. */
export async function openCluster({ kubeconfig, context }: Named, { env }: Pick<Terminal, 'env'>, manner: Manner) {
  const { fence, ...sending } = manner;
  const named = { ...(kubeconfig !== undefined && { kubeconfig }), ...(context !== undefined && { context }) };
  const access = await findAccess({ env, clock, ...named });
  const transport = new Transport(access, { clock, ...sending });
  const kube = kubeClient({ transport, clock, onTrouble: () => undefined, ...(fence && { fence }) });
  return { access, transport, kube };
}
