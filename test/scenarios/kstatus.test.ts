import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Resource } from '../../src/kube/api.ts';
import { RESOURCES } from '../../src/kube/resources.ts';
import { PROGRESS_TYPES } from '../../src/model/progress.ts';
import { type Kstatus, kstatusOf } from '../kstatus.ts';
import { runLua } from '../lua.ts';
import { binding, loadBalancer, openShop, serviceRef } from './bindings.ts';
import { ingress, service, slice } from './manifests.ts';
import { openWorld, type World } from './world.ts';

const LB = 'ingress.shop.web';
const web = (annotations: Record<string, string> = {}): object =>
  ingress({ name: 'web', rules: [{ service: 'web' }], annotations });
const POD = '10.0.1.50';

type Found = { metadata: { name: string }; status?: { conditions?: { type: string; reason: string }[] } };

/** kstatus of each object of a kind with the reason it comes from: of Stalled or Reconciling where it is there, else of Ready. */
async function standing(world: World, resource: Resource): Promise<string> {
  const objects = (await world.kube.list(resource)) as unknown as Found[];
  return objects.map((one) => `${kstatusOf(one)} ${reasonOf(one)}`).join(', ');
}

function reasonOf({ status }: Found): string {
  const { conditions = [] } = status ?? {};
  const first =
    conditions.find(({ type }) => PROGRESS_TYPES.has(type)) ?? conditions.find(({ type }) => type === 'Ready');
  return first?.reason ?? '';
}

const both = async (world: World): Promise<Record<'lb' | 'tg', string>> => ({
  lb: await standing(world, RESOURCES.loadBalancer),
  tg: await standing(world, RESOURCES.targetGroup),
});

const KINDS = [RESOURCES.loadBalancer, RESOURCES.targetGroup, RESOURCES.targetGroupBinding];
const listed = async (world: World) => (await Promise.all(KINDS.map((kind) => world.kube.list(kind)))).flat();

/** What the health script of each object's kind makes of it. */
async function argoCd(world: World): Promise<unknown[]> {
  const objects = await listed(world);
  return Promise.all(objects.map(async (one) => (await runLua(scriptOf(one as { kind?: string }), one))['status']));
}

const scriptOf = ({ kind = '' }: { kind?: string }): string =>
  readFileSync(
    `docs/argocd/${kind === 'TargetGroupBinding' ? 'elbv2.k8s.aws' : 'podwire.dev'}/${kind}/health.lua`,
    'utf8',
  );

const HEALTH = {
  Current: 'Healthy',
  Failed: 'Degraded',
  InProgress: 'Progressing',
  Terminating: 'Progressing',
} as const;

const asKstatus = async (world: World): Promise<unknown[]> =>
  (await listed(world)).map((one) => HEALTH[kstatusOf(one)]);

async function serving(more: object[] = []): Promise<World> {
  const world = await openWorld();
  await world.apply(service({ name: 'web' }), slice({ service: 'web', addresses: [POD, '10.0.2.50'] }), web(), ...more);
  await world.start();
  await world.advance(60_000);
  return world;
}

type Case = { state: string; make: () => Promise<World>; lb: string; tg?: string };

const fault = (action: string, code: string) => ({ action, code, message: `no, since ${code}` });

async function refusing(action: string, code: string): Promise<World> {
  const world = await openWorld();
  world.aws.configure({ faults: [fault(action, code)] });
  await world.apply(service({ name: 'web' }), slice({ service: 'web', addresses: [POD] }), web());
  await world.start();
  await world.advance(30_000);
  return world;
}

