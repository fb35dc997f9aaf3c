import { beforeEach, describe, expect, test } from 'vitest';
import { DRAIN_LINES, GATE } from '../../src/api/pod.ts';
import { RESOURCES } from '../../src/kube/resources.ts';
import { localEc2Api, localElbApi } from '../../src/local/aws/in-memory.ts';
import { binding, BOTH, registered, serviceRef, targetGroup } from './bindings.ts';
import { deployment, ingress, service, slice } from './manifests.ts';
import { Operators } from './two-operators.ts';
import { accessKeyOf, ingressClass, openWorld, type World } from './world.ts';

const SWEEP = { sweepIntervalSeconds: 30 };
const BLUE = { ...SWEEP, controllerId: 'blue' };
const ROUND_MS = 60_000;

let world: World;
let operators: Operators;

/** One Service, and an Ingress of each class that leads to it. */
async function open(): Promise<void> {
  world = await openWorld();
  operators = new Operators(world);
  await world.apply(
    ingressClass('blue', 'podwire.dev/alb-blue'),
    service({ name: 'web' }),
    slice({ service: 'web', addresses: ['10.0.1.50', '10.0.2.50'] }),
    ingress({ name: 'one', rules: [{ service: 'web' }] }),
    ingress({ name: 'two', class: 'blue', rules: [{ service: 'web' }] }),
  );
}

async function startBoth(blue: object = BLUE): Promise<void> {
  await operators.start('usual', SWEEP);
  await operators.start('blue', blue);
  await world.advance(ROUND_MS);
}

const addressOf = async (name: string): Promise<string | undefined> => {
  const found = await world.kube.get(RESOURCES.ingress, { namespace: 'shop', name });
  const { status } = (found ?? {}) as { status?: { loadBalancer?: { ingress?: { hostname: string }[] } } };
  return status?.loadBalancer?.ingress?.[0]?.hostname;
};

const finalizersOf = async (name: string): Promise<string[]> =>
  (await world.kube.get(RESOURCES.ingress, { namespace: 'shop', name }))?.metadata.finalizers ?? [];

/** All that has the tags of a cluster, by the id that stands in them. */
function ownedBy(id: string): string[] {
  const { loadBalancers, targetGroups, securityGroups } = world.aws.state;
  const all = [...loadBalancers.values(), ...targetGroups.values(), ...securityGroups.values()];
  const tagged = all.filter(
    ({ tags }) => 'podwire.dev/cluster' in tags && (tags['podwire.dev/controller'] ?? '') === id,
  );
  return tagged.map(({ name }) => name).toSorted();
}

const namesOf = async (resource: (typeof RESOURCES)['loadBalancer'], namespace?: string): Promise<string[]> =>
  (await world.kube.list(resource, namespace === undefined ? {} : { namespace })).map(({ metadata }) => metadata.name);

