import { RESOURCES } from '../../src/kube/resources.ts';
import { ingress, prefixed, service, slice } from './manifests.ts';
import { CERTIFICATE, ingressClass, openWorld, type World } from './world.ts';

/** One change of the cluster that is carried out while the operator keeps dying. */
export type Change = {
  name: string;
  /** What stands, and is served, before. Nothing where it is left out. */
  before?: (world: World) => Promise<unknown>;
  change: (world: World) => Promise<unknown>;
};

const BOTH = '[{"HTTP": 80}, {"HTTPS": 443}]';
const RULES = [
  { host: 'shop.example.com', path: '/cart', service: 'cart' },
  { host: 'shop.example.com', path: '/img', pathType: 'Exact', service: 'web' },
  { host: 'shop.example.com', path: '/', service: 'web' },
];

export async function applyBackends(world: World): Promise<void> {
  await world.apply(
    service({ name: 'web' }),
    service({ name: 'cart' }),
    service({ name: 'ported', type: 'NodePort' }),
    slice({ service: 'web', addresses: ['10.0.1.50', '10.0.2.50'] }),
    slice({ service: 'cart', addresses: ['10.0.1.60', '10.0.3.60'] }),
    slice({ service: 'ported', addresses: ['10.0.2.70'] }),
  );
}

/** A world in which stands what the change starts from, with no operator. */
export async function prepare({ before }: Change): Promise<World> {
  const world = await openWorld({ settings: { sweepIntervalSeconds: 300 } });
  await applyBackends(world);
  if (before === undefined) return world;
  await before(world);
  await world.start();
  await world.advance(120_000);
  world.kill();
  return world;
}

type Options = { rules?: typeof RULES; annotations?: Record<string, string> };

const shop = ({ rules = RULES, annotations }: Options = {}): object =>
  ingress({
    name: 'shop',
    annotations: {
      'listen-ports': BOTH,
      'certificate-arn': CERTIFICATE,
      'target-group-attributes': 'deregistration_delay.timeout_seconds=10',
      ...annotations,
    },
    rules,
  });

const served = (options: Options = {}) => ({ before: (world: World) => world.apply(shop(options)) });
const to = (options: Options) => ({ change: (world: World) => world.apply(shop(options)) });

export const CHANGES: Change[] = [
  { name: 'create', change: (world) => world.apply(shop()) },
  { name: 'another path', ...served(), ...to({ rules: [{ ...RULES[0]!, path: '/basket' }, RULES[1]!, RULES[2]!] }) },
  {
    name: 'another Service',
    ...served(),
    ...to({ rules: [{ ...RULES[0]!, service: 'ported' }, RULES[1]!, RULES[2]!] }),
  },
  { name: 'another health check', ...served(), ...to({ annotations: { 'healthcheck-path': '/live' } }) },
  { name: 'another scheme', ...served(), ...to({ annotations: { scheme: 'internet-facing' } }) },
  {
    name: 'one more listener',
    ...served(),
    ...to({ annotations: { 'listen-ports': '[{"HTTP": 80}, {"HTTP": 8080}, {"HTTPS": 443}]' } }),
  },
  { name: 'one listener less', ...served(), ...to({ annotations: { 'listen-ports': '[{"HTTP": 80}]' } }) },
  { name: 'one rule less', ...served(), ...to({ rules: RULES.slice(1) }) },
  {
    name: 'one rule more, in front',
    ...served(),
    ...to({ rules: [{ host: 'shop.example.com', path: '/cart/old', service: 'web' }, ...RULES] }),
  },
  {
    name: 'another target type',
    ...served({ rules: [{ ...RULES[0]!, service: 'ported' }] }),
    ...to({ rules: [{ ...RULES[0]!, service: 'ported' }], annotations: { 'target-type': 'instance' } }),
  },
  {
    name: 'pods come and go',
    ...served(),
    change: (world) => world.apply(slice({ service: 'web', addresses: ['10.0.2.50', '10.0.2.51', '10.0.3.50'] })),
  },
  {
    name: 'the Ingress joins a group',
    ...served(),
    change: (world) => world.annotate('shop', prefixed({ 'group.name': 'all' })),
  },
  {
    name: 'one Ingress of a group is deleted',
    before: (world) =>
      world.apply(
        shop({ annotations: { 'group.name': 'all' } }),
        ingress({ name: 'second', annotations: { 'group.name': 'all' }, rules: [{ path: '/two', service: 'cart' }] }),
      ),
    change: (world) => world.delete(RESOURCES.ingress, 'second', 'shop'),
  },
  {
    name: 'the Ingress goes to another class',
    ...served(),
    change: async (world) => {
      await world.apply(ingressClass('other', 'example.com/other'));
      await world.patch(RESOURCES.ingress, 'shop', {
        namespace: 'shop',
        body: { spec: { ingressClassName: 'other' } },
      });
    },
  },
  { name: 'delete', ...served(), change: (world) => world.delete(RESOURCES.ingress, 'shop', 'shop') },
];
