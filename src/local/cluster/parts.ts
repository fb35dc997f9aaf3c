import type { Part } from '../process.ts';

type AnyPart = Part<never, unknown>;

/** The processes of the local cluster by the name `startProcess` is given; loaded when one is started, so that a pod host stays small. */
export const CLUSTER_PARTS: Record<string, () => Promise<AnyPart>> = {
  'api-server': async () => (await import('./api-server-part.ts')).apiServerPart,
  kubelet: async () => (await import('./kubelet/kubelet-part.ts')).kubeletPart,
  'pod-host': async () => (await import('./kubelet/pod-host.ts')).podHost,
  'node-ports': async () => (await import('./node-ports/node-ports-part.ts')).nodePortsPart,
};