describe('two operators of one cluster, one of them with an id', () => {
  beforeEach(open);

  test('H13: each serves its own class with load balancer, security groups and objects of its own', async () => {
    await startBoth();
    const [one, two] = [await addressOf('one'), await addressOf('two')];
    expect(one).toBeDefined();
    expect(two).toBeDefined();
    expect(one).not.toBe(two);
    // A load balancer, a target group, its own security group and the one toward the nodes.
    expect([ownedBy('').length, ownedBy('blue').length]).toEqual([4, 4]);
    expect((await namesOf(RESOURCES.loadBalancer)).toSorted()).toEqual([
      'controller.blue.ingress.shop.two',
      'ingress.shop.one',
    ]);
    expect([await finalizersOf('one'), await finalizersOf('two')]).toEqual([
      ['podwire.dev/load-balancer'],
      ['podwire.dev/load-balancer-blue'],
    ]);
    const targets = [...world.aws.state.targetGroups.values()].map((group) => group.targets.size);
    expect(targets).toEqual([2, 2]);
    expect(operators.trespasses).toEqual([]);
  });

  test('H13: without the id all is named and tagged as if there had never been one', async () => {
    await operators.start('usual', SWEEP);
    await world.advance(ROUND_MS);
    const alone = ownedBy('');
    await operators.start('blue', BLUE);
    await world.advance(ROUND_MS);
    expect(ownedBy('')).toEqual(alone);
    const [balancer] = [...world.aws.state.loadBalancers.values()];
    expect(Object.keys(balancer?.tags ?? {}).toSorted()).toEqual([
      'podwire.dev/cluster',
      'podwire.dev/cluster-uid',
      'podwire.dev/resource',
      'podwire.dev/stack',
    ]);
    expect(
      (await world.kube.get(RESOURCES.loadBalancer, { name: 'ingress.shop.one' }))?.metadata.labels,
    ).toBeUndefined();
  });

  test('H13: changes and sweeps of one are no write to what the other has', async () => {
    await startBoth();
    const blue = ownedBy('blue');
    await world.annotate('two', { 'alb.ingress.kubernetes.io/healthcheck-path': '/blue' });
    await world.annotate('one', { 'alb.ingress.kubernetes.io/healthcheck-path': '/usual' });
    await world.apply(slice({ service: 'web', addresses: ['10.0.2.50', '10.0.3.50'] }));
    await world.advance(ROUND_MS);
    expect([ownedBy('blue'), operators.trespasses]).toEqual([blue, []]);
  });

  test('H13: restarts and deletions of one neither', async () => {
    await startBoth();
    const blue = ownedBy('blue');
    for (const name of ['usual', 'blue']) {
      operators.end(name);
      await operators.start(name, name === 'blue' ? BLUE : SWEEP);
      await world.advance(ROUND_MS);
    }
    await world.delete(RESOURCES.ingress, 'one', 'shop');
    await world.advance(ROUND_MS);
    expect([ownedBy(''), ownedBy('blue')]).toEqual([[], blue]);
    expect(await world.kube.get(RESOURCES.ingress, { namespace: 'shop', name: 'one' })).toBeUndefined();
    expect(await addressOf('two')).toBeDefined();
    await world.apply(ingress({ name: 'one', rules: [{ service: 'web' }] }));
    await world.advance(ROUND_MS);
    await world.delete(RESOURCES.ingress, 'two', 'shop');
    await world.advance(ROUND_MS);
    expect([ownedBy('').length, ownedBy('blue')]).toEqual([4, []]);
    expect(operators.trespasses).toEqual([]);
  });

  test('H13: what nobody wants any more is removed by whose it is, and by nobody else', async () => {
    await startBoth();
    operators.end('blue');
    const body = { metadata: { finalizers: null } };
    await world.patch(RESOURCES.ingress, 'two', { namespace: 'shop', body });
    await world.delete(RESOURCES.ingress, 'two', 'shop');
    for (const name of await namesOf(RESOURCES.loadBalancer))
      if (name.startsWith('controller.blue.')) await world.delete(RESOURCES.loadBalancer, name);
    const orphans = ownedBy('blue');
    await world.advance(2 * ROUND_MS);
    expect(ownedBy('blue')).toEqual(orphans);
    await operators.start('blue', BLUE);
    await world.advance(2 * ROUND_MS);
    expect([ownedBy('').length, ownedBy('blue')]).toEqual([4, []]);
    expect(operators.trespasses).toEqual([]);
  });

  test('H13: groups of one name are two groups', async () => {
    const group = { 'group.name': 'front' };
    await world.apply(
      ingress({ name: 'one', annotations: group, rules: [{ service: 'web' }] }),
      ingress({ name: 'two', class: 'blue', annotations: group, rules: [{ service: 'web' }] }),
    );
    await startBoth();
    expect((await namesOf(RESOURCES.loadBalancer)).toSorted()).toEqual(['controller.blue.group.front', 'group.front']);
    expect(await addressOf('one')).not.toBe(await addressOf('two'));
    expect(operators.trespasses).toEqual([]);
  });

  test('H13: an Ingress that changes its class is let go of by the one and served by the other', async () => {
    await startBoth();
    const before = await addressOf('one');
    await world.apply(ingress({ name: 'one', class: 'blue', rules: [{ service: 'web' }] }));
    await world.advance(2 * ROUND_MS);
    expect(await finalizersOf('one')).toEqual(['podwire.dev/load-balancer-blue']);
    expect(await addressOf('one')).toMatch(/^.+$/);
    expect(await addressOf('one')).not.toBe(before);
    expect(ownedBy('')).toEqual([]);
  });

  test('H13: the policy of one allows it nothing of what the other has', async () => {
    await startBoth();
    const usual = [...world.aws.state.loadBalancers.values()].find(({ tags }) => !('podwire.dev/controller' in tags));
    const key = accessKeyOf('local-blue');
    const LoadBalancerArn = usual?.arn ?? '';
    await expect(localElbApi(world.aws, key).deleteLoadBalancer({ LoadBalancerArn })).rejects.toThrow(/not authorized/);
    const own = [...world.aws.state.securityGroups.values()].find(
      ({ tags }) => 'podwire.dev/cluster' in tags && !('podwire.dev/controller' in tags),
    );
    await expect(localEc2Api(world.aws, key).deleteSecurityGroup({ GroupId: own?.id })).rejects.toThrow(
      /not authorized/,
    );
  });

  test('an object of ours that carries the label of another is told, and not written over', async () => {
    await operators.start('blue', BLUE);
    await world.advance(ROUND_MS);
    const name = 'controller.blue.ingress.shop.two';
    const body = { metadata: { labels: { 'podwire.dev/controller': 'green' } } };
    await world.patch(RESOURCES.loadBalancer, name, { body });
    await world.advance(ROUND_MS);
    expect((await world.events('two')).join('\n')).toContain(
      `LoadBalancer ${name}: metadata.labels[podwire.dev/controller]: wanted blue, given green`,
    );
  });
});