const CASES: Case[] = [
  {
    state: 'nobody has looked at it',
    make: async () => {
      const world = await openWorld();
      await world.apply({
        apiVersion: 'podwire.dev/v1',
        kind: 'LoadBalancer',
        metadata: { name: LB },
        spec: { stack: 's' },
      });
      return world;
    },
    lb: 'InProgress Pending',
  },
  { state: 'ready', make: serving, lb: 'Current Applied', tg: 'Current TargetsHealthy' },
  {
    state: 'health checks go on',
    make: async () => {
      const world = await openWorld();
      await world.apply(service({ name: 'web' }), slice({ service: 'web', addresses: [POD] }), web());
      await world.start();
      await world.advance(2_000);
      return world;
    },
    lb: 'Current Applied',
    tg: 'InProgress HealthChecksPending',
  },
  {
    state: 'no endpoint',
    make: async () => {
      const world = await serving();
      await world.apply(slice({ service: 'web', addresses: [] }));
      await world.advance(7_200_000);
      return world;
    },
    lb: 'Current Applied',
    tg: 'InProgress NoEndpoints',
  },
  {
    state: 'the brake holds',
    make: async () => {
      const world = await serving();
      await world.apply(unready([POD, '10.0.2.50']));
      await world.advance(30_000);
      return world;
    },
    lb: 'Current Applied',
    tg: 'InProgress Brake',
  },
  {
    state: 'a member is refused',
    make: async () => {
      const world = await serving();
      await world.apply(web({ scheme: 'public' }));
      await world.advance(30_000);
      return world;
    },
    lb: 'Failed MemberRefused',
    tg: 'Current TargetsHealthy',
  },
  {
    state: 'the only member was never accepted',
    make: async () => {
      const world = await openWorld();
      await world.apply(service({ name: 'web' }), web({ scheme: 'public' }));
      await world.start();
      await world.advance(30_000);
      return world;
    },
    lb: 'Failed NoMemberAccepted',
    tg: '',
  },
  {
    state: 'a quota is reached',
    make: () => refusing('CreateLoadBalancer', 'TooManyLoadBalancers'),
    lb: 'Failed QuotaReached',
  },
  {
    state: 'a right is missing',
    make: () => refusing('CreateLoadBalancer', 'AccessDenied'),
    lb: 'Failed AccessDenied',
  },
  {
    state: 'a right to read is missing',
    make: () => refusing('DescribeSubnets', 'UnauthorizedOperation'),
    lb: 'Failed AccessDenied',
  },
  { state: 'AWS throttles', make: () => refusing('CreateLoadBalancer', 'Throttling'), lb: 'InProgress Throttled' },
  {
    state: 'AWS breaks down',
    make: () => refusing('CreateLoadBalancer', 'InternalFailure'),
    lb: 'InProgress ApplyFailed',
  },
  {
    state: 'registrations are denied',
    make: () => refusing('RegisterTargets', 'AccessDenied'),
    lb: 'Current Applied',
    tg: 'Failed AccessDenied',
  },
  {
    state: 'the Service is gone',
    make: async () => {
      const world = await serving();
      await world.delete(RESOURCES.service, 'web', 'shop');
      await world.advance(5_000);
      return world;
    },
    lb: 'InProgress BackendNotFound',
    tg: '',
  },
  {
    state: 'it is to go, and deletion protection is on',
    make: async () => {
      const world = await serving();
      for (const { attributes } of world.aws.state.loadBalancers.values())
        attributes['deletion_protection.enabled'] = 'true';
      await world.delete(RESOURCES.ingress, 'web', 'shop');
      await world.advance(30_000);
      return world;
    },
    lb: 'Failed Held',
  },
  {
    state: 'an old target group finishes what it began',
    make: async () => {
      const world = await serving([service({ name: 'web', type: 'NodePort' })]);
      await world.apply(web({ 'target-type': 'instance' }));
      await world.advance(45_000);
      return world;
    },
    lb: 'InProgress Held',
  },
];

/** Endpoints that are there and not ready. */
const unready = (addresses: string[]): object => {
  const one = slice({ service: 'web', addresses }) as { endpoints: { conditions: object }[] };
  return { ...one, endpoints: one.endpoints.map((end) => ({ ...end, conditions: { ready: false, serving: false } })) };
};

describe('R3 R6 row 32: what kstatus, and with it Flux and Helm, makes of the objects, and Argo CD by its scripts', () => {
  test.each(CASES)('$state', async ({ make, lb, tg }) => {
    const world = await make();
    expect(await both(world)).toMatchObject({ lb, ...(tg !== undefined && { tg }) });
    expect(await argoCd(world)).toEqual(await asKstatus(world));
  });

  test('what was Failed is Current again when what is wrong is corrected', async () => {
    const world = await serving();
    await world.apply(web({ scheme: 'public' }));
    await world.advance(30_000);
    expect((await both(world)).lb).toBe('Failed MemberRefused');
    await world.apply(web());
    await world.advance(30_000);
    expect(await both(world)).toEqual({ lb: 'Current Applied', tg: 'Current TargetsHealthy' });
  });
});

