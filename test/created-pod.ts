import type { Kubectl } from './kubectl.ts';

/** A pod as the API server would create it in a namespace, with what admission writes into it; nothing is created. */
export const createdPod = (kubectl: Kubectl, namespace: string): Promise<string> =>
  kubectl.raw(`/api/v1/namespaces/${namespace}/pods?dryRun=All`, {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'pod' },
    spec: { containers: [{ name: 'web', image: 'podwire/echo' }] },
  });
