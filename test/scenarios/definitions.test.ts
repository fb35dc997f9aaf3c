import { expect, test } from 'vitest';
import type { Change, KubeApi, KubeObject, Resource, WatchScope } from '../../src/kube/api.ts';
import { RESOURCES } from '../../src/kube/resources.ts';
import { ingress, service, slice } from './manifests.ts';
import { awsShape } from './shape.ts';
import { openWorld, type World } from './world.ts';

const CRD = {
  ...RESOURCES.pod,
  group: 'apiextensions.k8s.io',
  version: 'v1',
  kind: 'CustomResourceDefinition',
  plural: 'customresourcedefinitions',
  namespaced: false,
};
const LEDGERS = 'loadbalancers.podwire.dev';

type Definition = KubeObject & { spec: { versions: { name: string; schema: { openAPIV3Schema: Schema } }[] } };
type Schema = { properties: Record<string, Schema>; items?: Schema };

async function opened(
  change: (definition: Definition) => Definition | undefined,
): Promise<{ world: World; right: Definition }> {
  const world = await openWorld();
  world.between = ({ kube, ...aws }) => ({ kube: { ...kube, watch: (...given) => asServed(kube, ...given) }, ...aws });
  const right = (await world.kube.get(CRD, { name: LEDGERS })) as Definition;
  const changed = change(structuredClone(right));
  if (changed === undefined || changed.spec.versions[0]?.name !== 'v1') await world.delete(CRD, LEDGERS);
  if (changed !== undefined) await define(world, changed);
  await world.apply(service({ name: 'web' }), slice({ service: 'web', addresses: ['10.0.1.50'] }));
  await world.apply(ingress({ name: 'shop', rules: [{ host: 'shop.example.com', service: 'web' }] }));
  return { world, right };
}

/** The real client takes a kind that is not served for one without objects, until it comes. */
async function* asServed(kube: KubeApi, resource: Resource, scope: WatchScope): AsyncGenerator<Change> {
  if (resource.plural === RESOURCES.loadBalancer.plural) yield { kind: 'replace', objects: [] };
  yield* kube.watch(resource, scope);
}

async function define(world: World, { metadata: { name }, spec }: Definition): Promise<void> {
  await world.apply({
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name },
    spec,
  });
}

test.each([
  ['is not there', () => undefined],
  [
    'is of another version',
    (one: Definition) => ({
      ...one,
      spec: { ...one.spec, versions: one.spec.versions.map((version) => ({ ...version, name: 'v9' })) },
    }),
  ],
] as const)(
  'bad input: a CustomResourceDefinition that %s: nothing is made in AWS, it is said, and all is done once it comes',
  async (_, change) => {
    const { world, right } = await opened(change);
    await world.start();
    await world.advance(120_000);
    expect(world.life.mutating).toEqual([]);
    const said = (await world.events('shop')).join('\n');
    expect(said).toMatch(
      /^DefinitionMissing: wanted CustomResourceDefinition loadbalancers.podwire.dev with version v1; given none/m,
    );
    expect(JSON.stringify(world.log)).toContain('loadbalancers.podwire.dev');
    expect(world.errors).toEqual([]);
    await define(world, right);
    await world.advance(120_000);
    expect(awsShape(world).join('\n')).toContain('10.0.1.50:8080 healthy');
  },
);

test('bad input: control: with the right definition it is done at once', async () => {
  const { world } = await opened((one) => one);
  await world.start();
  await world.advance(60_000);
  expect(awsShape(world).join('\n')).toContain('10.0.1.50:8080 healthy');
});
