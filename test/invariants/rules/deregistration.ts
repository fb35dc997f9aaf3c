import type { Biography } from '../biography.ts';
import { type Deregistered, objectOf, selectsNow } from '../groups.ts';
import type { Scene } from '../scene.ts';

/** A pod counts as known when it has been there for so long: the watch is not ahead of the API server. */
const KNOWN_MS = 1_000;
/** How old the operator's last look at the others may be. */
const SEEN_MS = 3_000;
/** After that a target goes though what the Service selects now is not healthy (UNLISTED_MS of the plan, less a little). */
const DESELECTED_MS = 295_000;

/** Within so long an address that another pod owns is taken out. */
const RECYCLED_MS = 10_000;
/** A target of a pod that is selected no more is kept no longer (UNLISTED_MS of the plan, counted from a start, and a poll). */
const KEPT_MS = 400_000;

/**
 * I1: the last serving target of a group goes no sooner than D2. I2: nothing goes that a live, selected pod owns, and nothing stays
 * that a pod owns which the Service does not select and never did.
 */
export function watchDeregistrations(scene: Scene): void {
  const deselected = watchSelections(scene);
  const propagation = watchPropagation(scene);
  scene.onTick(() => checkStrangers(scene));
  scene.groups.onDeregistered((change) => {
    checkOwner(scene, change);
    checkLast(scene, change, { deselected, lead: propagation(change.group.arn) });
  });
}

function checkOwner(scene: Scene, { group, address, key }: Deregistered): void {
  const object = objectOf(scene.stage.world, group.arn);
  const owner = scene.pods.at(address);
  if (object === undefined || owner === undefined || !selectsNow(scene.stage.world, object, owner)) return;
  const since = Math.max(owner.servesSince ?? Number.POSITIVE_INFINITY, owner.addressAt ?? 0);
  if (owner.leavesAt !== undefined || scene.now - since < KNOWN_MS) return;
  // What an operator cannot see it cannot heed.
  if (!scene.isCleanFrom(since, since) && !scene.hasClean(KNOWN_MS, { from: since, to: scene.now })) return;
  scene.report('I2', `${group.name}: ${key} is deregistered, and ${owner.name} has it`);
}

function checkStrangers(scene: Scene): void {
  const { world } = scene.stage;
  for (const group of world.aws.state.targetGroups.values()) {
    const object = objectOf(world, group.arn);
    if (object === undefined) continue;
    for (const [key, target] of group.targets) {
      const owner = scene.pods.at(target.id);
      if (target.state === 'draining' || owner?.servesSince === undefined || owner.leavesAt !== undefined) continue;
      if (owner.uid === scene.groups.registeredFor(group.arn, key)) continue;
      if (selectsNow(world, object, owner)) scene.groups.adopt(group.arn, key, owner.uid);
      else if (isOverdue(scene, owner, target.since))
        scene.report('I2', `${group.name}: ${key} is still registered, and ${owner.name} has it`);
    }
  }
}

/**
 * Whether a stranger is to be out. One that came while nobody could see it, and that no target group's Service selects, looks like a
 * pod that was selected until then, and is kept as long as such a one.
 */
function isOverdue(scene: Scene, { servesSince = scene.now, ...owner }: Biography, registered: number): boolean {
  const { world } = scene.stage;
  const { addressAt = servesSince } = owner;
  const objects = [...world.aws.state.targetGroups.keys()].flatMap((arn) => objectOf(world, arn) ?? []);
  const unclear =
    !objects.some((object) => selectsNow(world, object, owner)) && !scene.isCleanFrom(addressAt, addressAt);
  const within = unclear ? KEPT_MS : RECYCLED_MS;
  return (
    scene.now - Math.max(servesSince, registered) >= within && scene.isCleanFrom(scene.now - RECYCLED_MS, scene.now)
  );
}

function checkLast(
  scene: Scene,
  { group, key, address, wasHealthy, uid }: Deregistered,
  { deselected, lead }: { deselected: Map<string, number>; lead: number },
): void {
  const { world } = scene.stage;
  const object = objectOf(world, group.arn);
  const owner = scene.pods.of(uid);
  const [port = ''] = key.split(':').slice(1);
  if (!wasHealthy || object === undefined || owner === undefined || owner.goneAt !== undefined) return;
  if (group.loadBalancerArns.length === 0 || !world.answers(address, Number(port)) || othersServe(scene, group, key))
    return;
  if (mayGo(owner, { now: scene.now, lead, deselectedAt: deselected.get(uid ?? '') })) return;
  scene.report(
    'I1',
    `${group.name}: ${key} of ${owner.name} is deregistered as the last one${lateness(scene, owner, lead)}`,
  );
}

function othersServe({ groups, stage }: Scene, group: Deregistered['group'], key: string): boolean {
  return [...group.targets].some(
    ([other, { id, port, state }]) =>
      other !== key &&
      state !== 'draining' &&
      (state === 'healthy' || groups.healthyWithin(group.arn, other, SEEN_MS)) &&
      stage.world.answers(id, port),
  );
}

function mayGo(owner: Biography, at: { now: number; lead: number; deselectedAt: number | undefined }): boolean {
  if (owner.servesSince === undefined) return true; // its own probe says that it does not serve
  if (owner.sigtermAt !== undefined) return at.now >= owner.sigtermAt - at.lead - 100;
  if (owner.leavesAt !== undefined) return true; // the kubelet ends it
  if (at.now - (owner.addressAt ?? 0) < KNOWN_MS) return true; // the call was on its way when it got the address of one that had ended
  return at.deselectedAt !== undefined && at.now - at.deselectedAt >= DESELECTED_MS;
}

const lateness = ({ now }: Scene, { sigtermAt }: Biography, lead: number): string =>
  sigtermAt === undefined ? ', and runs' : `, ${Math.round(sigtermAt - lead - now)} ms before its last deadline`;

/** Since when a pod is selected by no group's Service, by its UID. */
function watchSelections(scene: Scene): Map<string, number> {
  const since = new Map<string, number>();
  scene.onTick(() => {
    const { world } = scene.stage;
    const objects = [...world.aws.state.targetGroups.keys()].flatMap((arn) => objectOf(world, arn) ?? []);
    for (const pod of scene.pods.present()) {
      if (objects.some((object) => selectsNow(world, object, pod))) since.delete(pod.uid);
      else if (!since.has(pod.uid)) since.set(pod.uid, scene.now);
    }
  });
  return since;
}

/** Milliseconds before SIGTERM from which on the last one may go: the longest that was in force. */
function watchPropagation(scene: Scene): (arn: string) => number {
  const longest = new Map<string, number>();
  const look = (arn: string): number => {
    const { propagation = 0, margin = 0 } = objectOf(scene.stage.world, arn)?.spec.drain ?? {};
    const lead = Math.max(longest.get(arn) ?? 0, (propagation + margin) * 1_000);
    longest.set(arn, lead);
    return lead;
  };
  scene.onTick(() => [...scene.stage.world.aws.state.targetGroups.keys()].forEach(look));
  return look;
}
