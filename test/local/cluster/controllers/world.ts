import type { KubeObject, NewObject, Resource } from '../../../../src/kube/api.ts';
import { createCluster } from '../../../../src/local/cluster/api/cluster.ts';
import { localKubeApi } from '../../../../src/local/cluster/api/kube-api.ts';
import { startWorkloadControllers } from '../../../../src/local/cluster/controllers/controllers.ts';
import {
  type Condition,
  type Deployment,
  type EndpointSlice,
  isActive,
  KINDS,
  type Pod,
  type ReplicaSet,
} from '../../../../src/local/cluster/objects.ts';
import { VirtualClock } from '../../../../src/runtime/virtual-clock.ts';

/** A local cluster with its workload controllers in virtual time; the test is the kubelet. */
export async function openWorld() {
  const clock = new VirtualClock({ turns: 12 });
  const api = localKubeApi(createCluster({ clock }));
  const errors: unknown[] = [];
  const starting = startWorkloadControllers({ api, clock, onError: (_, { error }) => void errors.push(error) });
  await clock.advance(10);
  const controllers = await starting;
  const world = {
    api,
    clock,
    errors,
    controllers,
    settle: () => clock.advance(400),
    create: (kind: Resource, object: NewObject) => api.create(kind, object),
    edit: (kind: Resource, name: string, body: object, status = false) =>
      api.patch(
        kind,
        { name, namespace: 'default' },
        { type: 'merge', body, ...(status && { subresource: 'status' }) },
      ),
    list: async <T extends KubeObject>(kind: Resource) => (await api.list(kind, { namespace: 'default' })) as T[],
    deployment: async () => (await api.get(KINDS.deployment, { namespace: 'default', name: 'web' })) as Deployment,
    replicaSets: () => world.list<ReplicaSet>(KINDS.replicaSet),
    pods: async () => (await world.list<Pod>(KINDS.pod)).filter(isActive),
    slices: () => world.list<EndpointSlice>(KINDS.endpointSlice),
    /** Says of a pod what the kubelet would say. */
    async setReady(pod: Pod, ready: boolean, more: object = {}) {
      const lastTransitionTime = `${new Date(clock.now()).toISOString().slice(0, 19)}Z`;
      const condition: Condition = { type: 'Ready', status: ready ? 'True' : 'False', lastTransitionTime };
      const status = { phase: 'Running', conditions: [condition], ...more };
      await world.edit(KINDS.pod, pod.metadata.name, { status }, true);
    },
    async readyAll() {
      for (const pod of await world.pods()) await world.setReady(pod, true);
      await world.settle();
    },
    /** What the kubelet does when a deleted pod has ended. */
    async removeDeleted() {
      const pods = await world.list<Pod>(KINDS.pod);
      for (const { metadata } of pods.filter((pod) => !isActive(pod)))
        await api.delete(KINDS.pod, { namespace: 'default', name: metadata.name, graceSeconds: 0 });
      await world.settle();
    },
  };
  return world;
}

export type World = Awaited<ReturnType<typeof openWorld>>;

export function deployment(spec: Partial<Deployment['spec']> = {}, version = 'v1'): NewObject {
  return {
    metadata: { name: 'web', namespace: 'default' },
    spec: { replicas: 3, selector: { matchLabels: { app: 'web' } }, template: template(version), ...spec },
  };
}

export const template = (version: string) => ({
  metadata: { labels: { app: 'web', version } },
  spec: { containers: [{ name: 'web', image: `web:${version}`, ports: [{ name: 'http', containerPort: 8080 }] }] },
});

export const node = (name: string, zone: string): NewObject => ({
  metadata: { name, labels: { 'topology.kubernetes.io/zone': zone } },
});

export const conditionTexts = (of: { status?: { conditions?: Condition[] } }): string[] =>
  (of.status?.conditions ?? [])
    .map(({ type, status, reason }) => `${type}=${status} ${reason ?? ''}`.trim())
    .toSorted();
