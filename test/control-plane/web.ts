import { shopTargets } from '../../src/local/demo/traffic.ts';
import type { LoadTarget } from '../../src/local/traffic/request.ts';
import type { ClusterWorld } from './operator-world.ts';
import { openedListeners, settled } from './serving.ts';

/** Every host and path of examples/shop, on every node of its load balancer. */
export const shopFront = async (world: ClusterWorld): Promise<LoadTarget[]> =>
  shopTargets(await openedListeners(world, 'shop/shop', 2));

/** One host of an Ingress, over HTTP, on every node of its load balancer. */
export const frontOf = async (world: ClusterWorld, ingress: string, host: string): Promise<LoadTarget[]> =>
  (await openedListeners(world, ingress)).map((connect) => ({ url: `http://${host}/`, connect, expectStatus: 200 }));

/** Asks for another number of pods of the Deployment `web`. */
export const scale = (world: ClusterWorld, namespace: string, replicas: number): Promise<string> =>
  world.kubectl('scale', '-n', namespace, 'deployment/web', `--replicas=${replicas}`);

/** Resolves when the two pods of the Deployment `web` are of this version, and are what is served. */
export async function updated(world: ClusterWorld, namespace: string, version: string): Promise<void> {
  await world.kubectl('set', 'env', '-n', namespace, 'deployment/web', `VERSION=${version}`);
  await settled(world, { namespace, replicas: 2, is: (pod) => pod.version === version });
}
