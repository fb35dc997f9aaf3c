import fc from 'fast-check';
import { expect, test } from 'vitest';
import { RESOURCES } from '../../src/kube/resources.ts';
import { ANNOTATIONS } from '../../src/model/annotations/table.ts';
import { ingress, service, slice } from './manifests.ts';
import { awsShape } from './shape.ts';
import { openWorld, type World } from './world.ts';

const MEGABYTE = 1_048_576;
/** Kubernetes, TotalAnnotationSizeLimitB: what the annotations of one object have together at most. */
const MOST = 262_144;

const KEYS = Object.entries(ANNOTATIONS).flatMap(([prefix, table]) =>
  Object.keys(table).map((key) => `${prefix}${key.replace('*', 'web')}`),
);

const TEXTS = [
  ...['', '\0', '\ud83d', '\u202e\u2028', '__proto__', '__proto__=x', 'constructor=1', '[]', '{}', 'null', '[[[['],
  ...['1e309', '-1', `"${'\\"'.repeat(500)}`, '{"type":"forward"}', '../..', '${x}', '\r\nreason: Applied'],
];
/** Keys, and what else is annotated, need some of it. */
const ROOM = MOST - 512;
const LONG = ['x'.repeat(ROOM), 'a=b,'.repeat(ROOM / 4), '['.repeat(ROOM), '💣'.repeat(ROOM / 4)];

const LONG_KEYS = ['tags', 'listen-ports', 'actions.web', 'scheme', 'no-such-key'];
const CLEAR = Object.fromEntries(LONG_KEYS.map((key) => [`alb.ingress.kubernetes.io/${key}`, null]));

const text = fc.oneof(fc.constantFrom(...TEXTS), fc.string({ unit: 'binary', maxLength: 300 }), fc.json());
const annotations = fc.dictionary(fc.constantFrom(...KEYS), text, { minKeys: 1, maxKeys: 6 });

type Where = 'Ingress' | 'Service' | 'IngressClass';

async function opened(): Promise<World> {
  const world = await openWorld();
  await world.apply(
    service({ name: 'web' }),
    service({ name: 'good' }),
    slice({ service: 'web', addresses: ['10.0.1.50', '10.0.2.50'] }),
    slice({ service: 'good', addresses: ['10.0.1.51'] }),
    ingress({ name: 'bad', rules: [{ host: 'bad.example.com', service: 'web' }] }),
    ingress({ name: 'good', rules: [{ host: 'good.example.com', service: 'good' }] }),
  );
  await world.start();
  await world.advance(60_000);
  return world;
}

const RESOURCE = { Ingress: RESOURCES.ingress, Service: RESOURCES.service, IngressClass: RESOURCES.ingressClass };

async function annotate(world: World, where: Where, given: Record<string, string | null>): Promise<void> {
  const name = { Ingress: 'bad', Service: 'web', IngressClass: 'podwire' }[where];
  const namespace = where === 'IngressClass' ? {} : { namespace: 'shop' };
  await world.patch(RESOURCE[where], name, { ...namespace, body: { metadata: { annotations: given } } });
  await world.advance(30_000);
}

const goodIn = (world: World): string[] => awsShape(world).filter((line) => line.includes('"ingress/shop/good"'));

type Said = { status?: { conditions?: { message: string }[]; members?: { message: string }[] } };

/** Nothing crashed, nothing is lost, and all that is said fits where it is said. */
async function expectUnharmed(world: World, served: readonly string[]): Promise<void> {
  expect(world.errors).toEqual([]);
  expect(world.log.filter(({ about }) => /TypeError|RangeError|SyntaxError/.test(JSON.stringify(about)))).toEqual([]);
  const bad = [...world.aws.state.targetGroups.values()].flatMap(({ targets }) => [...targets.values()]);
  expect(bad.filter(({ state }) => state !== 'draining').map(({ id }) => id)).toEqual(
    expect.arrayContaining(['10.0.1.50', '10.0.2.50', '10.0.1.51']),
  );
  expect(goodIn(world)).toEqual(served);
  const objects = [
    ...(await world.kube.list(RESOURCES.loadBalancer)),
    ...(await world.kube.list(RESOURCES.targetGroup)),
  ];
  for (const { status } of objects as Said[])
    for (const { message } of [...(status?.conditions ?? []), ...(status?.members ?? [])])
      expect(message.length).toBeLessThanOrEqual(8_192);
  for (const event of await world.kube.list(RESOURCES.event))
    expect(Buffer.byteLength(String(event['note']))).toBeLessThanOrEqual(1_024);
}

test('bad input: hostile text in any annotation of an Ingress or a Service harms nobody, and all that is said has its bounds', async () => {
  const where = fc.constantFrom<Where>('Ingress', 'Service');
  await fc.assert(
    fc.asyncProperty(where, annotations, async (on, given) => {
      const world = await opened();
      const served = goodIn(world);
      await annotate(world, on, given);
      await expectUnharmed(world, served);
      await annotate(world, on, Object.fromEntries(Object.keys(given).map((key) => [key, null])));
      await expectUnharmed(world, served);
      world.kill();
    }),
    { numRuns: 25 },
  );
}, 240_000);

test.each(LONG.map((long) => [long.slice(0, 3), long] as const))(
  'bad input: as much as Kubernetes admits of %j in an annotation is told in a sentence',
  async (_, long) => {
    const world = await opened();
    const served = goodIn(world);
    for (const key of LONG_KEYS)
      await annotate(world, 'Ingress', { ...CLEAR, [`alb.ingress.kubernetes.io/${key}`]: long });
    await annotate(world, 'Ingress', { ...CLEAR, 'podwire.dev/drain': long });
    await expectUnharmed(world, served);
    expect((await world.events('bad')).join('\n')).toMatch(/InvalidValue: .*given .*characters\)/);
  },
  120_000,
);

test('bad input: a megabyte in an annotation the API server does not take, and nothing changes', async () => {
  const world = await opened();
  const served = goodIn(world);
  const given = { 'alb.ingress.kubernetes.io/tags': 'x'.repeat(MEGABYTE) };
  await expect(annotate(world, 'Ingress', given)).rejects.toThrow(/metadata.annotations: Too long/);
  await expectUnharmed(world, served);
});

test('bad input: control: a class that asks for another scheme is heard', async () => {
  const world = await opened();
  const before = goodIn(world);
  await annotate(world, 'IngressClass', { 'alb.ingress.kubernetes.io/scheme': 'internet-facing' });
  await world.advance(60_000);
  expect(goodIn(world)).not.toEqual(before);
});
