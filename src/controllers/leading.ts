import { fencedApi } from '../aws/fence.ts';
import type { Ec2Api, ElbApi } from '../aws/api.ts';
import type { KubeApi } from '../kube/api.ts';
import { fencedKube } from '../kube/fence.ts';
import type { Lease } from '../kube/lease.ts';
import type { Clock } from '../runtime/clock.ts';
import { type StopTrouble, stopInOrder } from '../runtime/shutdown.ts';
import type { WorkQueue } from '../runtime/workqueue.ts';

type Apis = { kube: KubeApi; elb: ElbApi; ec2: Ec2Api };

/** The same APIs, through which nothing is changed unless the lease is held at that moment. Without a lease they are as they were. */
export function fenceApis(apis: Apis, lease: Lease | undefined): Apis {
  if (lease === undefined) return { kube: apis.kube, elb: apis.elb, ec2: apis.ec2 };
  const check = (): void => lease.check();
  return { kube: fencedKube(apis.kube, check), elb: fencedApi(apis.elb, check), ec2: fencedApi(apis.ec2, check) };
}

/**
 * Contends for the lease, and lets the lanes run while it is held: `begin` starts them the first time. They stand still
 * while it is not sure who holds it. Resolves when they run for the first time.
 */
export async function runWhileLeading(
  lease: Lease,
  { lanes, begin }: { lanes: readonly WorkQueue[]; begin: () => void },
): Promise<void> {
  let begun = false;
  lease.onChange((leads) => {
    if (!leads) for (const lane of lanes) lane.pause();
    else if (begun) for (const lane of lanes) lane.start();
    else begin();
    begun = true;
  });
  lease.campaign();
  await lease.acquired;
}

const RELEASE_MS = 3_000;

/** Gives the lease away once all steps have ended; where one may still run, the others wait until it expires. */
export function releaseLease(lease: Lease, clock: Clock, { free }: { free: boolean }): Promise<StopTrouble[]> {
  return stopInOrder(clock, [{ name: 'lease', limitMs: RELEASE_MS, stop: () => lease.release({ free }) }]);
}
