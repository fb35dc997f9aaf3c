import type { Call } from '../../src/local/aws/calls.ts';
import type { TargetGroup } from '../../src/local/aws/state.ts';
import { until } from '../../src/local/until.ts';
import { readEndpoints, startPod, startPods, writeEndpoints } from './endpoints.ts';
import { untilQuiet } from './settle.ts';
import type { World } from './world.ts';

/** What a target group held over time: after each change, how many targets it had that take requests. */
export type Holding = { registered: number; healthy: number };

/** Whether the new pod was registered before the old one was deregistered, by the calls of one replacement. */
export function registersFirst(calls: readonly Pick<Call, 'action' | 'began' | 'durationMs'>[]): boolean {
  const first = (action: string) => calls.find((call) => call.action === action);
  const [register, deregister] = [first('RegisterTargets'), first('DeregisterTargets')];
  if (register === undefined || deregister === undefined) return false;
  return register.began + register.durationMs <= deregister.began;
}

/** Whether the group had a target at every moment; false where nothing was seen at all. */
export const neverEmpty = (history: readonly Holding[], kind: keyof Holding): boolean =>
  history.length > 0 && history.every((held) => held[kind] > 0);

/** One update of the EndpointSlice takes one pod away and brings another. */
export async function replaceOne(world: World, service: string): Promise<boolean> {
  await untilQuiet(world);
  const [, ...rest] = await readEndpoints(world, service);
  const fresh = await startPod(world);
  const before = performance.now();
  await writeEndpoints(world, service, [...rest, fresh]);
  await untilCalled(world, 'DeregisterTargets', before);
  return registersFirst(world.callsSince(before));
}

/** One update of the EndpointSlice takes all pods away and brings as many others. */
export async function replaceAll(world: World, service: string): Promise<Holding[]> {
  await untilQuiet(world);
  const fresh = await startPods(world, (await readEndpoints(world, service)).length);
  const [id] = (await readEndpoints(world, service)).flatMap(({ addresses }) => addresses);
  const group = groupWith(world, id ?? '');
  const history = [holdingOf(group)];
  const end = world.aws.onChange((change) => {
    if (change.id === group.arn) history.push(holdingOf(group));
  });
  const before = performance.now();
  await writeEndpoints(world, service, fresh);
  await untilCalled(world, 'DeregisterTargets', before);
  await untilQuiet(world);
  end();
  return history;
}

const untilCalled = (world: World, action: string, since: number): Promise<unknown> =>
  until(action, async () => world.callsSince(since).find((call) => call.action === action), 60_000);

function groupWith({ aws }: World, id: string): TargetGroup {
  const found = [...aws.state.targetGroups.values()].find(({ targets }) =>
    [...targets.values()].some((target) => target.id === id),
  );
  if (found === undefined) throw new Error(`no target group holds ${id}`);
  return found;
}

function holdingOf({ targets }: TargetGroup): Holding {
  const states = [...targets.values()].map(({ state }) => state);
  return {
    registered: states.filter((state) => state !== 'draining').length,
    healthy: states.filter((state) => state === 'healthy').length,
  };
}
