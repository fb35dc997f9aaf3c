import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type RunningProcess, startProcess } from '../process.ts';
import type { ApiServerPartOptions, ApiServerQuestion, ApiServerReady } from './api-server-part.ts';
import type { KubeletControls } from './kubelet/kubelet.ts';
import { controlsOf, type KubeletPartOptions } from './kubelet/kubelet-part.ts';
import { localNodes, type NodeOptions, type NodesRequest } from './kubelet/node.ts';
import { claimSlot } from '../slot.ts';
import type { Images } from './kubelet/program/image.ts';
import type { NodePortsPartOptions } from './node-ports/node-ports-part.ts';

export type LocalClusterOptions = {
  /** Holds the kubeconfig and the logs; made when it is not there, and left behind. */
  dir: string;
  nodes?: NodesRequest | NodeOptions[];
  server?: ApiServerPartOptions['server'];
};

/** What runs pods beside an API server, local or real. */
export type RunningNodes = KubeletControls & {
  readonly nodes: NodeOptions[];
  close(): Promise<void>;
};

export type LocalCluster = RunningNodes & {
  readonly url: string;
  readonly token: string;
  readonly kubeconfigPath: string;
  /** Closes every connection, and listens again after `downMs`; the state stays. */
  restartApiServer(downMs?: number): Promise<void>;
  /** Makes every watch that comes back start over with a list. */
  forgetHistory(): Promise<void>;
};

/** Starts API server, workload controllers, kubelet and node ports, in processes of their own that end with this one. */
export async function startLocalCluster(options: LocalClusterOptions): Promise<LocalCluster> {
  const { dir } = options;
  await mkdir(dir, { recursive: true });
  const kubeconfigPath = join(dir, 'kubeconfig');
  const settings = { kubeconfig: kubeconfigPath, ...(options.server && { server: options.server }) };
  const server = await startProcess<ApiServerReady>('api-server', settings, join(dir, 'api-server.log'));
  const ask = async (question: ApiServerQuestion) => void (await server.ask(question));
  try {
    const running = await startNodes({
      kubeconfig: kubeconfigPath,
      dir,
      ...(options.nodes && { nodes: options.nodes }),
    });
    return {
      ...running,
      ...server.ready,
      kubeconfigPath,
      restartApiServer: (downMs) => ask({ do: 'restart', ...(downMs !== undefined && { downMs }) }),
      forgetHistory: () => ask({ do: 'forgetHistory' }),
      close: () => stopAll([() => running.close(), () => server.stop()]),
    };
  } catch (error) {
    await server.stop();
    throw error;
  }
}

export type NodesOptions = {
  kubeconfig: string;
  dir: string;
  nodes?: NodesRequest | NodeOptions[];
  /** Images whose containers are programs of this machine; their pods have folders in `pods` below `dir`. */
  images?: Images;
};

/** Starts kubelet and node ports for any API server, each as a process of its own. */
export async function startNodes({ kubeconfig, dir, nodes: wanted = {}, images }: NodesOptions): Promise<RunningNodes> {
  const slot = Array.isArray(wanted) ? undefined : await claimSlot();
  const nodes = Array.isArray(wanted) ? wanted : localNodes({ ...wanted, slot: slot?.number ?? 0 });
  const log = (name: string) => join(dir, `${name}.log`);
  const programs = images && { programs: { images, dir: join(dir, 'pods') } };
  const forKubelet: KubeletPartOptions = { kubeconfig, nodes, logFile: log('pods'), ...programs };
  const forPorts: NodePortsPartOptions = { kubeconfig, nodes };
  const started = await Promise.allSettled([
    startProcess('kubelet', forKubelet, log('kubelet')),
    startProcess('node-ports', forPorts, log('node-ports')),
  ]);
  const running = started.filter((one) => one.status === 'fulfilled').map(({ value }) => value);
  const close = () => stopAll([...running.map((process) => () => process.stop()), async () => slot?.release()]);
  const failed = started.find((one) => one.status === 'rejected');
  if (failed !== undefined) {
    await close();
    throw failed.reason;
  }
  const [kubelet] = running as [RunningProcess<unknown>];
  return { nodes, close, ...controlsOf(kubelet) };
}

async function stopAll(stops: (() => Promise<void>)[]): Promise<void> {
  for (const stop of stops) await stop();
}
