import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CONTROL_PLANE_TOOLS, findTools } from '../../scripts/tool-cache.ts';
import { startAwsProcess } from '../../src/local/aws-process.ts';
import { startNodes } from '../../src/local/cluster/cluster.ts';
import { connectTo } from '../../src/local/cluster/connection.ts';
import { localNodes, type NodeOptions } from '../../src/local/cluster/kubelet/node.ts';
import type { Images } from '../../src/local/cluster/kubelet/program/image.ts';
import { type ControlPlane, startControlPlane } from '../../src/local/control-plane/control-plane.ts';
import { type OperatorProcess, startOperatorProcess } from '../../src/local/operator-process.ts';
import { shippedFile } from '../../src/local/package-root.ts';
import { claimSlot } from '../../src/local/slot.ts';
import type { World } from '../../src/local/world.ts';
import { type Kubectl, kubectlWith } from '../kubectl.ts';
import { installProtection } from './protection.ts';

/** A real control plane, nodes and local AWS, each a process of its own. */
export type ClusterWorld = World & {
  controlPlane: ControlPlane;
  kubectl: Kubectl;
  nodes: NodeOptions[];
  /** Logs of all processes. */
  dir: string;
  /** Ends everything; the logs stay when they are wanted. */
  close(keepLogs: boolean): Promise<void>;
};

/** The same with the operator's bundle between them, and pods of labelled namespaces protected by the admission policy. */
export type OperatorWorld = ClusterWorld & {
  /** SIGKILL. */
  killOperator(): Promise<void>;
  /** Starts it again, and resolves when its controllers run. */
  startOperator(): Promise<void>;
};

/** The same with as many operators as are asked for: each has a name, which its calls to AWS carry as `app/<name>`. */
export type ReplicasWorld = ClusterWorld & {
  start(name: string, flags?: string[], env?: Record<string, string>): Promise<OperatorProcess>;
};

export type Stops = (() => Promise<unknown>)[];

export const openOperatorWorld = (): Promise<OperatorWorld> =>
  opened(async (stops) => {
    const bare = await startParts(stops);
    const operator = await startBundle(bare);
    stops.push(() => operator.killOperator());
    return { ...bare, ...operator };
  });

export const openReplicasWorld = (): Promise<ReplicasWorld> =>
  opened(async (stops) => {
    const bare = await startParts(stops);
    const options = await bundleIn(bare);
    const start: ReplicasWorld['start'] = async (name, flags = [], more = {}) => {
      const env = { AWS_SDK_UA_APP_ID: name, ...more };
      const operator = await startOperatorProcess({ ...options, name, env, flags: ['--log-level', 'debug', ...flags] });
      stops.push(() => operator.kill());
      return operator;
    };
    return { ...bare, start };
  });

export async function opened<Parts extends { dir: string }>(
  start: (stops: Stops) => Promise<Parts>,
): Promise<Parts & Pick<ClusterWorld, 'close'>> {
  const stops: Stops = [];
  const stop = async (): Promise<void> => {
    for (const one of stops.splice(0).toReversed()) await one();
  };
  try {
    const world = await start(stops);
    const close = async (keepLogs: boolean): Promise<void> => {
      await stop();
      if (keepLogs) console.warn(`the logs are in ${world.dir}`);
      else await rm(world.dir, { recursive: true, force: true });
    };
    return { ...world, close };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** `images` says what is in place of container images, by the folder of the world; `crds`: whether ours are there from the beginning. */
export type PartsOptions = { images?: (dir: string) => Images; crds?: boolean; apiServerFlags?: string[] };

export async function startParts(
  stops: Stops,
  { images, crds = true, apiServerFlags = [] }: PartsOptions = {},
): Promise<Omit<ClusterWorld, 'close'>> {
  const tools = findTools(CONTROL_PLANE_TOOLS);
  if ('missing' in tools) throw new Error(tools.missing);
  const dir = await mkdtemp(join(tmpdir(), 'podwire-operator-'));
  const slot = await claimSlot();
  stops.push(() => slot.release());
  const nodes = localNodes({ slot: slot.number });
  const aws = await startAwsProcess({ dir, nodes, slot: slot.number });
  stops.push(() => aws.stop());
  const controlPlane = await startControlPlane({ binaries: tools.paths, dir, apiServerFlags });
  stops.push(() => controlPlane.close());
  const { kubeconfig } = controlPlane;
  const running = await startNodes({ kubeconfig, dir, nodes, ...(images && { images: images(dir) }) });
  stops.push(() => running.close());
  const kubectl = kubectlWith(tools.paths.kubectl, kubeconfig);
  if (crds) await kubectl('apply', '-f', shippedFile('crds'));
  return { dir, nodes, aws, controlPlane, kubectl, kube: await connectTo(kubeconfig) };
}

type Place = Pick<ClusterWorld, 'controlPlane' | 'aws' | 'dir' | 'kubectl'>;

// A copy: another build meanwhile must not change what is tested.
async function bundleIn({ controlPlane, aws, dir }: Omit<Place, 'kubectl'>) {
  await cp(shippedFile('dist'), join(dir, 'dist'), { recursive: true });
  const { kubeconfig } = controlPlane;
  return { kubeconfig, awsUrl: aws.url, dir, entry: join(dir, 'dist', 'operator.mjs') };
}

async function startBundle(place: Place): Promise<Pick<OperatorWorld, 'killOperator' | 'startOperator'>> {
  const options = await bundleIn(place);
  const flags = ['--log-level', 'debug', ...(await installProtection(place.kubectl))];
  const start = (): Promise<OperatorProcess> => startOperatorProcess({ ...options, flags });
  let running = await start();
  return {
    killOperator: () => running.kill(),
    async startOperator() {
      running = await start();
    },
  };
}
