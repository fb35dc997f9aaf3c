import { describe, expect, test } from 'vitest';
import { DRAIN_LINES, DRAIN_SINCE } from '../../src/api/pod.ts';
import type { KubeObject } from '../../src/kube/api.ts';
import { RESOURCES } from '../../src/kube/resources.ts';
import type { Settings } from '../../src/settings/settings.ts';
import { ingress, service } from './manifests.ts';
import { openWorld, type World } from './world.ts';

const KEY = { namespace: 'shop', name: DRAIN_LINES };
const SWEEP_MS = 200_000;

const shop = (annotations: Record<string, string> = {}, more: string[] = []): object =>
  ingress({
    name: 'shop',
    annotations,
    rules: ['web', ...more].map((name) => ({ service: name, path: `/${name}` })),
  });

async function open(settings: Partial<Settings>, ...objects: object[]): Promise<World> {
  const world = await openWorld({ settings: { sweepIntervalSeconds: 100, ...settings } });
  await world.apply(...objects);
  await world.start();
  await world.advance(30_000);
  return world;
}

const configMap = (world: World): Promise<KubeObject | undefined> => world.kube.get(RESOURCES.configMap, KEY);

async function lines(world: World): Promise<unknown> {
  return (await configMap(world))?.['data'];
}

async function since(world: World): Promise<Record<string, string>> {
  return JSON.parse((await configMap(world))?.metadata.annotations?.[DRAIN_SINCE] ?? '{}') as Record<string, string>;
}

const annotateService = (world: World, annotations: Record<string, string | null>): Promise<KubeObject> =>
  world.patch(RESOURCES.service, 'web', { namespace: 'shop', body: { metadata: { annotations } } });

describe('drain lines', () => {
  test('each Service behind a load balancer has one, with the labels of its pods', async () => {
    const world = await open(
      {},
      service({ name: 'web' }),
      service({ name: 'api' }),
      service({ name: 'alone' }),
      shop({}, ['api']),
    );
    expect(await lines(world)).toEqual({ api: 'v1;45;true;preserve;app=api', web: 'v1;45;true;preserve;app=web' });
    expect(world.errors).toEqual([]);
  });

  test('the numbers are those of settings and annotations, and a change is written', async () => {
    const world = await open({ drainPropagationAlbSeconds: 4.4 }, service({ name: 'web' }), shop());
    expect(await lines(world)).toEqual({ web: 'v1;30;true;preserve;app=web' });
    await annotateService(world, {
      'podwire.dev/drain-hold-seconds': '10',
      'podwire.dev/drain-gate': 'false',
      'podwire.dev/drain-liveness-grace': 'Off',
    });
    await world.advance(10_000);
    expect(await lines(world)).toEqual({ web: 'v1;40;false;off;app=web' });
    await world.apply(service({ name: 'web', app: 'web2' }));
    await world.advance(10_000);
    expect(await lines(world)).toEqual({ web: 'v1;40;false;off;app=web2' });
  });

  test('what has stood for how long is known, and begins anew where more is asked', async () => {
    const world = await open({}, service({ name: 'web' }), shop());
    const first = (await since(world))['web'];
    await world.advance(60_000);
    await annotateService(world, { 'podwire.dev/drain-hold-seconds': '5' });
    await world.advance(10_000);
    const second = (await since(world))['web'];
    expect(Date.parse(second ?? '') - Date.parse(first ?? '')).toBeGreaterThanOrEqual(60_000);
    await annotateService(world, { 'podwire.dev/drain-hold-seconds': null });
    await world.advance(10_000);
    expect(await lines(world)).toEqual({ web: 'v1;45;true;preserve;app=web' });
    expect((await since(world))['web']).toBe(second);
    await world.restart();
    await world.advance(SWEEP_MS);
    expect((await since(world))['web']).toBe(second);
  });

  test('a Service that leaves its load balancer has no line any more, and without any line there is no ConfigMap', async () => {
    const world = await open({}, service({ name: 'web' }), service({ name: 'api' }), shop({}, ['api']));
    await world.apply(shop());
    await world.advance(30_000);
    expect(await lines(world)).toEqual({ web: 'v1;45;true;preserve;app=web' });
    await world.delete(RESOURCES.ingress, 'shop', 'shop');
    await world.advance(120_000);
    expect(await configMap(world)).toBeUndefined();
  });

  test('node ports have a number of their own and no gate', async () => {
    const world = await open({}, service({ name: 'web', type: 'NodePort' }), shop({ 'target-type': 'instance' }));
    expect(await lines(world)).toEqual({ web: 'v1;15;false;preserve;app=web' });
  });

  test('in mode Audit nothing is injected', async () => {
    const world = await open({ drainMode: 'Audit' }, service({ name: 'web' }), shop());
    expect(await configMap(world)).toBeUndefined();
    await annotateService(world, { 'podwire.dev/drain-mode': 'Managed' });
    await world.advance(10_000);
    expect(await lines(world)).toEqual({ web: 'v1;45;true;preserve;app=web' });
    await annotateService(world, { 'podwire.dev/drain-mode': null });
    await world.advance(10_000);
    expect(await configMap(world)).toBeUndefined();
  });

  test('a Service without a selector has none', async () => {
    const world = await open(
      {},
      service({ name: 'web', more: { selector: null } }),
      service({ name: 'api' }),
      shop({}, ['api']),
    );
    expect(await lines(world)).toEqual({ api: 'v1;45;true;preserve;app=api' });
  });
});

describe('drain lines that somebody else wrote', () => {
  test('S14: a ConfigMap that was deleted, or says something else, is put right', async () => {
    const world = await open({}, service({ name: 'web' }), shop());
    await world.kube.delete(RESOURCES.configMap, KEY);
    await world.advance(SWEEP_MS);
    expect(await lines(world)).toEqual({ web: 'v1;45;true;preserve;app=web' });
    const data = { web: 'v1;1;false;off;app=web', other: 'v1;900;true;preserve;', note: 'hands off' };
    await world.patch(RESOURCES.configMap, DRAIN_LINES, { namespace: 'shop', body: { data } });
    await world.advance(SWEEP_MS);
    expect(await lines(world)).toEqual({ note: 'hands off', web: 'v1;45;true;preserve;app=web' });
  });

  test('an immutable ConfigMap is made anew', async () => {
    const world = await open({}, service({ name: 'web' }), shop());
    const data = { web: 'v1;1;false;off;app=web' };
    await world.patch(RESOURCES.configMap, DRAIN_LINES, { namespace: 'shop', body: { data, immutable: true } });
    await world.advance(SWEEP_MS);
    expect(await lines(world)).toEqual({ web: 'v1;45;true;preserve;app=web' });
  });

  test('what was left by an operator that ended is removed at the next start', async () => {
    const world = await open({}, service({ name: 'web' }), shop());
    world.kill();
    const groups = await world.kube.list(RESOURCES.targetGroup, { namespace: 'shop' });
    for (const { metadata } of groups) await world.delete(RESOURCES.targetGroup, metadata.name, 'shop');
    await world.delete(RESOURCES.service, 'web', 'shop');
    await world.start();
    await world.advance(30_000);
    expect(await configMap(world)).toBeUndefined();
  });

  test('a ConfigMap of that name that holds something else is left alone where there are no lines', async () => {
    const other = { apiVersion: 'v1', kind: 'ConfigMap', metadata: KEY, data: { 'app.yaml': 'a: b' } };
    const world = await open({}, service({ name: 'web' }), other);
    await world.advance(SWEEP_MS);
    expect(await lines(world)).toEqual({ 'app.yaml': 'a: b' });
  });
});
