import { RESOURCES } from '../../src/kube/resources.ts';
import { type Endpoint, KINDS } from '../../src/local/cluster/objects.ts';
import { NAMESPACE, newEndpoint, pod, podStatus } from './manifests.ts';
import type { World } from './world.ts';

/** Writes what a Service's EndpointSlice says. Returns the resourceVersion that the change has. */
export async function writeEndpoints({ kube }: World, service: string, endpoints: Endpoint[]): Promise<string> {
  const key = { namespace: NAMESPACE, name: service };
  const written = await kube.patch(RESOURCES.endpointSlice, key, { type: 'merge', body: { endpoints } });
  return written.metadata.resourceVersion;
}

export async function readEndpoints({ kube }: World, service: string): Promise<Endpoint[]> {
  const found = await kube.get(RESOURCES.endpointSlice, { namespace: NAMESPACE, name: service });
  return (found?.endpoints ?? []) as Endpoint[];
}

/** An endpoint whose pod is in the cluster, as the kubelet would have left it. */
export async function startPod({ kube }: World): Promise<Endpoint> {
  const endpoint = newEndpoint();
  const created = await kube.create(KINDS.pod, pod(endpoint));
  const { uid, name } = created.metadata;
  await kube.patch(
    KINDS.pod,
    { namespace: NAMESPACE, name },
    { type: 'merge', body: { status: podStatus(endpoint) }, subresource: 'status' },
  );
  return { ...endpoint, targetRef: { kind: 'Pod', namespace: NAMESPACE, name, uid } };
}

const AT_ONCE = 20;

export async function startPods(world: World, count: number): Promise<Endpoint[]> {
  const all: Endpoint[] = [];
  while (all.length < count) {
    const some = Math.min(AT_ONCE, count - all.length);
    all.push(...(await Promise.all(Array.from({ length: some }, () => startPod(world)))));
  }
  return all;
}

export async function removePod({ kube }: World, { targetRef }: Endpoint): Promise<void> {
  await kube.delete(KINDS.pod, { namespace: NAMESPACE, name: targetRef?.name ?? '', graceSeconds: 0 });
}
