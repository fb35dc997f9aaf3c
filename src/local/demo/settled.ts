import { setTimeout as sleep } from 'node:timers/promises';
import { RESOURCES } from '../../kube/resources.ts';
import type { Local } from '../local.ts';
import { until } from '../until.ts';
import { podsOf, type PodView, type TargetState, targetsOf } from '../world.ts';

/** As long as a load balancer node may take to act on what AWS already says. */
const LAG_MS = 4_000;
/** Pods of the budget for AWS itself leave for 45 s. */
const PATIENCE_MS = 180_000;

export type Wanted = { namespace: string; replicas: number; is?: (pod: PodView) => boolean };

/** Resolves when as many pods serve, no other is left, the target groups have just them, and every load balancer node knows. */
export async function settled(local: Local, { namespace, replicas, is = () => true }: Wanted): Promise<void> {
  const serving = async (): Promise<boolean> => {
    const pods = await podsOf(local, namespace);
    return pods.length === replicas && pods.every((pod) => pod.ready && !pod.leaving && is(pod));
  };
  const healthy = async (): Promise<boolean> => {
    const targets = (await targetsIn(local, namespace)).filter(({ state }) => state !== 'draining');
    return targets.length === replicas && targets.every(({ state }) => state === 'healthy');
  };
  await until(`${replicas} pods that serve in ${namespace}`, serving, PATIENCE_MS);
  await until(`${replicas} healthy targets of ${namespace}`, healthy, PATIENCE_MS);
  await sleep(LAG_MS);
}

/** Targets in local AWS of a namespace's target groups. */
export async function targetsIn(local: Local, namespace: string): Promise<TargetState[]> {
  const [all, groups] = await Promise.all([targetsOf(local), local.kube.list(RESOURCES.targetGroup, { namespace })]);
  return groups.flatMap(({ metadata }) => all.get(metadata.name) ?? []);
}
