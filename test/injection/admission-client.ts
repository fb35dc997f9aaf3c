import { findAccess } from '../../src/kube/access.ts';
import type { KubeObject } from '../../src/kube/api.ts';
import { Transport } from '../../src/kube/transport.ts';
import { realClock } from '../../src/runtime/clock.ts';

/** Pods as the API server would store them, without storing them. */
export type DryRun = {
  /** Throws Invalid or Denied where the pod is refused. */
  create(pod: object): Promise<KubeObject>;
  close(): void;
};

/** Asks the API server of a kubeconfig with `dryRun=All`: admission and validation run, nothing is stored. */
export async function openDryRun(kubeconfig: string): Promise<DryRun> {
  const transport = new Transport(await findAccess({ kubeconfig, env: {}, clock: realClock }), { clock: realClock });
  return {
    create: async (pod) => {
      const { namespace, name } = (pod as KubeObject).metadata;
      const path = `/api/v1/namespaces/${namespace}/pods`;
      const call = { verb: 'create', what: `pods ${namespace}/${name}`, method: 'POST', path } as const;
      return JSON.parse(await transport.send({ ...call, query: { dryRun: 'All' }, body: pod })) as KubeObject;
    },
    close: () => transport.close(),
  };
}
