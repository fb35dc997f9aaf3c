import { cp, mkdtemp, rm } from 'node:fs/promises';
import { readdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CONTROL_PLANE_TOOLS, findTools } from '../../scripts/tool-cache.ts';
import type { KubeApi, NewObject } from '../../src/kube/api.ts';
import type { LocalAws } from '../../src/local/aws/aws.ts';
import type { Call } from '../../src/local/aws/calls.ts';
import { addInstance } from '../../src/local/aws/network.ts';
import { startLocalAws } from '../../src/local/aws/server.ts';
import { simulateProbes } from '../../src/local/aws/simulated-probes.ts';
import { connectTo } from '../../src/local/cluster/connection.ts';
import { registerNode } from '../../src/local/cluster/kubelet/node.ts';
import { startControlPlane } from '../../src/local/control-plane/control-plane.ts';
import { applyObjects, readManifests } from '../../src/local/manifests.ts';
import { shippedFile } from '../../src/local/package-root.ts';
import { startProcess } from '../../src/local/process.ts';
import { realClock as clock } from '../../src/runtime/clock.ts';
import { ingressClass, namespace, NODES, ZONES } from './manifests.ts';
import { type BenchedOperator, startBundle } from './operator.ts';
import { type BareWatcher, startBareWatcher } from './watcher.ts';

/** API server, local AWS and bare watcher; load generator, local AWS and watcher share this process and so its clock. */
export type World = {
  aws: LocalAws;
  kube: KubeApi;
  watcher: BareWatcher;
  /** What serves the Kubernetes API here. */
  apiServer: string;
  apply(...objects: NewObject[]): Promise<void>;
  startOperator(): Promise<BenchedOperator>;
  /** Calls that arrived since `performance.now()` was `at`. */
  callsSince(at: number): Call[];
  close(): Promise<void>;
};

type ApiServer = { about: string; kubeconfig: string; close(): Promise<unknown> };

/** More than AWS's 50: the restarts have a hundred. */
const QUOTAS = { 'application-load-balancers': 500 };

export async function openWorld(tell: (line: string) => void): Promise<World> {
  const dir = await mkdtemp(join(tmpdir(), 'podwire-bench-'));
  const server = await startApiServer(dir, tell);
  const running = await startLocalAws({ settings: { zones: ZONES, quotas: QUOTAS } });
  const { aws } = running;
  for (const { instanceId: id, zone, address } of NODES) addInstance(aws, { id, zone, privateAddresses: [address] });
  const endProbes = simulateProbes(aws, () => ({ ok: true }));
  const kube = await connectTo(server.kubeconfig);
  await prepareCluster(kube);
  const watcher = await startBareWatcher(server.kubeconfig);
  // A copy: another build meanwhile must not change what is measured.
  await cp(shippedFile('dist'), join(dir, 'dist'), { recursive: true });
  const bundle = join(dir, 'dist', 'operator.mjs');
  const log = join(dir, 'operator.log');
  return {
    aws,
    kube,
    watcher,
    apiServer: server.about,
    apply: (...objects) => applyObjects(kube, objects),
    startOperator: () => startBundle({ bundle, kubeconfig: server.kubeconfig, awsUrl: running.url, log }),
    callsSince: (at) => aws.calls.latest().filter(({ began }) => began >= at),
    close: async () => {
      endProbes();
      await watcher.stop();
      await running.close();
      await server.close();
      await rm(dir, { recursive: true, force: true });
    },
  };
}

async function startApiServer(dir: string, tell: (line: string) => void): Promise<ApiServer> {
  const tools = findTools(CONTROL_PLANE_TOOLS);
  if ('paths' in tools) {
    const controlPlane = await startControlPlane({ binaries: tools.paths, dir });
    return {
      about: 'kube-apiserver with etcd',
      kubeconfig: controlPlane.kubeconfig,
      close: () => controlPlane.close(),
    };
  }
  tell(`measured on the local cluster: ${tools.missing}`);
  const kubeconfig = join(dir, 'kubeconfig');
  const server = await startProcess('api-server', { kubeconfig }, join(dir, 'api-server.log'));
  return { about: 'local cluster', kubeconfig, close: () => server.stop() };
}

async function prepareCluster(kube: KubeApi): Promise<void> {
  for (const file of await readdir(shippedFile('crds')))
    await applyObjects(kube, await readManifests(shippedFile('crds', file)));
  await applyObjects(kube, [namespace, ingressClass]);
  for (const node of NODES) await registerNode(kube, clock, node);
}