describe('R3: a claimed TargetGroupBinding says of its targets what its TargetGroup says', () => {
  const said = (world: World) => standing(world, RESOURCES.targetGroupBinding);

  test('served, without an endpoint, refused, deleted', async () => {
    const { world, arn } = await openShop();
    const spec = { targetGroupARN: arn, serviceRef };
    await loadBalancer(world, arn);
    await world.apply(binding({ spec, claim: 'true' }));
    await world.advance(1_000);
    expect(await said(world)).toMatch(/^InProgress /);
    await world.advance(60_000);
    expect(await said(world)).toBe('Current TargetsHealthy');
    await world.apply(slice({ service: 'web', addresses: [] }));
    await world.advance(7_200_000);
    expect(await said(world)).toBe('InProgress NoEndpoints');
    await world.apply(binding({ spec: { ...spec, serviceRef: { name: 'web', port: 81 } }, claim: 'true' }));
    await world.advance(10_000);
    expect(await said(world)).toBe('Failed ServicePortNotFound');
    world.kill();
    await world.delete(RESOURCES.targetGroupBinding, 'web', 'shop');
    await world.advance(10_000);
    expect(await said(world)).toBe('Terminating ServicePortNotFound');
  });

  test('one that is not claimed any more says nothing of its targets', async () => {
    const { world, arn } = await openShop();
    await world.apply(binding({ spec: { targetGroupARN: arn, serviceRef }, claim: 'true' }));
    await world.advance(60_000);
    await world.apply(binding({ spec: { targetGroupARN: arn, serviceRef }, claim: 'false' }));
    await world.advance(10_000);
    expect(await world.conditions(RESOURCES.targetGroupBinding, 'web', 'shop')).toEqual([
      expect.stringMatching(/^podwire.dev\/Served=False NotClaimed/),
    ]);
  });
});

type Step = (world: World) => Promise<unknown>;

const STEPS: Record<string, Step> = {
  'more endpoints': (world) => world.apply(slice({ service: 'web', addresses: [POD, '10.0.2.50', '10.0.3.50'] })),
  'fewer endpoints': (world) => world.apply(slice({ service: 'web', addresses: [POD] })),
  'another health check': (world) => world.apply(web({ 'healthcheck-interval-seconds': '30' })),
  'the usual health check': (world) => world.apply(web()),
  'a wrong value': (world) => world.apply(web({ scheme: 'public' })),
  'nodes as targets': (world) => world.apply(web({ 'target-type': 'instance' })),
  'throttled calls': async (world) => world.aws.configure({ faults: [fault('CreateTargetGroup', 'Throttling')] }),
  'calls that go through': async (world) => world.aws.configure({ faults: [] }),
  'another operator': (world) => world.restart(),
};

/** Objects that kstatus takes for finished while what is said of them is about an earlier generation. */
async function tooEarly(world: World): Promise<string[]> {
  const kinds = [RESOURCES.loadBalancer, RESOURCES.targetGroup];
  const objects = (await Promise.all(kinds.map((kind) => world.kube.list(kind)))).flat();
  type Said = { metadata: { name: string; generation?: number }; status?: { observedGeneration?: number } };
  return (objects as unknown as Said[])
    .filter((one) => kstatusOf(one) === 'Current' && one.status?.observedGeneration !== one.metadata.generation)
    .map(({ metadata }) => metadata.name);
}

test('R6: no object is ever Current while what it says is of an earlier generation, or of none', async () => {
  const step = fc.record({ what: fc.constantFrom(...Object.keys(STEPS)), wait: fc.nat(4_000) });
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 3, maxLength: 8 }), async (steps) => {
      const world = await openWorld();
      await world.apply(service({ name: 'web', type: 'NodePort' }), slice({ service: 'web', addresses: [POD] }), web());
      await world.start();
      for (const { what, wait } of steps) {
        await STEPS[what]?.(world);
        for (let ms = 0; ms <= wait; ms += 100) {
          expect(await tooEarly(world)).toEqual([]);
          await world.advance(100);
        }
      }
      world.kill();
    }),
    { numRuns: 8 },
  );
});

test('control: an object that says nothing of itself counts as finished', () => {
  expect(kstatusOf({ metadata: { generation: 2 } })).toBe('Current' satisfies Kstatus);
  expect(kstatusOf({ metadata: { generation: 2 }, status: { observedGeneration: 1 } })).toBe('InProgress');
});
