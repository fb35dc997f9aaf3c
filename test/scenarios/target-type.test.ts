import { describe, expect, test } from 'vitest';
import { RESOURCES } from '../../src/kube/resources.ts';
import type { ControlName } from '../../src/settings/controls.ts';
import { askNodes } from './lagging-nodes.ts';
import { deployment, ingress, prefixed, service } from './manifests.ts';
import { openWorld, type World } from './world.ts';

const OVERLAY = { 'local.podwire.dev/address-pool': 'overlay' };
const ANNOTATIONS = {
  'healthcheck-interval-seconds': '5',
  'healthcheck-timeout-seconds': '2',
  'target-group-attributes': 'deregistration_delay.timeout_seconds=10',
  'podwire.dev/drain-propagation-seconds': '5',
  'podwire.dev/drain-margin-seconds': '1',
};
const CAREFUL = { preStopSeconds: 40, graceSeconds: 70, minReadySeconds: 8, replicas: 3 };

const groups = ({ aws: { state } }: World): string[] =>
  [...state.targetGroups.values()].map(({ targetType, targets }) => {
    const states = [...targets.values()].filter(({ state: is }) => is !== 'draining').map(({ state: is }) => is);
    return `${targetType} ${states.toSorted().join(' ')}`.trim();
  });

type Options = {
  controls?: ControlName[];
  annotations?: Record<string, string>;
  podAnnotations?: Record<string, string>;
};

async function served({ controls = [], annotations = {}, podAnnotations }: Options = {}): Promise<World> {
  const world = await openWorld({
    workloads: true,
    controls,
    settings: { fallbackAwaySeconds: 2, fallbackBackSeconds: 3 },
  });
  await world.apply(
    service({ name: 'web', type: 'NodePort' }),
    deployment({ name: 'web', ...CAREFUL, ...(podAnnotations && { annotations: podAnnotations }) }),
    ingress({ name: 'shop', annotations: { ...ANNOTATIONS, ...annotations }, rules: [{ service: 'web' }] }),
  );
  await world.start();
  await world.advance(120_000);
  return world;
}

const ask = (world: World, targetType: 'ip' | 'instance') =>
  world.annotate('shop', prefixed({ 'target-type': targetType }));

/** Changes the target type by annotation and says what the requests came to. */
async function changed(world: World, targetType: 'ip' | 'instance') {
  const { asked, stop } = askNodes(world);
  await world.advance(10_000);
  await ask(world, targetType);
  await world.advance(180_000);
  stop();
  return asked;
}

describe('a target type that a user changes', () => {
  test('loses nothing in either direction, and leaves one group', async () => {
    const world = await served();
    expect(groups(world)).toEqual(['ip healthy healthy healthy']);
    const there = await changed(world, 'instance');
    expect(there.lost).toEqual([]);
    expect(there.requests).toBeGreaterThan(5_000);
    expect(groups(world)).toEqual(['instance healthy healthy healthy']);
    expect(await world.conditions(RESOURCES.loadBalancer, 'ingress.shop.shop')).toContainEqual(
      expect.stringMatching(/^Ready=True/),
    );
    const back = await changed(world, 'ip');
    expect(back.lost).toEqual([]);
    expect(groups(world)).toEqual(['ip healthy healthy healthy']);
    expect(await world.kube.list(RESOURCES.targetGroup)).toHaveLength(1);
  });

  test.each(['instance', 'ip'] as const)('to %s, moved at once, loses requests', async (targetType) => {
    const other = targetType === 'ip' ? 'instance' : 'ip';
    const world = await served({ controls: ['move-at-once'], annotations: { 'target-type': other } });
    expect(groups(world)).toEqual([`${other} healthy healthy healthy`]);
    expect((await changed(world, targetType)).lost.length).toBeGreaterThan(10);
    expect(groups(world)).toEqual([`${targetType} healthy healthy healthy`]);
  });

  test('and takes back while it happens, loses nothing', async () => {
    const world = await served();
    const { asked, stop } = askNodes(world);
    for (const waitMs of [1_000, 9_000, 14_000, 20_000, 26_000]) {
      await ask(world, 'instance');
      await world.advance(waitMs);
      await ask(world, 'ip');
      await world.advance(waitMs);
    }
    await world.advance(180_000);
    stop();
    expect(asked.lost).toEqual([]);
    expect(groups(world)).toEqual(['ip healthy healthy healthy']);
  });

  test.each([3_000, 9_000, 16_000, 25_000])('survives the death of the operator %i ms later', async (afterMs) => {
    const world = await served();
    const { asked, stop } = askNodes(world);
    await ask(world, 'instance');
    await world.advance(afterMs);
    await world.restart();
    await world.advance(180_000);
    stop();
    expect(asked.lost).toEqual([]);
    expect(groups(world)).toEqual(['instance healthy healthy healthy']);
  });

  test('waits for a group that never becomes healthy, and the old one serves', async () => {
    const world = await served();
    const { asked, stop } = askNodes(world);
    await world.annotate('shop', prefixed({ 'target-type': 'instance', 'healthcheck-port': '1' }));
    await world.advance(300_000);
    stop();
    expect(asked.lost).toEqual([]);
    expect(groups(world).toSorted()).toEqual(['instance unhealthy unhealthy unhealthy', 'ip healthy healthy healthy']);
    expect((await world.conditions(RESOURCES.loadBalancer, 'ingress.shop.shop')).join('\n')).toMatch(
      /Ready=False Held: .*has not enough healthy targets yet/,
    );
  });
});

describe('pods that change their network', () => {
  test('away from reachable addresses and back, nothing is lost', async () => {
    const world = await served();
    const { asked, stop } = askNodes(world);
    await world.apply(deployment({ name: 'web', ...CAREFUL, annotations: OVERLAY }));
    await world.advance(300_000);
    expect(groups(world)).toEqual(['instance healthy healthy healthy']);
    await world.apply(deployment({ name: 'web', ...CAREFUL }));
    await world.advance(300_000);
    stop();
    expect(groups(world)).toEqual(['ip healthy healthy healthy']);
    expect(asked.lost).toEqual([]);
  });
});
