import { Retry } from '../../src/errors.ts';
import { RESOURCES } from '../../src/kube/resources.ts';
import { KINDS } from '../../src/local/cluster/objects.ts';
import type { LoadTarget } from '../../src/local/traffic/request.ts';
import { until } from '../../src/local/until.ts';
import { deregistrationDelayOf } from '../../src/model/drain/budget.ts';
import { addressOf, listenersOf, podsOf, type PodView, type TargetState } from '../../src/local/world.ts';
import { realClock as clock } from '../../src/runtime/clock.ts';
import { type App, delayed, hostOf, objectsOf } from './apps.ts';
import { DRAIN } from './budget.ts';
import { ALB_LAG } from './lags.ts';
import { FULL, milliseconds, seconds } from './scale.ts';
import type { ProofWorld } from './world.ts';

/** Load balancer nodes: one in each zone. */
const ZONES = 3;
const LONG_MS = 1_200_000;

/** A look that an API server which is away does not end. */
const patient =
  <Found>(look: () => Promise<Found>) =>
  (): Promise<Found | false> =>
    look().catch((error: unknown) => {
      if (error instanceof Retry) return false;
      throw error;
    });

/** Lets a number of real seconds pass, in the scale of this run. */
export const pass = (world: Pick<ProofWorld, 'scale'>, real: number): Promise<void> =>
  clock.sleep(milliseconds(world.scale, real));

/** Applies an app and resolves when every pod of it is served by every load balancer node. */
export async function deploy(world: ProofWorld, app: App): Promise<void> {
  await world.kubectl.apply(...objectsOf(withScaledDelay(world, app)));
  await served(world, app.namespace, app.replicas);
}

/** The operator rounds the deregistration delay up to half minutes: where everything is shorter it is said here. */
function withScaledDelay({ scale }: ProofWorld, app: App): App {
  if (scale.factor === FULL.factor) return app;
  return { ...app, ingress: { ...delayed(seconds(scale, deregistrationDelayOf(DRAIN))), ...app.ingress } };
}

/** Resolves when the pods of `web` are ready and none is leaving, every target group has just them, healthy, and every node of an ALB knows. */
export async function served(world: ProofWorld, namespace: string, replicas: number): Promise<PodView[]> {
  const pods = await healthy(world, namespace, replicas);
  await clock.sleep(longestLagMs(world));
  return pods;
}

/** The same, whatever the nodes of the load balancer know. */
export const healthy = (world: ProofWorld, namespace: string, replicas: number): Promise<PodView[]> =>
  until(
    `${replicas} served pods in ${namespace}`,
    patient(async () => {
      const all = await podsOf(world, namespace);
      const ready = all.length === replicas && all.every((pod) => pod.ready && !pod.leaving);
      return ready && isServed(all, await groupsIn(world, namespace)) && all;
    }),
    LONG_MS,
  );

const isServed = (pods: PodView[], groups: TargetState[][]): boolean =>
  groups.length > 0 &&
  groups.every((targets) => {
    const healthy = targets.filter(({ state }) => state === 'healthy').map(({ id }) => id);
    const present = targets.filter(({ state }) => state !== 'draining');
    return present.length === pods.length && pods.every(({ ip }) => healthy.includes(ip));
  });

/** Registered targets of all target groups of a namespace. */
export const targetsIn = async (world: ProofWorld, namespace: string): Promise<TargetState[]> =>
  (await groupsIn(world, namespace)).flat();

/** The same, group by group. */
async function groupsIn({ aws, kube }: ProofWorld, namespace: string): Promise<TargetState[][]> {
  type State = { targetGroups: Record<string, { targets: Record<string, TargetState> }> };
  const [{ targetGroups }, objects] = await Promise.all([
    aws.control<State>('state'),
    kube.list(RESOURCES.targetGroup, { namespace }),
  ]);
  return objects.map(({ spec }) => Object.values(targetGroups[(spec as { arn: string }).arn]?.targets ?? {}));
}

const longestLagMs = ({ scale, options }: ProofWorld): number =>
  options.aws?.propagationLagMs?.max ?? milliseconds(scale, ALB_LAG.max);

