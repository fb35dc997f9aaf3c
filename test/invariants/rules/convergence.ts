import { objectOf, selectsNow } from '../groups.ts';
import type { World } from '../../scenarios/world.ts';
import type { Scene } from '../scene.ts';

/** Within so long after the last fault and the last change of a pod. */
const CONVERGED_MS = 60_000;
const STEP_MS = 2_000;
/** The brake keeps targets for so long whose pods nobody saw leave, while the group has no other (UNLISTED_MS of the plan, and a poll). */
const BRAKED_MS = 360_000;
/** No rollout takes longer. */
const LIMIT_MS = 600_000;

/** I8: lets time pass until every group holds the live pods that its Service selects and nothing else. */
export async function awaitConvergence(scene: Scene): Promise<void> {
  const { world } = scene.stage;
  const begun = scene.now;
  let quietSince = scene.now;
  for (;;) {
    const unrest = unrestOf(scene);
    if (unrest.length > 0) quietSince = scene.now;
    const differences = differencesOf(scene);
    const wrong = unrest.length > 0 ? unrest : differences.map(({ what }) => what);
    if (wrong.length === 0) return;
    const limitMs = differences.every(({ braked }) => braked) ? BRAKED_MS : CONVERGED_MS;
    if (scene.now - quietSince >= limitMs || scene.now - begun >= LIMIT_MS) return scene.report('I8', wrong.join('; '));
    await world.advance(STEP_MS);
  }
}

/** Pods on their way, and addresses that AWS does not take back yet. */
function unrestOf(scene: Scene): string[] {
  const { world } = scene.stage;
  const pods = scene.pods.present();
  const moving = pods.filter(
    ({ deletedAt, servesSince, leavesAt }) =>
      deletedAt !== undefined || (leavesAt === undefined && servesSince === undefined),
  );
  const draining = [...world.aws.state.targetGroups.values()].flatMap(({ targets }) =>
    [...targets.values()].filter(({ state }) => state === 'draining').map(({ id }) => id),
  );
  const blocked = pods.filter(({ address, leavesAt }) => leavesAt === undefined && draining.includes(address ?? ''));
  const faulty = world.aws.settings.faults.some(({ until = 0 }) => until > scene.now);
  return [
    ...(faulty ? ['AWS still fails'] : []),
    ...moving.map(({ name }) => `${name} is on its way`),
    ...blocked.map(({ name, address }) => `${address} of ${name} still drains`),
    ...scene.stage.unsettled().map((name) => `${name} is not as it is wanted`),
  ];
}

/** Whether the object says that the brake holds: it does for a quarter of an hour, and people are told. */
function isBraked({ cluster }: World, arn: string): boolean {
  type Object = { spec?: { arn?: string }; status?: { conditions?: { message: string }[] } };
  const objects = cluster.store.list('podwire.dev/targetgroups') as Object[];
  const conditions = objects.find(({ spec }) => spec?.arn === arn)?.status?.conditions ?? [];
  return conditions.some(({ message }) => message.includes('it may still run'));
}

type Difference = { what: string; braked: boolean };

function differencesOf(scene: Scene): Difference[] {
  const { world } = scene.stage;
  return [...world.aws.state.targetGroups.values()].flatMap((group) => {
    const object = objectOf(world, group.arn);
    const live = scene.pods
      .present()
      .filter(
        (pod) =>
          pod.leavesAt === undefined &&
          pod.servesSince !== undefined &&
          object !== undefined &&
          selectsNow(world, object, pod),
      );
    const wanted = live.map(({ address }) => `${address}:8080`);
    const has = [...group.targets].filter(([, { state }]) => state !== 'draining').map(([key]) => key);
    return [
      ...wanted
        .filter((key) => !has.includes(key))
        .map((key) => ({ what: `${group.name} lacks ${key}`, braked: false })),
      ...has
        .filter((key) => !wanted.includes(key))
        .map((key) => ({
          what: `${group.name} still has ${key}`,
          braked: wanted.length === 0 || isBraked(world, group.arn),
        })),
    ];
  });
}
