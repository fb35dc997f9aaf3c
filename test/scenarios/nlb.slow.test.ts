import { applyPatch, type Operation } from 'rfc6902';
import { describe, expect, test } from 'vitest';
import type { NewObject } from '../../src/kube/api.ts';
import { RESOURCES } from '../../src/kube/resources.ts';
import { localElbApi } from '../../src/local/aws/in-memory.ts';
import { KINDS, type Pod } from '../../src/local/cluster/objects.ts';
import type { ControlName } from '../../src/settings/controls.ts';
import { injectPod, type PodManifest } from '../../src/model/injection.ts';
import { binding, serviceRef, targetGroup } from './bindings.ts';
import { watchLosses } from './losses.ts';
import { deployment, type DeploymentOptions, service } from './manifests.ts';
import { openWorld, type World } from './world.ts';

const SECOND = 1_000;
/** Of the nodes of a network load balancer. */
const LAG = { min: 60 * SECOND, max: 110 * SECOND };
const SEEDS = [1, 2, 3];

/** Pods behind a network load balancer made by hand. AWS calls a target healthy long before every node sends to it. */
async function served(
  seed: number,
  web: Partial<DeploymentOptions>,
  { annotations = {}, controls = [] }: { annotations?: object; controls?: ControlName[] } = {},
): Promise<World> {
  const holder: { world?: World } = {};
  const world = await openWorld({
    workloads: true,
    controls,
    aws: { seed, nlbPropagationLagMs: LAG, registrationEnds: 'at-once' },
    admit: (pod) => admit(pod, holder.world),
  });
  holder.world = world;
  const targetGroupARN = await targetGroup(world, { Name: 'by-hand', Protocol: 'TCP' });
  await loadBalancer(world, targetGroupARN);
  const annotated = { metadata: { name: 'web', namespace: 'shop', annotations } };
  await world.apply({ ...service({ name: 'web' }), ...annotated });
  await world.apply(binding({ spec: { serviceRef, targetGroupARN }, claim: 'true' }));
  await world.start();
  await world.advance(30 * SECOND);
  await world.apply(deployment({ name: 'web', ...web }));
  await world.advance(400 * SECOND);
  return world;
}

async function loadBalancer(world: World, TargetGroupArn: string): Promise<void> {
  const elb = localElbApi(world.aws);
  const Subnets = [...new Map([...world.aws.state.subnets.values()].map(({ id, zone }) => [zone, id])).values()];
  const made = await elb.createLoadBalancer({ Name: 'by-hand', Type: 'network', Scheme: 'internal', Subnets });
  const LoadBalancerArn = made.LoadBalancers?.[0]?.LoadBalancerArn ?? '';
  const DefaultActions = [{ Type: 'forward' as const, TargetGroupArn }];
  await elb.createListener({ LoadBalancerArn, Port: 80, Protocol: 'TCP', DefaultActions });
  const Attributes = [{ Key: 'deregistration_delay.timeout_seconds', Value: '150' }];
  await elb.modifyTargetGroupAttributes({ TargetGroupArn, Attributes });
}

/** Injects what the webhook would from the namespace's drain lines. */
function admit(pod: NewObject, world: World | undefined): NewObject {
  type Lines = { data?: Record<string, string> };
  const lines = world?.cluster.store.get('/configmaps', 'shop/podwire-drain') as Lines | undefined;
  const injected = structuredClone(pod) as unknown as PodManifest;
  applyPatch(injected, injectPod(injected, [lines?.data ?? {}]) as Operation[]);
  return injected as unknown as NewObject;
}

const podsOf = async ({ kube }: World): Promise<Pod[]> => (await kube.list(KINDS.pod)) as Pod[];

const sleepsOf = async (world: World): Promise<(number | undefined)[]> =>
  (await podsOf(world)).map(({ spec }) => spec.containers[0]?.lifecycle?.preStop?.sleep?.seconds);

async function lossesWhile(world: World, run: () => Promise<unknown>, lastsMs: number): Promise<string[]> {
  const { losses, stop } = watchLosses(world, { everyMs: 1_000 });
  await world.advance(LAG.max + 20 * SECOND); // every node has learned what stands
  expect(losses.asked).toBeGreaterThan(0);
  losses.lost.length = 0;
  await run();
  await world.advance(lastsMs);
  await stop();
  expect(world.errors).toEqual([]);
  return losses.lost;
}

const deletePod = async (world: World, index = 0): Promise<void> => {
  const { name, namespace = '' } = (await podsOf(world))[index]?.metadata ?? { name: '' };
  await world.kube.delete(KINDS.pod, { namespace, name });
};

async function blueAndGreen(seed: number, replicas: number, controls: ControlName[] = []): Promise<World> {
  const world = await served(seed, { replicas }, { controls });
  await world.apply(deployment({ name: 'green', replicas }));
  await world.advance(60 * SECOND);
  return world;
}

async function flip(world: World): Promise<void> {
  await world.patch(RESOURCES.service, 'web', { namespace: 'shop', body: { spec: { selector: { app: 'green' } } } });
  await world.advance(30 * SECOND);
  await world.kube.delete(KINDS.deployment, { namespace: 'shop', name: 'web' });
}

const slowly = { 'local.podwire.dev/start-delay-ms': '25000' };
const auto = { annotations: { 'podwire.dev/drain-hold-seconds': 'auto' } };

describe('behind a network load balancer', () => {
  test.each(SEEDS)('a rollout loses nothing, seed %i', async (seed) => {
    const world = await served(seed, { replicas: 3 });
    expect(await sleepsOf(world)).toEqual([150, 150, 150]);
    const update = () => world.apply(deployment({ name: 'web', replicas: 3, version: '2' }));
    expect(await lossesWhile(world, update, 600 * SECOND)).toEqual([]);
    expect((await podsOf(world)).map(({ spec }) => spec.containers[0]?.image)).toEqual(['web:2', 'web:2', 'web:2']);
  });

  test.each(SEEDS)('the only replica is deleted without a loss where hold is auto, seed %i', async (seed) => {
    const world = await served(seed, { replicas: 1, annotations: slowly }, auto);
    await world.apply(deployment({ name: 'web', replicas: 1, annotations: slowly, version: '2' }));
    await world.advance(700 * SECOND);
    expect(await lossesWhile(world, () => deletePod(world), 600 * SECOND)).toEqual([]);
  });

  test('without hold that loses requests, until the replacement is known', async () => {
    const world = await served(1, { replicas: 1, annotations: slowly });
    const lost = await lossesWhile(world, () => deletePod(world), 600 * SECOND);
    expect(lost.length).toBeGreaterThan(0);
    expect(lost.every((line) => line.endsWith('has no target'))).toBe(true);
  });

  test.each(SEEDS)('a selector flip loses nothing, the old pods deleted 30 s later, seed %i', async (seed) => {
    const world = await blueAndGreen(seed, 3);
    expect(await lossesWhile(world, () => flip(world), 600 * SECOND)).toEqual([]);
    expect((await podsOf(world)).map(({ metadata }) => metadata.labels?.['app'])).toEqual(['green', 'green', 'green']);
  });

  // The lags of one seed may all happen to be kind: every node knows the new pod before it lets go of the old one.
  test('selector flips of a single pod that deregister first lose requests', async () => {
    const lost: string[] = [];
    for (const seed of SEEDS) {
      const world = await blueAndGreen(seed, 1, ['deregister-first']);
      lost.push(...(await lossesWhile(world, () => flip(world), 600 * SECOND)));
    }
    expect(lost).not.toEqual([]);
  });
});
