import { mkdir, readdir } from 'node:fs/promises';
import type { KubeApi } from '../kube/api.ts';
import { type LocalAwsProcess, startAwsProcess } from './aws-process.ts';
import { type LocalCluster, startLocalCluster } from './cluster/cluster.ts';
import { connectTo } from './cluster/connection.ts';
import { localNodes } from './cluster/kubelet/node.ts';
import { installInjection } from './injection.ts';
import { claimSlot } from './slot.ts';
import { type OperatorProcess, startOperatorProcess } from './operator-process.ts';
import { applyObjects, readManifests } from './manifests.ts';
import { shippedFile } from './package-root.ts';

export type LocalOptions = {
  /** Holds kubeconfig, certificate and logs; made when it is not there. */
  dir: string;
  awsPort?: number;
  apiServerPort?: number;
  /** More flags of the operator. */
  operatorFlags?: string[];
  /** Drain line of pods in labelled namespaces, until their Service has its own; what is shipped without it. */
  firstLine?: string;
  /** One line for whoever watches, before each step. */
  tell: (line: string) => void;
};

/** Local AWS, a local cluster and the operator between them, each a process of its own. */
export type Local = {
  /** Where all of them log. */
  dir: string;
  aws: LocalAwsProcess;
  cluster: LocalCluster;
  kube: KubeApi;
  operator: OperatorProcess;
  stop(): Promise<void>;
};

/** Starts everything; what was started is stopped again when something does not start. */
export async function startLocal(options: LocalOptions): Promise<Local> {
  const stops: (() => Promise<void>)[] = [];
  const stop = async (): Promise<void> => {
    for (const one of stops.splice(0).toReversed()) await one();
  };
  try {
    return { ...(await startParts(options, stops)), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function startParts(options: LocalOptions, stops: (() => Promise<void>)[]): Promise<Omit<Local, 'stop'>> {
  const { dir, awsPort, tell } = options;
  await mkdir(dir, { recursive: true });
  const slot = await claimSlot();
  stops.push(() => slot.release());
  const nodes = localNodes({ slot: slot.number });
  tell('local AWS: load balancers, target groups, a VPC of three zones');
  const aws = await startAwsProcess({ dir, nodes, slot: slot.number, ...(awsPort !== undefined && { port: awsPort }) });
  stops.push(() => aws.stop());
  tell('local cluster: API server, workload controllers, three nodes');
  const server = options.apiServerPort === undefined ? {} : { server: { port: options.apiServerPort } };
  const cluster = await startLocalCluster({ dir, nodes, ...server });
  stops.push(() => cluster.close());
  const kube = await connectTo(cluster.kubeconfigPath);
  for (const file of await readdir(shippedFile('crds')))
    await applyObjects(kube, await readManifests(shippedFile('crds', file)));
  tell('the operator');
  const { flags, served } = await installInjection(kube, options.firstLine);
  const { operatorFlags = [] } = options;
  const operator = await startOperatorProcess({
    kubeconfig: cluster.kubeconfigPath,
    awsUrl: aws.url,
    dir,
    flags: [...flags, ...operatorFlags],
  });
  stops.push(() => operator.stop());
  await served();
  return { dir, aws, cluster, kube, operator };
}
