import { realClock } from '../../../runtime/clock.ts';
import type { Part } from '../../process.ts';
import { connectTo } from '../connection.ts';
import { startNodePorts } from './node-ports.ts';

export type NodePortsPartOptions = { kubeconfig: string; nodes: { name: string; address: string }[] };

/** The forwarding of node ports, as a process of its own: a hop more than the straight way to the pod. */
export const nodePortsPart: Part<NodePortsPartOptions, object> = async ({ kubeconfig, nodes }, process) => {
  const onError = (what: string, error: unknown) => console.error(`node port ${what}: ${(error as Error).message}`);
  const ports = await startNodePorts({ api: await connectTo(kubeconfig), clock: realClock, nodes, onError });
  process.onStop(() => ports.close());
  return {};
};
