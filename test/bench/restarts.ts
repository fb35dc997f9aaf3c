import { RESOURCES } from '../../src/kube/resources.ts';
import { realClock as clock } from '../../src/runtime/clock.ts';
import { until } from '../../src/local/until.ts';
import { startPods } from './endpoints.ts';
import { countBy } from './figures.ts';
import { ingress, newEndpoints, service, slice } from './manifests.ts';
import type { BenchedOperator } from './operator.ts';
import { untilQuiet, untilSettled } from './settle.ts';
import type { World } from './world.ts';

export type Running = { world: World; operator: BenchedOperator };

/** As in the peer's figures: the new Ingress comes so long after the start. */
const NEW_AFTER_MS = 4_000;
/** Statuses are written at most every five seconds: only then everything is recorded. */
const RECORDED_MS = 6_000;
const PODS_EACH = 10;

/** Brings the number of one-ALB Ingresses, each with ten pods, to `count`, and waits until all of it is recorded. */
export async function growTo({ world }: Running, range: { from: number; to: number; others: number }): Promise<void> {
  const { latencyMs } = world.aws.settings;
  world.aws.configure({ latencyMs: 0 });
  for (let number = range.from; number < range.to; number++) {
    const name = `many-${number}`;
    await world.apply(service(name), slice(name, await startPods(world, PODS_EACH)));
    await world.kube.create(RESOURCES.ingress, ingress(name, [name]));
  }
  await untilSettled(world, range.to + range.others);
  await untilQuiet(world, RECORDED_MS);
  world.aws.configure({ latencyMs });
}

export type Restart = {
  startMs: number;
  calls: number;
  byAction: Record<string, number>;
  newIngressMs: number;
  newByAction: Record<string, number>;
};

/** Starts the operator anew over unchanged state and after `afterMs` lets a new Ingress come: its first create call counts. */
export async function restart(running: Running, name: string, afterMs: number = NEW_AFTER_MS): Promise<Restart> {
  const { world } = running;
  await running.operator.stop();
  await world.apply(service(name), slice(name, newEndpoints(PODS_EACH)));
  const stopped = performance.now();
  running.operator = await world.startOperator();
  const { startedAt, runningAt } = running.operator;
  await clock.sleep(Math.max(0, startedAt + afterMs - performance.now()));
  const unchanged = world.callsSince(stopped);
  await world.kube.create(RESOURCES.ingress, ingress(name, [name]));
  const created = performance.now();
  const first = await until(`first create call of ${name}`, async () =>
    world.callsSince(created - 1_000).find(({ action }) => action.startsWith('Create')),
  );
  await untilQuiet(world);
  return {
    startMs: runningAt - startedAt,
    calls: unchanged.length,
    byAction: countBy(unchanged, ({ action }) => action),
    newIngressMs: first.began - created,
    newByAction: countBy(world.callsSince(created - 1_000), ({ action }) => action),
  };
}