describe('the control: two operators that both have no id', () => {
  test('H13: write to what the other has', async () => {
    await open();
    await startBoth(SWEEP);
    await world.annotate('one', { 'alb.ingress.kubernetes.io/healthcheck-path': '/usual' });
    await world.apply(slice({ service: 'web', addresses: ['10.0.3.50'] }));
    await world.advance(ROUND_MS);
    expect(operators.trespasses).not.toEqual([]);
  });

  test('H13: and so do two that both have the same one', async () => {
    await open();
    await operators.start('usual', BLUE);
    await operators.start('blue', BLUE);
    await world.advance(ROUND_MS);
    await world.apply(slice({ service: 'web', addresses: ['10.0.3.50'] }));
    await world.advance(ROUND_MS);
    expect(operators.trespasses).not.toEqual([]);
  });
});

describe('pods that both send to', () => {
  const BLUE_GATE = `${GATE}-blue`;

  type Conditions = { status?: { conditions?: { type: string; status: string }[] } };
  const stands = async (type: string): Promise<string[]> =>
    ((await world.kube.list(RESOURCES.pod, { namespace: 'shop' })) as Conditions[]).map(
      ({ status }) => status?.conditions?.find((one) => one.type === type)?.status ?? 'none',
    );

  const lines = async (): Promise<string[]> =>
    (await world.kube.list(RESOURCES.configMap, { namespace: 'shop' }))
      .filter(({ metadata }) => metadata.name.startsWith(DRAIN_LINES))
      .map(({ metadata, data }) => `${metadata.name}: ${Object.keys(data as object).join(',')}`);

  beforeEach(async () => {
    world = await openWorld({
      workloads: true,
      // What the policies of both write.
      admit: (pod) => {
        const readinessGates = [{ conditionType: GATE }, { conditionType: BLUE_GATE }];
        return { ...pod, spec: { ...(pod['spec'] as object), readinessGates } };
      },
    });
    operators = new Operators(world);
    await world.apply(
      ingressClass('blue', 'podwire.dev/alb-blue'),
      service({ name: 'web' }),
      deployment({ name: 'web', replicas: 2 }),
      ingress({ name: 'one', rules: [{ service: 'web' }] }),
      ingress({ name: 'two', class: 'blue', rules: [{ service: 'web' }] }),
    );
  });

  test('H13: are ready when both have seen them healthy, and each has lines of its own', async () => {
    await operators.start('usual', SWEEP);
    await world.advance(ROUND_MS);
    expect([await stands(GATE), await stands(BLUE_GATE), await stands('Ready')]).toEqual([
      ['True', 'True'],
      ['none', 'none'],
      ['False', 'False'],
    ]);
    await operators.start('blue', BLUE);
    await world.advance(ROUND_MS);
    expect([await stands(GATE), await stands(BLUE_GATE), await stands('Ready')]).toEqual([
      ['True', 'True'],
      ['True', 'True'],
      ['True', 'True'],
    ]);
    expect((await lines()).toSorted()).toEqual(['podwire-drain-blue: web', 'podwire-drain: web']);
    await world.delete(RESOURCES.ingress, 'one', 'shop');
    await world.advance(ROUND_MS);
    expect(await lines()).toEqual(['podwire-drain-blue: web']);
    expect(operators.trespasses).toEqual([]);
  });
});

describe('a claimed TargetGroupBinding', () => {
  test('H13: is served by the operator whose id it is labelled with, else by the one without', async () => {
    world = await openWorld();
    operators = new Operators(world);
    await world.apply(service({ name: 'web' }), slice({ service: 'web', addresses: ['10.0.1.1', '10.0.2.1'] }));
    const arn = await targetGroup(world, { Name: 'by-hand' });
    await world.apply(binding({ spec: { targetGroupARN: arn, serviceRef, targetType: 'ip' }, claim: 'true' }));
    await startBoth();
    const served = async () => (await namesOf(RESOURCES.targetGroup, 'shop')).toSorted();
    expect(await served()).toEqual(['binding.web']);
    const label = (id: string | null) =>
      world.patch(RESOURCES.targetGroupBinding, 'web', {
        namespace: 'shop',
        body: { metadata: { labels: { 'podwire.dev/controller': id } } },
      });
    const finalizers = async () =>
      (await world.kube.get(RESOURCES.targetGroupBinding, { namespace: 'shop', name: 'web' }))?.metadata.finalizers;
    await label('blue');
    await world.advance(ROUND_MS);
    expect([await served(), await finalizers()]).toEqual([
      ['controller.blue.binding.web'],
      ['podwire.dev/targets-blue'],
    ]);
    expect(registered(world, arn)).toEqual(BOTH);
    await world.apply(
      binding({ name: 'again', spec: { targetGroupARN: arn, serviceRef, targetType: 'ip' }, claim: 'true' }),
    );
    await world.advance(ROUND_MS);
    expect(await served()).toEqual(['controller.blue.binding.web']);
    expect((await world.events('again')).join('\n')).toContain(
      'TargetGroup shop/controller.blue.binding.web of another operator',
    );
    await world.delete(RESOURCES.targetGroupBinding, 'again', 'shop');
    await label(null);
    await world.advance(ROUND_MS);
    expect([await served(), await finalizers()]).toEqual([['binding.web'], ['podwire.dev/targets']]);
    expect(registered(world, arn)).toEqual(BOTH);
  });
});
