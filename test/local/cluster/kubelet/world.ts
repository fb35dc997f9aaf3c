import { createCluster } from '../../../../src/local/cluster/api/cluster.ts';
import { localKubeApi } from '../../../../src/local/cluster/api/kube-api.ts';
import { startKubelet } from '../../../../src/local/cluster/kubelet/kubelet.ts';
import { localNodes, type NodesRequest } from '../../../../src/local/cluster/kubelet/node.ts';
import { SimulatedRuntime } from '../../../../src/local/cluster/kubelet/simulated-runtime.ts';
import { conditionOf, type Container, KINDS, type Pod, type PodSpec } from '../../../../src/local/cluster/objects.ts';
import { VirtualClock } from '../../../../src/runtime/virtual-clock.ts';

/** A local cluster with its kubelet in virtual time, its apps simulated. */
export async function openWorld(request: NodesRequest = {}) {
  const clock = new VirtualClock({ turns: 12 });
  const api = localKubeApi(createCluster({ clock }));
  const runtime = new SimulatedRuntime(clock);
  const errors: string[] = [];
  const nodes = localNodes(request);
  const onError = (pod: string, error: unknown) => void errors.push(`${pod}: ${(error as Error).message}`);
  const starting = startKubelet({ api, clock, nodes, runtime, onError });
  await clock.advance(10);
  const kubelet = await starting;
  const key = (name: string) => ({ namespace: 'default', name });
  const world = {
    api,
    clock,
    runtime,
    errors,
    kubelet,
    nodes,
    settle: () => clock.advance(20),
    pod: async (name = 'one') => (await api.get(KINDS.pod, key(name))) as Pod | undefined,
    async create(name: string, spec: Partial<PodSpec> = {}, annotations: Record<string, string> = {}) {
      const metadata = { name, namespace: 'default', labels: { app: 'web' }, annotations };
      await api.create(KINDS.pod, { metadata, spec: { containers: [container()], ...spec } });
      await world.settle();
    },
    async delete(name = 'one', graceSeconds?: number) {
      await api.delete(KINDS.pod, { ...key(name), ...(graceSeconds !== undefined && { graceSeconds }) });
      await world.settle();
    },
    patch: (name: string, body: object, subresource?: 'status') =>
      api.patch(KINDS.pod, key(name), { type: 'merge', body, ...(subresource && { subresource }) }),
    async condition(type: string, name = 'one') {
      const pod = await world.pod(name);
      const found = pod && conditionOf(pod, type);
      return found && [found.status, found.reason].filter(Boolean).join(' ');
    },
    /** Whether the pod's port answers. */
    async answers(name = 'one') {
      const address = (await world.pod(name))?.status?.podIP;
      return address === undefined ? 'no address' : runtime.answer(address, 8080);
    },
  };
  return world;
}

export type World = Awaited<ReturnType<typeof openWorld>>;

export const container = (more: Partial<Container> = {}): Container => ({
  name: 'web',
  image: 'web',
  ports: [{ name: 'http', containerPort: 8080 }],
  ...more,
});

export const probed = { readinessProbe: { httpGet: { path: '/ready', port: 'http' }, periodSeconds: 5 } };
