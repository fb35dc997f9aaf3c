import { realClock } from '../../../runtime/clock.ts';
import type { Part } from '../../process.ts';
import { connectTo } from '../connection.ts';
import { startKubelet } from './kubelet.ts';
import type { NodeOptions } from './node.ts';
import { ProcessRuntime } from './process-runtime.ts';

export type KubeletPartOptions = { kubeconfig: string; nodes: NodeOptions[]; logFile?: string };

/** Asked of the process: ends all pods of a node without warning. */
export type KubeletQuestion = { do: 'killNode'; node: string };

/** The kubelet of all nodes, as a process of its own. */
export const kubeletPart: Part<KubeletPartOptions, object> = async ({ kubeconfig, nodes, logFile }, process) => {
  const runtime = new ProcessRuntime(logFile === undefined ? {} : { logFile });
  const onError = (pod: string, error: unknown) => console.error(`kubelet: ${pod}: ${(error as Error).message}`);
  const kubelet = await startKubelet({ api: await connectTo(kubeconfig), clock: realClock, nodes, runtime, onError });
  process.onStop(() => kubelet.close());
  process.onAsk((question) => runtime.killNode((question as KubeletQuestion).node));
  return {};
};
