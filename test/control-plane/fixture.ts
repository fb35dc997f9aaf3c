import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll } from 'vitest';
import { CONTROL_PLANE_TOOLS, findTools } from '../../scripts/tool-cache.ts';
import type { KubeApi } from '../../src/kube/api.ts';
import { type RunningNodes, startNodes } from '../../src/local/cluster/cluster.ts';
import { connectTo } from '../../src/local/cluster/connection.ts';
import type { NodesRequest } from '../../src/local/cluster/kubelet/node.ts';
import {
  type ControlPlane,
  type ControlPlaneOptions,
  startControlPlane,
} from '../../src/local/control-plane/control-plane.ts';
import { type Kubectl, kubectlWith } from '../kubectl.ts';
import { describeWith } from '../tools.ts';

export type ControlPlaneFixture = {
  readonly controlPlane: ControlPlane;
  readonly nodes: RunningNodes;
  readonly api: KubeApi;
  readonly kubectl: Kubectl;
  /** Removed after the file's tests. */
  readonly dir: string;
};

export type FixtureOptions = { nodes?: NodesRequest; apiServerFlags?: ControlPlaneOptions['apiServerFlags'] };

/**
 * A real control plane with the process kubelet, started once for the file and gone after it. `fixture()` is for use inside the tests.
 * Where the programs are missing the tests are skipped with one line that says so, or fail with `PODWIRE_REQUIRE_TOOLS=1`.
 */
export function describeOnControlPlane(
  name: string,
  tests: (fixture: () => ControlPlaneFixture) => void,
  options: FixtureOptions = {},
): void {
  describeWith(CONTROL_PLANE_TOOLS, name, () => {
    let running: ControlPlaneFixture | undefined;
    beforeAll(async () => void (running = await start(options)));
    afterAll(async () => {
      await running?.nodes.close();
      await running?.controlPlane.close();
      if (running !== undefined) await rm(running.dir, { recursive: true, force: true });
    });
    tests(() => running as ControlPlaneFixture);
  });
}

async function start(options: FixtureOptions): Promise<ControlPlaneFixture> {
  const tools = findTools(CONTROL_PLANE_TOOLS);
  if ('missing' in tools) throw new Error(tools.missing);
  const dir = await mkdtemp(join(tmpdir(), 'podwire-control-plane-'));
  const { apiServerFlags, nodes: request } = options;
  const controlPlane = await startControlPlane({
    binaries: tools.paths,
    dir,
    ...(apiServerFlags && { apiServerFlags }),
  });
  const { kubeconfig } = controlPlane;
  const nodes = await startNodes({ kubeconfig, dir, ...(request && { nodes: request }) });
  const kubectl = kubectlWith(tools.paths.kubectl, kubeconfig);
  return { controlPlane, nodes, api: await connectTo(kubeconfig), kubectl, dir };
}
