import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CONTROL_PLANE_TOOLS, findTools } from '../../scripts/tool-cache.ts';
import { connectTo } from '../../src/local/cluster/connection.ts';
import { startControlPlane } from '../../src/local/control-plane/control-plane.ts';
import { applyObjects } from '../../src/local/manifests.ts';
import { RESOURCES } from '../../src/kube/resources.ts';
import type { KubeApi } from '../../src/kube/api.ts';
import { openDryRun } from '../injection/admission-client.ts';
import { PROBE, type Way, Ways } from '../injection/ways.ts';
import { kubectlWith } from '../kubectl.ts';

// What injection adds to the creation of one pod, on a real API server: `node test/bench/injection.ts`.

const ROUNDS = 3;
const PODS = 200;
const WAYS: Way[] = ['none', 'policy', 'webhook', 'both'];
/** Of this namespace: the pod is selected by one of them. */
const LINES = 10;

const lines = Object.fromEntries(
  Array.from({ length: LINES }, (_, index) => [
    `web-${index}`,
    `v1;45;true;preserve;app=${index === 0 ? 'web' : index}`,
  ]),
);

async function createPods(api: KubeApi): Promise<number[]> {
  const took: number[] = [];
  const spec = { containers: [{ name: 'app', image: 'example.test/web:1' }] };
  for (let index = 0; index < PODS; index++) {
    const metadata = { namespace: PROBE, name: `pod-${index}`, labels: { app: 'web' } };
    const began = performance.now();
    await api.create(RESOURCES.pod, { metadata, spec });
    took.push(performance.now() - began);
    await api.delete(RESOURCES.pod, { namespace: PROBE, name: metadata.name, graceSeconds: 0 });
  }
  return took;
}

const quantile = (sorted: number[], share: number): number => sorted[Math.floor(sorted.length * share)] ?? 0;

async function measure(dir: string): Promise<Record<Way, number[]>> {
  const tools = findTools(CONTROL_PLANE_TOOLS);
  if ('missing' in tools) throw new Error(tools.missing);
  const controlPlane = await startControlPlane({ binaries: tools.paths, dir });
  try {
    const api = await connectTo(controlPlane.kubeconfig);
    const kubectl = kubectlWith(tools.paths.kubectl, controlPlane.kubeconfig);
    const namespaces = ['podwire-system', PROBE].map((name) => ({
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name },
    }));
    const configMap = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { namespace: PROBE, name: 'podwire-drain' } };
    await applyObjects(api, [...namespaces, { ...configMap, data: { ...lines, all: 'v1;45;true;preserve;' } }]);
    const pods = await openDryRun(controlPlane.kubeconfig);
    const ways = new Ways({ kubectl, pods, linesFor: () => [lines, { all: 'v1;45;true;preserve;' }] });
    const took: Record<Way, number[]> = { none: [], policy: [], webhook: [], both: [] };
    for (let round = 0; round < ROUNDS; round++)
      for (const way of WAYS) {
        await ways.use(way);
        took[way].push(...(await createPods(api)));
      }
    await ways.close();
    pods.close();
    return took;
  } finally {
    await controlPlane.close();
  }
}

const dir = await mkdtemp(join(tmpdir(), 'podwire-injection-bench-'));
try {
  const took = await measure(dir);
  const median = (way: Way): number =>
    quantile(
      took[way].toSorted((a, b) => a - b),
      0.5,
    );
  for (const way of WAYS) {
    const sorted = took[way].toSorted((a, b) => a - b);
    const [p50, p99] = [quantile(sorted, 0.5), quantile(sorted, 0.99)].map((ms) => ms.toFixed(1));
    console.log(
      `${way}: p50 ${p50} ms, p99 ${p99} ms of ${sorted.length}, ratio ${(median(way) / median('none')).toFixed(2)}`,
    );
  }
} finally {
  await rm(dir, { recursive: true, force: true });
}
