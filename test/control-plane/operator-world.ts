import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CONTROL_PLANE_TOOLS, findTools } from '../../scripts/tool-cache.ts';
import { type LocalAwsProcess, startAwsProcess } from '../../src/local/aws-process.ts';
import { startNodes } from '../../src/local/cluster/cluster.ts';
import { connectTo } from '../../src/local/cluster/connection.ts';
import { localNodes, type NodeOptions } from '../../src/local/cluster/kubelet/node.ts';
import { type ControlPlane, startControlPlane } from '../../src/local/control-plane/control-plane.ts';
import { type OperatorProcess, startOperatorProcess } from '../../src/local/operator-process.ts';
import { shippedFile } from '../../src/local/package-root.ts';
import { claimSlot } from '../../src/local/slot.ts';
import type { World } from '../../src/local/world.ts';
import { type Kubectl, kubectlWith } from '../kubectl.ts';

/** A real control plane, nodes, local AWS and the operator's bundle between them, each a process of its own. */
export type OperatorWorld = World & {
  controlPlane: ControlPlane;
  kubectl: Kubectl;
  nodes: NodeOptions[];
  /** Logs of all processes. */
  dir: string;
  /** SIGKILL. */
  killOperator(): Promise<void>;
  /** Starts it again, and resolves when its controllers run. */
  startOperator(): Promise<void>;
  /** Ends everything; the logs stay when they are wanted. */
  close(keepLogs: boolean): Promise<void>;
};

type Stops = (() => Promise<unknown>)[];

export async function openOperatorWorld(): Promise<OperatorWorld> {
  const stops: Stops = [];
  const stop = async (): Promise<void> => {
    for (const one of stops.splice(0).toReversed()) await one();
  };
  try {
    const world = await startParts(stops);
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

async function startParts(stops: Stops): Promise<Omit<OperatorWorld, 'close'>> {
  const tools = findTools(CONTROL_PLANE_TOOLS);
  if ('missing' in tools) throw new Error(tools.missing);
  const dir = await mkdtemp(join(tmpdir(), 'podwire-operator-'));
  const slot = await claimSlot();
  stops.push(() => slot.release());
  const nodes = localNodes({ slot: slot.number });
  const aws = await startAwsProcess({ dir, nodes, slot: slot.number });
  stops.push(() => aws.stop());
  const controlPlane = await startControlPlane({ binaries: tools.paths, dir });
  stops.push(() => controlPlane.close());
  const { kubeconfig } = controlPlane;
  const running = await startNodes({ kubeconfig, dir, nodes });
  stops.push(() => running.close());
  const kubectl = kubectlWith(tools.paths.kubectl, kubeconfig);
  await kubectl('apply', '-f', shippedFile('crds'));
  const operator = await startBundle({ kubeconfig, aws, dir });
  stops.push(() => operator.killOperator());
  return { dir, nodes, aws, controlPlane, kubectl, kube: await connectTo(kubeconfig), ...operator };
}

type Place = { kubeconfig: string; aws: LocalAwsProcess; dir: string };

async function startBundle({
  kubeconfig,
  aws,
  dir,
}: Place): Promise<Pick<OperatorWorld, 'killOperator' | 'startOperator'>> {
  // A copy: another build meanwhile must not change what is tested.
  await cp(shippedFile('dist'), join(dir, 'dist'), { recursive: true });
  const options = { kubeconfig, awsUrl: aws.url, dir, entry: join(dir, 'dist', 'operator.mjs') };
  const start = (): Promise<OperatorProcess> => startOperatorProcess({ ...options, flags: ['--log-level', 'debug'] });
  let running = await start();
  return {
    killOperator: () => running.kill(),
    async startOperator() {
      running = await start();
    },
  };
}
