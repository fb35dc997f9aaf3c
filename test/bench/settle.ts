import { RESOURCES } from '../../src/kube/resources.ts';
import type { LoadBalancerStatus } from '../../src/api/load-balancer.ts';
import type { TargetGroupStatus } from '../../src/api/target-group.ts';
import { realClock as clock } from '../../src/runtime/clock.ts';
import { until } from '../../src/local/until.ts';
import type { World } from './world.ts';

/** How long no call comes before things count as settled: longer than a health poll waits. */
const QUIET_MS = 2_000;

/** Resolves when no call has arrived for a while. */
export async function untilQuiet({ aws }: World, quietMs = QUIET_MS): Promise<void> {
  for (;;) {
    const last = aws.calls.latest().at(-1);
    const left = (last === undefined ? 0 : last.began + last.durationMs + quietMs) - performance.now();
    if (left <= 0) return;
    await clock.sleep(left + 1);
  }
}

/** Resolves when so many stacks say that they were applied, every target group that its targets are, and no call comes any more. */
export async function untilSettled(world: World, stacks: number, limitMs = 120_000): Promise<void> {
  await until(`${stacks} stacks applied`, () => isSettled(world, stacks), limitMs);
  await untilQuiet(world);
}

async function isSettled({ kube }: World, stacks: number): Promise<boolean> {
  const ledgers = await kube.list(RESOURCES.loadBalancer);
  const groups = await kube.list(RESOURCES.targetGroup);
  const applied = ledgers.filter(({ status }) => (status as LoadBalancerStatus | undefined)?.appliedHash !== undefined);
  const healthy = groups.filter(({ status }) => ((status as TargetGroupStatus | undefined)?.healthy ?? 0) > 0);
  return applied.length >= stacks && healthy.length === groups.length;
}
