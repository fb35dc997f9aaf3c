import { expect, test } from 'vitest';
import type { Sample } from '../../src/metrics.ts';
import { noMetrics } from '../../src/metrics.ts';
import { RESOURCES } from '../../src/kube/resources.ts';
import { type DeploymentOptions, deployment, ingress, service } from './manifests.ts';
import { openWorld, type World } from './world.ts';

const MINUTE_MS = 60_000;

const shop = (...services: string[]): object =>
  ingress({ name: 'shop', rules: services.map((name) => ({ service: name, path: `/${name}` })) });

async function open(...objects: object[]): Promise<World> {
  const world = await openWorld({ workloads: true });
  await world.apply(...objects);
  await world.advance(20_000);
  await world.start();
  await world.advance(MINUTE_MS);
  return world;
}

async function said(world: World, type: string): Promise<string[]> {
  const groups = await world.kube.list(RESOURCES.targetGroup, { namespace: 'shop' });
  const all = await Promise.all(
    groups.map(({ metadata }) => world.conditions(RESOURCES.targetGroup, metadata.name, 'shop')),
  );
  return all.flat().filter((line) => line.startsWith(`${type}=`));
}

const web = (more: Partial<DeploymentOptions> = {}): object => deployment({ name: 'web', ...more });

test('pods that were there before the line are counted, and those with enough of their own are not', async () => {
  const world = await open(service({ name: 'web' }), web({ replicas: 3 }), shop('web'));
  expect(await said(world, 'DrainBudget')).toEqual([
    'DrainBudget=False Insufficient: 3 pods older than the drain line; the next rollout replaces them',
  ]);
  await world.apply(web({ replicas: 3, preStopSeconds: 45, graceSeconds: 75, version: '2' }));
  await world.advance(5 * MINUTE_MS);
  // Nobody injects here, so that the gate is missing for good.
  expect(await said(world, 'DrainBudget')).toEqual([
    'DrainBudget=False Insufficient: no readiness gate podwire.dev/target-ready (3 pods)',
  ]);
  await world.patch(RESOURCES.service, 'web', {
    namespace: 'shop',
    body: { metadata: { annotations: { 'podwire.dev/drain-gate': 'false' } } },
  });
  await world.advance(MINUTE_MS);
  expect(await said(world, 'DrainBudget')).toEqual(['DrainBudget=True Sufficient: need 45, and 3 pods have it']);
  await world.restart();
  expect(await said(world, 'DrainBudget')).toEqual(['DrainBudget=True Sufficient: need 45, and 3 pods have it']);
});

test('in mode Audit it is said what is missing, without a line', async () => {
  const world = await open(
    service({ name: 'web', more: {} }),
    web({ replicas: 2, preStopSeconds: 10 }),
    ingress({ name: 'shop', annotations: { 'podwire.dev/drain-mode': 'Audit' }, rules: [{ service: 'web' }] }),
  );
  expect(await said(world, 'DrainBudget')).toEqual([
    'DrainBudget=False Insufficient: need 45, container web has preStop sleep 10 (2 pods)',
  ]);
  expect(await world.kube.get(RESOURCES.configMap, { namespace: 'shop', name: 'podwire-drain' })).toBeUndefined();
});

test('a Service without a selector is told that nothing can be injected for it', async () => {
  const world = await open(service({ name: 'web', more: { selector: null } }), web(), shop('web'));
  expect(await said(world, 'DrainLine')).toEqual([
    'DrainLine=False NoSelector: Service shop/web has no spec.selector: into pods that it does not select nothing is injected',
  ]);
});

test('pods that may take too long to end are told on their Service', async () => {
  const world = await open(service({ name: 'web' }), web({ preStopSeconds: 45, graceSeconds: 400 }), shop('web'));
  expect(await world.events('web')).toContain(
    'DrainExceedsTotalGrace: 2 pods may take 400 s to end, preStop included (Deployment web); wanted at most drain-max-total-grace-seconds 300',
  );
});

test('unprotected pods are a metric by what they lack, until they are no targets any more', async () => {
  const world = await openWorld({ workloads: true });
  const readers: (() => Iterable<Sample<'podwire_unprotected_target_pods'>>)[] = [];
  world.metrics = {
    ...noMetrics,
    gauge: (name, read) => void (name === 'podwire_unprotected_target_pods' && readers.push(read as never)),
  };
  await world.apply(service({ name: 'web' }), web({ replicas: 3 }), shop('web'));
  await world.advance(20_000);
  await world.start();
  await world.advance(MINUTE_MS);
  const samples = (): unknown[] => readers.flatMap((read) => [...read()]);
  expect(samples()).toEqual([{ labels: { namespace: 'shop', reason: 'OlderThanLine' }, value: 3 }]);
  await world.delete(RESOURCES.ingress, 'shop', 'shop');
  await world.advance(5 * MINUTE_MS);
  expect(samples()).toEqual([]);
});
