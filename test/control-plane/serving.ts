import { expect } from 'vitest';
import type { KubeObject } from '../../src/kube/api.ts';
import { RESOURCES } from '../../src/kube/resources.ts';
import { addressOf, listenersOf, podsOf, type PodView, type TargetState } from '../../src/local/world.ts';
import type { ListenerAddress } from '../../src/local/aws/dataplane/address-book.ts';
import { realClock } from '../../src/runtime/clock.ts';
import { until } from '../../src/local/until.ts';
import { awsState } from './aws-view.ts';
import type { ClusterWorld } from './operator-world.ts';

/** What takes longer than this hangs. */
const PATIENCE_MS = 60_000;
/** As long as a load balancer node may take to act on what AWS already says. */
const LAG_MS = 4_000;
/** Load balancer nodes: one in each zone. */
const ZONES = 3;

/** Targets in local AWS of every TargetGroup object of a namespace, by the object's name. */
export async function groupsIn(world: ClusterWorld, namespace: string): Promise<Map<string, TargetState[]>> {
  const [{ targetGroups }, objects] = await Promise.all([
    awsState(world),
    world.kube.list(RESOURCES.targetGroup, { namespace }),
  ]);
  const targetsOf = ({ spec }: KubeObject) => targetGroups[(spec as { arn: string }).arn]?.targets ?? {};
  return new Map(objects.map((object) => [object.metadata.name, Object.values(targetsOf(object))]));
}

export type Wanted = { namespace: string; replicas: number; is?: (pod: PodView) => boolean };

/** Resolves when as many pods serve and no other is left, every target group has just them, healthy, and every load balancer node knows. */
export async function settled(world: ClusterWorld, wanted: Wanted): Promise<PodView[]> {
  const pods = await untilServing(world, wanted);
  const served = pods.map(({ ip }) => `${ip}:8080 healthy`).toSorted();
  await eventually(`targets of ${wanted.namespace}`, async () => {
    const groups = await groupsIn(world, wanted.namespace);
    expect(groups.size).toBeGreaterThan(0);
    for (const targets of groups.values()) expect(linesOf(targets)).toEqual(served);
  });
  await realClock.sleep(LAG_MS);
  return pods;
}

/** What is registered, one line each; those that drain are on their way out. */
export const linesOf = (targets: TargetState[]): string[] =>
  targets
    .filter(({ state }) => state !== 'draining')
    .map(({ id, port, state }) => `${id}:${port} ${state}`)
    .toSorted();

/** Resolves when as many pods serve and no other is left. */
function untilServing(world: ClusterWorld, wanted: Wanted): Promise<PodView[]> {
  const { namespace, replicas, is = () => true } = wanted;
  const all = async (): Promise<PodView[] | false> => {
    const pods = await podsOf(world, namespace);
    return pods.length === replicas && pods.every((pod) => pod.ready && !pod.leaving && is(pod)) && pods;
  };
  return until(`${replicas} pods that serve in ${namespace}`, all, PATIENCE_MS);
}

/** Where the load balancer of an Ingress listens, once its address is told and every node has opened its listeners. */
export async function openedListeners(world: ClusterWorld, ingress: string, ports = 1): Promise<ListenerAddress[]> {
  const [namespace = '', name = ''] = ingress.split('/');
  return listenersOf(world, await addressOf(world, namespace, name), ports * ZONES);
}

/** Tries until what is expected holds; fails as the last try did. */
export async function eventually(what: string, check: () => Promise<void>, limitMs = PATIENCE_MS): Promise<void> {
  let last: unknown;
  const holds = (): Promise<boolean> =>
    check().then(
      () => true,
      (error: unknown) => {
        last = error;
        return false;
      },
    );
  await until(what, holds, limitMs).catch((late: unknown) => {
    throw last ?? late;
  });
}
