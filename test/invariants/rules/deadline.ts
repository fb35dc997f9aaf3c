import type { TargetGroup } from '../../../src/local/aws/state.ts';
import type { Biography } from '../biography.ts';
import { objectOf, selectsNow } from '../groups.ts';
import type { Scene } from '../scene.ts';

/** So long a stretch without trouble is enough. */
const ENOUGH_MS = 20_000;
/** After a start or a crash, until an operator has read everything. */
const START_MS = 2_000;
/** Another one that is healthy for so long is known to be. */
const SEEN_MS = 8_000;

/** I5: a target that leaves is deregistered in time for every node to know before SIGTERM, unless it is the last one. */
export function watchDeadlines(scene: Scene): void {
  scene.pods.onChange(({ now, before }) => {
    if (before?.deletedAt !== undefined || now.deletedAt === undefined) return;
    for (const group of scene.stage.world.aws.state.targetGroups.values()) expectDeparture(scene, now, group);
  });
}

function expectDeparture(scene: Scene, pod: Biography, group: TargetGroup): void {
  const { world } = scene.stage;
  const drain = objectOf(world, group.arn)?.spec.drain;
  const key = `${pod.address}:8080`;
  if (drain === undefined || !isRegistered(group, key) || pod.sigtermAt === undefined) return;
  const deadline = pod.sigtermAt - drain.propagation * 1_000;
  if (deadline <= scene.now) return;
  world.clock.after(deadline - scene.now + 100, () => {
    const same = objectOf(world, group.arn)?.spec.drain?.propagation === drain.propagation;
    const present = scene.pods.of(pod.uid);
    if (same && present !== undefined && present.sigtermAt === pod.sigtermAt)
      judge(scene, present, { group, key, deadline });
  });
}

function judge(scene: Scene, pod: Biography, at: { group: TargetGroup; key: string; deadline: number }): void {
  const { group, key, deadline } = at;
  if (pod.goneAt !== undefined || !isRegistered(group, key) || scene.groups.registeredFor(group.arn, key) !== pod.uid)
    return;
  const since = othersSince(scene, group, key);
  const from = (pod.deletedAt ?? 0) + START_MS;
  const isLast = since === undefined || scene.now - since < SEEN_MS;
  if (isLast || !scene.hasClean(ENOUGH_MS, { from, to: deadline })) return;
  const window = { from: Math.max(from, since, (pod.deletedAt ?? 0) + holdMs(scene, group)), to: deadline };
  const enough = scene.hasClean(ENOUGH_MS, window) || scene.isCleanFrom(deadline - SEEN_MS, deadline);
  if (enough) scene.report('I5', `${group.name}: ${key} of ${pod.name} is still registered, and SIGTERM is too near`);
}

function holdMs(scene: Scene, { arn }: TargetGroup): number {
  const hold = objectOf(scene.stage.world, arn)?.spec.drain?.hold ?? 0;
  return typeof hold === 'number' ? hold * 1_000 : 180_000;
}

const isRegistered = ({ targets }: TargetGroup, key: string): boolean =>
  targets.has(key) && targets.get(key)?.state !== 'draining';

/** Since when another target is healthy whose pod stays; undefined where none is. */
function othersSince(scene: Scene, group: TargetGroup, key: string): number | undefined {
  const object = objectOf(scene.stage.world, group.arn);
  const stays = (pod: Biography | undefined): boolean =>
    pod !== undefined &&
    pod.leavesAt === undefined &&
    pod.ready &&
    object !== undefined &&
    selectsNow(scene.stage.world, object, pod);
  const others = [...group.targets].filter(
    ([other, { id, state }]) => other !== key && state === 'healthy' && stays(scene.pods.at(id)),
  );
  return others.length === 0 ? undefined : Math.min(...others.map(([, { since }]) => since));
}