/** The app's host on every node of the load balancer of an Ingress. */
export const frontOf = async (world: ProofWorld, namespace: string, ingress = 'web'): Promise<LoadTarget[]> =>
  nodesOf(world, namespace, await addressOf(world, namespace, ingress));

/** The app's host on every node of a load balancer. */
export async function nodesOf(
  world: ProofWorld,
  namespace: string,
  dnsName: string,
  zones = ZONES,
): Promise<LoadTarget[]> {
  const listeners = await listenersOf(world, dnsName, zones);
  return listeners.map(({ host, port }) => ({ url: `http://${hostOf(namespace)}/`, connect: { host, port } }));
}

/** `kubectl rollout restart`, and waits until the new pods are all there and the old ones are being deleted. */
export async function restart(world: ProofWorld, namespace: string, workload = 'deployment/web'): Promise<void> {
  await world.kubectl('rollout', 'restart', '-n', namespace, workload);
  await rolledOut(world, namespace);
}

type DeploymentStatus = {
  metadata: { generation: number };
  spec: { replicas: number };
  status: { observedGeneration?: number; replicas?: number; updatedReplicas?: number; availableReplicas?: number };
};

/** Resolves when every pod of the Deployment is a new one and available. */
export async function rolledOut(world: ProofWorld, namespace: string): Promise<void> {
  await until(
    `rollout in ${namespace}`,
    patient(() => isRolledOut(world, namespace)),
    LONG_MS,
  );
}

export async function isRolledOut({ kube }: ProofWorld, namespace: string): Promise<boolean> {
  const { metadata, spec, status } = (await kube.get(KINDS.deployment, {
    namespace,
    name: 'web',
  })) as unknown as DeploymentStatus;
  const { replicas: wanted } = spec;
  const all = [status.replicas ?? 0, status.updatedReplicas ?? 0, status.availableReplicas ?? 0];
  return (status.observedGeneration ?? 0) >= metadata.generation && all.every((count) => count === wanted);
}

/** Whether the Deployment has no pod of an earlier generation left but those that are being deleted. */
export async function isReplaced({ kube }: ProofWorld, namespace: string): Promise<boolean> {
  const found = await kube.get(KINDS.deployment, { namespace, name: 'web' });
  const { metadata, spec, status } = found as unknown as DeploymentStatus;
  const isSeen = (status.observedGeneration ?? 0) >= metadata.generation;
  return isSeen && status.updatedReplicas === spec.replicas && status.replicas === spec.replicas;
}

/** Resolves when a pod of the namespace is being deleted. */
export const firstDeletion = (world: ProofWorld, namespace: string): Promise<PodView> =>
  until(
    `a deletion in ${namespace}`,
    patient(async () => (await podsOf(world, namespace)).find(({ leaving }) => leaving)),
    LONG_MS,
  );

/** Resolves when no pod of the namespace is being deleted. */
export async function noneLeaving(world: ProofWorld, namespace: string): Promise<void> {
  await until(
    `no leaving pods in ${namespace}`,
    patient(async () => (await podsOf(world, namespace)).every(({ leaving }) => !leaving)),
    LONG_MS,
  );
}

/** Names of the pods of a namespace that are not being deleted. */
export async function listPods(world: ProofWorld, namespace: string): Promise<string[]> {
  const pods = await podsOf(world, namespace);
  return pods.filter(({ leaving }) => !leaving).map(({ name }) => name);
}

/** Resolves when as many pods of a namespace are ready. */
export async function podsReady(world: ProofWorld, namespace: string, count: number): Promise<void> {
  const ready = async (): Promise<boolean> =>
    (await podsOf(world, namespace)).filter((pod) => pod.ready && !pod.leaving).length === count;
  await until(`${count} ready pods in ${namespace}`, ready, LONG_MS);
}

export const scaleTo = (world: ProofWorld, namespace: string, replicas: number): Promise<string> =>
  world.kubectl('scale', '-n', namespace, 'deployment/web', `--replicas=${replicas}`);
