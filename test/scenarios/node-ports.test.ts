import { describe, expect, test } from 'vitest';
import { RESOURCES } from '../../src/kube/resources.ts';
import { askNodes } from './lagging-nodes.ts';
import { type DeploymentOptions, deployment, ingress, service } from './manifests.ts';
import { openWorld, type World } from './world.ts';

const ANNOTATIONS = {
  'target-type': 'instance',
  'healthcheck-interval-seconds': '5',
  'healthcheck-timeout-seconds': '2',
  'target-group-attributes': 'deregistration_delay.timeout_seconds=10',
};
const LOCAL = { externalTrafficPolicy: 'Local' };
/** Health checks every 5 s, two of them, and 10 s until the load balancer has acted. */
const CAREFUL = { preStopSeconds: 20, graceSeconds: 50, minReadySeconds: 12 };

const TAINTS = ['karpenter.sh/disrupted', 'ToBeDeletedByClusterAutoscaler', 'aws-node-termination-handler/spot-itn'];

const web = (more: Partial<DeploymentOptions> = {}): object =>
  deployment({ name: 'web', ...CAREFUL, replicas: 2, ...more });

async function open(type: string, more: object, replicas = 2): Promise<World> {
  const world = await openWorld({ workloads: true });
  await world.apply(
    service({ name: 'web', type, more }),
    web({ replicas }),
    ingress({ name: 'shop', annotations: ANNOTATIONS, rules: [{ service: 'web' }] }),
  );
  await world.start();
  await world.advance(60_000);
  return world;
}

/** Nodes in the one target group, each with its state; those that drain left out. */
function registered({ aws: { state }, nodes }: World): string[] {
  const [group] = [...state.targetGroups.values()];
  const targets = [...(group?.targets.values() ?? [])].filter(({ state: is }) => is !== 'draining');
  const nameOf = (id: string): string => `node ${nodes.findIndex(({ instanceId }) => instanceId === id) + 1}`;
  return targets.map(({ id, state: is }) => `${nameOf(id)} ${is}`).toSorted();
}

const ALL = ['node 1 healthy', 'node 2 healthy', 'node 3 healthy'];

/** What the requests came to while something was done and three minutes went by. */
async function during(world: World, deed: () => Promise<unknown>) {
  const { asked, stop } = askNodes(world);
  await world.advance(10_000);
  await deed();
  await world.advance(180_000);
  stop();
  return asked;
}

describe('externalTrafficPolicy Local', () => {
  test.each([
    ['NodePort', 'traffic-port', '/'],
    ['LoadBalancer', undefined, '/healthz'],
  ])('of a %s Service: nodes with a ready pod, checked where they say so', async (type, port, path) => {
    const world = await open(type, LOCAL);
    expect(registered(world)).toHaveLength(2);
    const spec = world.cluster.store.list('/services')[0] as { spec?: { healthCheckNodePort?: number } };
    const [group] = [...world.aws.state.targetGroups.values()];
    expect(group?.healthCheck).toMatchObject({ path, port: port ?? String(spec.spec?.healthCheckNodePort) });
    await world.apply(web({ replicas: 3 }));
    await world.advance(40_000);
    expect(registered(world)).toEqual(ALL);
  });

  test.each(['NodePort', 'LoadBalancer'])('of a %s Service: a rollout loses nothing', async (type) => {
    const world = await open(type, LOCAL);
    const asked = await during(world, () => world.apply(web({ version: '2' })));
    expect(asked.lost).toEqual([]);
    expect(asked.requests).toBeGreaterThan(3_000);
    expect(registered(world)).toHaveLength(2);
  });

  test.each(['NodePort', 'LoadBalancer'])('of a %s Service: the only pod moves and nothing is lost', async (type) => {
    const world = await open(type, LOCAL, 1);
    expect(registered(world)).toHaveLength(1);
    const [before] = registered(world);
    const asked = await during(world, () => world.apply(web({ replicas: 1, version: '2' })));
    expect(asked.lost).toEqual([]);
    expect(registered(world)).not.toEqual([before]);
  });

  test.each(['NodePort', 'LoadBalancer'])('of a %s Service: without a sleep a rollout loses requests', async (type) => {
    const world = await open(type, LOCAL);
    await world.apply(web({ preStopSeconds: 0 }));
    await world.advance(120_000);
    const asked = await during(world, () => world.apply(web({ preStopSeconds: 0, version: '2' })));
    expect(asked.lost.length).toBeGreaterThan(0);
  });

  test.each(['NodePort', 'LoadBalancer'])('of a %s Service: comes and goes, with a pod on each node', async (type) => {
    const world = await open(type, {}, 3);
    expect(registered(world)).toEqual(ALL);
    const asked = await during(world, async () => {
      await world.apply(service({ name: 'web', type, more: LOCAL }));
      await world.advance(60_000);
      expect(registered(world)).toEqual(ALL);
      await world.apply(service({ name: 'web', type, more: { externalTrafficPolicy: 'Cluster' } }));
    });
    expect(asked.lost).toEqual([]);
    expect(registered(world)).toEqual(ALL);
  });
});

describe('a node that announces that it goes', () => {
  const taint = (world: World, at: number, ...keys: string[]) =>
    world.patch(RESOURCES.node, world.nodes[at]?.name ?? '', {
      body: { spec: { taints: keys.map((key) => ({ key, effect: 'NoSchedule' })) } },
    });

  test.each(TAINTS)('by %s is deregistered first, and comes back when it stays', async (key) => {
    const world = await open('NodePort', {}, 3);
    const asked = await during(world, async () => {
      await taint(world, 0, key);
      await world.advance(5_000);
      expect(registered(world)).toEqual(ALL.slice(1));
      await taint(world, 0);
    });
    expect(registered(world)).toEqual(ALL);
    expect(asked.lost).toEqual([]);
  });

  test('and every other with it: those that are the last healthy ones stay', async () => {
    const world = await open('NodePort', {}, 3);
    const asked = await during(world, async () => {
      for (const at of [0, 1, 2]) await taint(world, at, 'karpenter.sh/disrupted');
    });
    expect(registered(world)).not.toEqual([]);
    expect(registered(world)).not.toContain('node 1 healthy');
    expect(asked.lost).toEqual([]);
  });

  test('a cordoned node stays', async () => {
    const world = await open('NodePort', {}, 3);
    await world.patch(RESOURCES.node, world.nodes[0]?.name ?? '', { body: { spec: { unschedulable: true } } });
    await world.advance(20_000);
    expect(registered(world)).toEqual(ALL);
  });
});
