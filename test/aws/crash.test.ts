import { describe, expect, test } from 'vitest';
import type { ElbApi } from '../../src/aws/api.ts';
import { ELB_ACTIONS } from '../../src/aws/lanes.ts';
import type { Stack } from '../../src/model/stack.ts';
import type { SampleOptions } from '../plan/sample.ts';
import {
  apisOf,
  converge,
  createWorld,
  dyingApis,
  inTime,
  openAccount,
  planOf,
  shapeOf,
  stackIn,
  type World,
} from './world.ts';

const KEY = 'ingress/shop/web';
const BEFORE: SampleOptions = {
  services: ['web', 'api', 'old'],
  ports: [80, 8080],
  routes: ['shop.example.com /api api', 'shop.example.com /old old', 'shop.example.com /* web'],
};
const AFTER: SampleOptions = {
  services: ['web', 'api', 'new'],
  ports: [80, 8443],
  routes: ['shop.example.com /new new', 'shop.example.com /api api', 'shop.example.com /* web'],
};

type Change = { name: string; from: (world: World) => Stack | undefined; to: (world: World) => Stack | undefined };

const CHANGES: Change[] = [
  { name: 'create', from: () => undefined, to: (world) => stackIn(world, BEFORE) },
  { name: 'change', from: (world) => stackIn(world, BEFORE), to: (world) => stackIn(world, AFTER) },
  {
    name: 'replace a target group',
    from: (world) => stackIn(world, BEFORE),
    to: (world) => withInstances(stackIn(world, BEFORE)),
  },
  {
    name: 'replace the load balancer',
    from: (world) => stackIn(world, BEFORE),
    to: (world) => internal(stackIn(world, BEFORE)),
  },
  { name: 'delete', from: (world) => stackIn(world, BEFORE), to: () => undefined },
];

function withInstances(stack: Stack): Stack {
  return { ...stack, targetGroups: stack.targetGroups.map((group) => ({ ...group, targetType: 'instance' })) };
}

function internal(stack: Stack): Stack {
  return { ...stack, loadBalancer: { ...stack.loadBalancer, scheme: 'internal' } };
}

/** A world that has the stack the change starts from. */
async function prepare({ from }: Change): Promise<World> {
  const world = createWorld();
  await converge(openAccount(world), KEY, from(world));
  return world;
}

async function callsOf(change: Change): Promise<{ calls: number; shape: string[] }> {
  const world = await prepare(change);
  const { apis, sent } = dyingApis(apisOf(world), Number.POSITIVE_INFINITY);
  await converge(openAccount(world, apis), KEY, change.to(world));
  return { calls: sent(), shape: shapeOf(world) };
}

describe.each(CHANGES)('$name', (change) => {
  test('converges to the same state when the process dies after any of its calls', async () => {
    const { calls, shape } = await callsOf(change);
    expect(calls).toBeGreaterThan(5);
    for (let count = 1; count <= calls; count++) {
      const world = await prepare(change);
      const { apis, died } = dyingApis(apisOf(world), count);
      const dead = await Promise.race([converge(openAccount(world, apis), KEY, change.to(world)), died]);
      expect(dead, `after call ${count}`).toBe('died');
      await converge(openAccount(world), KEY, change.to(world));
      expect(shapeOf(world), `after call ${count}`).toEqual(shape);
    }
  });

  test('needs nothing more once it has converged', async () => {
    const world = await prepare(change);
    await converge(openAccount(world), KEY, change.to(world));
    expect(await planOf(openAccount(world), KEY, change.to(world))).toEqual([]);
  });
});

test('does not converge when the restarted process cannot see whose a resource is', async () => {
  const world = createWorld();
  const wanted = stackIn(world, BEFORE);
  const { apis, died } = dyingApis(apisOf(world), 8);
  await Promise.race([converge(openAccount(world, apis), KEY, wanted), died]);
  const { elb, ec2 } = apisOf(world);
  const blind = { ec2, elb: { ...proxied(elb), describeTags: async () => ({ TagDescriptions: [] }) } };
  const account = openAccount(world, blind);
  await expect(inTime(world, converge(account, KEY, wanted))).rejects.toThrow('no end');
});

/** The methods of an API as properties. */
function proxied(elb: ElbApi): ElbApi {
  const names = Object.keys(ELB_ACTIONS) as (keyof ElbApi)[];
  return Object.fromEntries(names.map((name) => [name, elb[name]])) as ElbApi;
}
