import type { Biography, PodChange } from '../biography.ts';
import { objectOf, selectsNow } from '../groups.ts';
import type { Scene } from '../scene.ts';

/** What came later than this may not have been known when the gate was judged. */
const KNOWN_MS = 1_000;
const PENDING_MS = 60_000;
const GATE_TIMEOUT_MS = 600_000;

/** I3: an open gate has a healthy observation behind it. I4: an open gate stays open. */
export function watchGates(scene: Scene): void {
  scene.pods.onChange((change) => {
    const { now, before } = change;
    const [is, was] = [now.gate?.status === 'True', before?.gate?.status === 'True'];
    if (is && !was) checkOpening(scene, now);
    if (was && !is && now.address === before?.address) scene.report('I4', `the gate of ${now.name} was closed again`);
    noteGate(scene, change);
  });
}

function noteGate(scene: Scene, { now, before }: PodChange): void {
  if (now.gate?.reason !== before?.gate?.reason) scene.note(`${now.name} gate ${now.gate?.status} ${now.gate?.reason}`);
}

function checkOpening(scene: Scene, pod: Biography): void {
  const { world } = scene.stage;
  for (const group of world.aws.state.targetGroups.values()) {
    const object = objectOf(world, group.arn);
    if (object === undefined || object.spec.targetType !== 'ip' || group.loadBalancerArns.length === 0) continue;
    const known = scene.hasClean(KNOWN_MS, { from: object.created, to: scene.now });
    if (!known || !selectsNow(world, object, pod) || isExcused(scene, pod, group.arn)) continue;
    const { address = '', addressAt: since = 0, name, gate } = pod;
    if (!scene.calls.confirms({ arn: group.arn, address, since }))
      scene.report(
        'I3',
        `the gate of ${name} at ${address} was opened (${gate?.reason}), and ${group.name} did not confirm it`,
      );
  }
}

/** Reasons that need no target, as far as the world bears them out. */
function isExcused(scene: Scene, pod: Biography, arn: string): boolean {
  const { gate, uid } = pod;
  const pods = scene.pods.present();
  // One that leaves is ready for as long as it serves, and is nobody to wait for.
  const stays = ({ ready, leavesAt }: Biography): boolean => ready && leavesAt === undefined;
  const othersReady = pods.some((one) => one.uid !== uid && stays(one) && isSame(scene, one, arn));
  if (gate?.reason === 'AwsUnavailable')
    return !othersReady && !scene.hasClean(PENDING_MS, { from: scene.now - PENDING_MS, to: scene.now });
  if (gate?.reason === 'TimedOutNothingToProtect')
    return !othersReady && scene.now - (pod.addressAt ?? 0) >= GATE_TIMEOUT_MS;
  // A Service that has begun to select it is not known at the same moment.
  return gate?.reason === 'NotATarget' && scene.now - scene.stage.flippedAt < KNOWN_MS;
}

function isSame({ stage: { world } }: Scene, pod: Biography, arn: string): boolean {
  const object = objectOf(world, arn);
  return object !== undefined && selectsNow(world, object, pod);
}
