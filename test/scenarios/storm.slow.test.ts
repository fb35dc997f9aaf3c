import { expect, test } from 'vitest';
import type { KubeObject } from '../../src/kube/api.ts';
import { RESOURCES } from '../../src/kube/resources.ts';
import { seededRandom } from '../../src/runtime/virtual-clock.ts';
import { applyBackends, CHANGES } from './crash-changes.ts';
import { ingress, service, slice } from './manifests.ts';
import { awsShape, clusterShape } from './shape.ts';
import { CERTIFICATE, ingressClass, openWorld, type World } from './world.ts';

const NAMES = ['one', 'two', 'three'];
const SERVICES = ['web', 'cart', 'ported'];
const CALM_MS = 900_000;

async function open(): Promise<World> {
  const world = await openWorld({ settings: { sweepIntervalSeconds: 300 } });
  await world.apply(ingressClass('other', 'example.com/other'));
  await applyBackends(world);
  for (const name of SERVICES) await world.apply(service({ name, type: 'NodePort' }));
  return world;
}

/**
 * Two traces are as they should be: a rule that was changed in place keeps the resource tag of its making, which nothing reads,
 * and a target group that took another's place has a number at the end of its name.
 */
const shapeOf = async (world: World): Promise<string[]> => [
  ...awsShape(world).map((line) => line.replace(/"rule\/\d+\/[0-9a-f]+"/, '"rule"').replaceAll(NUMBERED, '$1')),
  ...(await clusterShape(world)).map((line) => line.replaceAll(NUMBERED, '$1').replace(FOREIGN, ' finalizers= at=')),
];
/** What stands on an Ingress of another controller is that one's to correct. */
const FOREIGN = / finalizers= at=.*/;
const NUMBERED = /(pw-\w+-\w+-[0-9a-f]{10})-\d+/g;

/** Group, health check, and for an Ingress of its own what its load balancer is like. */
function annotationsFrom(random: () => number, step: number): Record<string, string> {
  const of = <T>(chance: number, value: T): T | object => (random() < chance ? value : {});
  const alone = {
    ...of(0.3, { scheme: 'internet-facing' }),
    ...of(0.3, { 'listen-ports': '[{"HTTP": 80}, {"HTTP": 8080}]' }),
    ...of(0.2, { 'listen-ports': '[{"HTTPS": 443}]', 'certificate-arn': CERTIFICATE }),
    ...of(0.2, { 'inbound-cidrs': '10.0.0.0/8' }),
  };
  const group = random() < 0.5 ? { 'group.name': random() < 0.5 ? 'red' : 'blue' } : alone;
  return { ...group, ...of(0.3, { 'healthcheck-path': `/${step}` }), ...of(0.2, { 'target-type': 'instance' }) };
}

/** What people do within two minutes, the same for the same seed. */
async function live(world: World, random: () => number, between: () => Promise<void>): Promise<void> {
  const pick = <T>(all: readonly T[]): T => all[Math.floor(random() * all.length)] as T;
  for (let step = 0; step < 30; step++) {
    const [name, service, what] = [pick(NAMES), pick(SERVICES), random()];
    if (what < 0.2) await world.delete(RESOURCES.ingress, name, 'shop').catch(() => undefined);
    else if (what < 0.5)
      await world.apply(slice({ service, addresses: [`10.0.1.${50 + step}`, `10.0.2.${50 + step}`] }));
    else {
      const annotations = annotationsFrom(random, step);
      const path = `/${Math.floor(random() * 4)}`;
      const present = await world.kube.get(RESOURCES.ingress, { namespace: 'shop', name });
      if (present?.metadata.deletionTimestamp !== undefined) continue;
      await world.apply(
        ingress({
          name,
          annotations,
          class: random() < 0.9 ? 'podwire' : 'other',
          rules: [
            { host: `${name}.example.com`, path, service },
            { path: '/all', service: 'web' },
          ],
        }),
      );
    }
    await world.advance(random() * 8_000);
    await between();
  }
}

/** What it comes to, and what an operator that starts with an empty AWS makes of the same cluster. */
async function outcomes(world: World): Promise<{ reached: string[]; wanted: string[] }> {
  await world.advance(CALM_MS);
  const fresh = await open();
  for (const resource of [RESOURCES.service, RESOURCES.endpointSlice, RESOURCES.ingress])
    for (const { status: _, ...object } of await world.kube.list(resource)) await fresh.apply(bare(object));
  await fresh.start();
  await fresh.advance(CALM_MS);
  return { reached: await shapeOf(world), wanted: await shapeOf(fresh) };
}

function bare({ metadata, ...object }: KubeObject): object {
  const { name, namespace, labels, annotations } = metadata;
  const sent = { ...object, metadata: { name, namespace, labels, annotations } };
  return JSON.parse(JSON.stringify(sent)) as object; // without what is undefined, as on the wire
}

async function begin(): Promise<World> {
  const world = await open();
  await world.start();
  return world;
}

const nothing = (): Promise<void> => Promise.resolve();

test.each([1, 2, 3, 4, 5, 6])('a history without trouble leaves no trace (seed %i)', async (seed) => {
  const world = await begin();
  await live(world, seededRandom(seed), nothing);
  const { reached, wanted } = await outcomes(world);
  expect(reached).toEqual(wanted);
});

test.each([1, 2, 3, 4, 5, 6])('calls that fail, with or without effect, leave no trace (seed %i)', async (seed) => {
  const world = await begin();
  const fault = { action: '*', code: 'InternalFailure', httpStatus: 500, probability: 0.15 };
  const throttle = { action: '*', code: 'Throttling', probability: 0.1 };
  world.aws.configure({ seed, faults: [{ ...fault, when: 'before' }, { ...fault, when: 'after' }, throttle] });
  await live(world, seededRandom(seed), nothing);
  world.aws.configure({ faults: [] });
  const { reached, wanted } = await outcomes(world);
  expect(reached).toEqual(wanted);
});

test.each([1, 2, 3, 4, 5, 6])('an operator that dies again and again leaves no trace (seed %i)', async (seed) => {
  const world = await begin();
  const die = seededRandom(seed + 100);
  let deaths = 0;
  await live(world, seededRandom(seed), async () => {
    if (!world.life.ended && die() < 0.5) return;
    deaths++;
    world.kill();
    await world.start({ call: 1 + Math.floor(die() * 12), when: die() < 0.5 ? 'answer lost' : 'next call' });
  });
  await world.restart();
  expect(deaths).toBeGreaterThan(5);
  const { reached, wanted } = await outcomes(world);
  expect(reached).toEqual(wanted);
});

test('an operator that dies after every third call gets there in the end', async () => {
  const [create] = CHANGES;
  const world = await open();
  await create?.change(world);
  for (let tries = 0; tries < 40; tries++) {
    await world.start({ call: 12, when: 'answer lost' });
    await world.advance(2_000);
    world.kill();
  }
  const reached = awsShape(world).filter((line) => line.startsWith('rule'));
  expect(reached.length).toBeGreaterThan(0);
  await world.start();
  const outcome = await outcomes(world);
  expect(outcome.reached).toEqual(outcome.wanted);
});
