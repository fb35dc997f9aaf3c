import { realClock } from '../../../runtime/clock.ts';
import type { Part, RunningProcess } from '../../process.ts';
import { openConnection } from '../connection.ts';
import { type KubeletControls, startKubelet } from './kubelet.ts';
import type { NodeOptions } from './node.ts';
import type { Images } from './program/image.ts';
import { serveLogs } from './program/log-server.ts';
import { Programs } from './program/programs.ts';
import { ProcessRuntime } from './process-runtime.ts';

export type KubeletPartOptions = {
  kubeconfig: string;
  nodes: NodeOptions[];
  logFile?: string;
  /** Containers that are programs of this machine, and where the folders of their pods are. */
  programs?: { images: Images; dir: string };
};

/** One control of the kubelet, asked of its process, with what it is called with. */
export type KubeletQuestion = {
  [Name in keyof KubeletControls]: { do: Name; with: Parameters<KubeletControls[Name]> };
}[keyof KubeletControls];

/** The kubelet of all nodes, as a process of its own. */
export const kubeletPart: Part<KubeletPartOptions, object> = async (options, process) => {
  const { kubeconfig, logFile, programs: wanted } = options;
  const runtime = new ProcessRuntime(logFile === undefined ? {} : { logFile });
  const onError = (pod: string, error: unknown) => console.error(`kubelet: ${pod}: ${(error as Error).message}`);
  const { api, server } = await openConnection(kubeconfig);
  const logs = wanted && (await serveLogs(wanted.dir));
  const nodes = options.nodes.map((node) => ({ ...node, ...(logs && { logPort: logs.port }) }));
  const programs = wanted && { programs: new Programs({ ...wanted, api, clock: realClock, server }) };
  const kubelet = await startKubelet({ api, clock: realClock, nodes, runtime, onError, ...programs });
  process.onStop(() => logs?.close());
  process.onStop(() => kubelet.close());
  process.onAsk((question) => answer(kubelet, question as KubeletQuestion));
  return {};
};

function answer(kubelet: KubeletControls, question: KubeletQuestion): Promise<unknown> {
  const control = kubelet[question.do] as (...given: unknown[]) => Promise<unknown>;
  return control(...question.with);
}

/** The controls of a kubelet in another process. */
export function controlsOf({ ask }: Pick<RunningProcess<unknown>, 'ask'>): KubeletControls {
  const asks = (name: string) => [name, (...given: unknown[]) => ask({ do: name, with: given })];
  return Object.fromEntries(CONTROLS.map(asks)) as KubeletControls;
}

const CONTROLS = [
  'evict',
  'shutDownNode',
  'killNode',
  'startNode',
  'signalPod',
  'reuseAddresses',
  'pods',
] as const satisfies (keyof KubeletControls)[];
