import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { CONTROL_PLANE_TOOLS } from '../../scripts/tool-cache.ts';
import { inventoryOf, leftoversSince } from '../../src/local/leftovers.ts';
import { RESOURCES } from '../../src/kube/resources.ts';
import { conditionOf, type Pod } from '../../src/local/cluster/objects.ts';
import { shippedFile } from '../../src/local/package-root.ts';
import { addressOf, answered, podsOf } from '../../src/local/world.ts';
import { realClock } from '../../src/runtime/clock.ts';
import { kstatusOf } from '../kstatus.ts';
import { describeWith } from '../tools.ts';
import { until } from '../../src/local/until.ts';
import { measure, type Measurement, nothingLost } from './measure.ts';
import { careless, ingress } from './operator-manifests.ts';
import { openOperatorWorld, type OperatorWorld } from './operator-world.ts';
import { awsState, ruleLines, stacksOf } from './aws-view.ts';
import { eventually, groupsIn, linesOf, settled } from './serving.ts';
import { conditionsOf, eventsOf } from './told.ts';
import { frontOf, scale, shopFront, updated } from './web.ts';

const SHOP = 'ingress.shop.shop';

describeWith(CONTROL_PLANE_TOOLS, 'the operator on a real control plane', () => {
  let world: OperatorWorld;
  let empty: Set<string>; // what local AWS holds before anything is made
  beforeAll(async () => {
    world = await openOperatorWorld();
    empty = await inventoryOf(world.aws);
  });
  let failed = false;
  afterEach(({ task }) => void (failed ||= task.result?.state === 'fail'));
  afterAll(async () => world?.close(failed));

  const shopUnderLoad = async (measurement: Omit<Measurement, 'targets'>) =>
    nothingLost(await measure(world, { ...measurement, targets: await shopFront(world) }));
  const scaledShop = async (replicas: number) => {
    await scale(world, 'shop', replicas);
    return settled(world, { namespace: 'shop', replicas });
  };
  const containersReady = (count: number) =>
    until(`${count} pods with ready containers`, async () => {
      const pods = (await world.kube.list(RESOURCES.pod, { namespace: 'shop' })) as Pod[];
      return pods.filter((pod) => conditionOf(pod, 'ContainersReady')?.status === 'True').length === count;
    });
  const callsOf = () => world.aws.control<Record<string, number>>('calls/counts');
  const forgetCalls = () => world.aws.control('calls', 'DELETE');

  test('creates the shop: load balancer, listeners, rules, targets, and says so', async () => {
    await world.kubectl('apply', '-f', shippedFile('examples', 'shop', 'shop.yaml'));
    for (const what of ['create', 'condition=Ready'])
      await world.kubectl('wait', `--for=${what}`, `loadbalancer/${SHOP}`, '--timeout=60s');
    await settled(world, { namespace: 'shop', replicas: 3 });
    const state = await awsState(world);
    const [loadBalancer, ...others] = Object.values(state.loadBalancers);
    expect(others).toEqual([]);
    expect(loadBalancer).toMatchObject({ scheme: 'internet-facing', type: 'application' });
    const listeners = Object.values(state.listeners).map(({ port, protocol }) => `${protocol} ${port}`);
    expect(listeners.toSorted()).toEqual(['HTTP 80', 'HTTPS 443']);
    const paths = ['api.shop.localhost /v1 /v1/*', 'www.shop.localhost /*', 'www.shop.localhost /cart /cart/*'];
    const rules = [80, 443].flatMap((port) => paths.map((path) => `${port} ${path} forward`)).toSorted();
    expect(ruleLines(state)).toEqual(rules);
    expect(await addressOf(world, 'shop', 'shop')).toBe(loadBalancer?.dnsName);
    const events = await until('the Event Applied', async () => {
      const told = (await eventsOf(world, 'shop/shop')).join('\n');
      return /^Normal Applied /m.test(told) && told;
    });
    expect(events).not.toContain('Warning');
  });

  test('R6: an object that nobody has looked at says so, and the columns say what is up', async () => {
    const metadata = { name: 'unseen' };
    const spec = { stack: 'group/unseen' };
    const unseen = await world.kube.create(RESOURCES.loadBalancer, { metadata, spec });
    expect(kstatusOf(unseen)).toBe('InProgress');
    expect(unseen['status']).toMatchObject({ conditions: [{ type: 'Ready', status: 'Unknown', reason: 'Pending' }] });
    await world.kubectl('delete', 'loadbalancer/unseen', '--ignore-not-found');
    const row = await until('a healthy target in each group', async () => {
      const line = (await world.kubectl('get', `loadbalancer/${SHOP}`, '--no-headers')).trim().split(/ +/);
      const [healthy, total] = line[3]?.split('/') ?? [];
      return healthy === total && line;
    });
    expect(row.slice(0, 3)).toEqual([SHOP, 'True', 'Applied']);
    expect(kstatusOf((await world.kube.get(RESOURCES.loadBalancer, { name: SHOP })) ?? {})).toBe('Current');
  });

  test('LoadBalancer and TargetGroup tell what stands in AWS', async () => {
    const { loadBalancers, targetGroups } = await awsState(world);
    const [loadBalancer] = Object.values(loadBalancers);
    const { status } = await world.kubectl.json<{ status: object }>('get', `loadbalancer/${SHOP}`);
    expect(status).toMatchObject({ arn: loadBalancer?.arn, dnsName: loadBalancer?.dnsName });
    expect(await conditionsOf(world, `loadbalancer/${SHOP}`)).toMatchObject({
      Ready: { status: 'True', reason: 'Applied' },
      MembersAccepted: { status: 'True' },
      PodIPsRoutable: { status: 'True' },
    });
    const [name = ''] = (await groupsIn(world, 'shop')).keys();
    await world.kubectl('wait', '-n', 'shop', '--for=condition=Ready', `targetgroup/${name}`, '--timeout=60s');
    type Group = { spec: object; status: { registered: number; healthy: number; observedAt: string } };
    await eventually('three targets told', async () => {
      const { spec, status } = await world.kubectl.json<Group>('get', '-n', 'shop', `targetgroup/${name}`);
      expect(spec).toMatchObject({ arn: Object.keys(targetGroups)[0], targetType: 'ip', loadBalancer: SHOP });
      expect(status.registered).toBe(3);
      // As many as there were when AWS was last asked, which is until half of them are healthy.
      expect([2, 3]).toContain(status.healthy);
      expect(Date.parse(status.observedAt)).toBeGreaterThan(0);
    });
  });

  test.each(['http', 'https'])('requests over %s are answered by every pod', async (scheme) => {
    const targets = (await shopFront(world)).filter(({ url }) => url.startsWith(`${scheme}:`));
    const during = () => realClock.sleep(6_000);
    const measured = await measure(world, { name: `steady over ${scheme}`, targets, during });
    nothingLost(measured);
    expect(measured.pods).toEqual((await podsOf(world, 'shop')).map(({ name }) => name).toSorted());
  });

  test('scales from 3 to 6 and to 2 under load', () =>
    shopUnderLoad({
      name: 'scale 3 to 6 to 2',
      before: () => scaledShop(3),
      during: async () => {
        await scaledShop(6);
        await scaledShop(2);
      },
    }));

  test('a rolling update under load loses nothing', async () => {
    let version = 2;
    await shopUnderLoad({
      name: 'rolling update',
      before: () => scaledShop(2),
      during: () => updated(world, 'shop', String(version++)),
    });
  });

  test('the same rolling update of pods that end at once loses requests: the measurement can fail', async () => {
    await world.kubectl.apply(...careless('careless'));
    const targets = await frontOf(world, 'careless/web', 'careless.localhost');
    let version = 2;
    const measured = await measure(world, {
      name: 'rolling update of careless pods',
      targets,
      before: () => settled(world, { namespace: 'careless', replicas: 2 }),
      during: () => updated(world, 'careless', String(version++)),
    });
    expect(measured.lost.join('\n')).toContain('502');
  });

  test('a TargetGroup without pods says so, until there are some', async () => {
    const [name = ''] = (await groupsIn(world, 'careless')).keys();
    const told = (status: string) =>
      world.kubectl(
        'wait',
        '-n',
        'careless',
        `--for=condition=Ready=${status}`,
        `targetgroup/${name}`,
        '--timeout=60s',
      );
    await told('True');
    await scale(world, 'careless', 0);
    await told('False');
    expect(await conditionsOf(world, '-n', 'careless', `targetgroup/${name}`)).toMatchObject({
      Ready: { reason: 'NoEndpoints' },
    });
    expect([...(await groupsIn(world, 'careless')).values()].flatMap(linesOf)).toEqual([]);
    await scale(world, 'careless', 2);
    await told('True');
  });

  test('the API server killed and started again, under load: nothing is taken away, and what is asked next is done', async () => {
    const registered = async () => [...(await groupsIn(world, 'shop')).values()].map(linesOf);
    await shopUnderLoad({
      name: 'API server killed',
      before: () => scaledShop(3),
      during: async () => {
        const before = await registered();
        await forgetCalls();
        await world.controlPlane.killApiServer();
        await realClock.sleep(3_000);
        await world.controlPlane.restartApiServer();
        await scale(world, 'shop', 4);
        expect(await registered()).toEqual(before);
        await settled(world, { namespace: 'shop', replicas: 4 });
        const calls = await callsOf();
        expect(calls).toHaveProperty('RegisterTargets');
        expect(calls).not.toHaveProperty('DeregisterTargets');
      },
    });
  });

  test('the operator killed and started again, under load, with changes made while it was down', () =>
    shopUnderLoad({
      name: 'operator killed',
      before: () => scaledShop(3),
      during: async () => {
        await world.killOperator();
        await scale(world, 'shop', 5);
        await containersReady(5);
        expect((await podsOf(world, 'shop')).filter(({ ready }) => ready)).toHaveLength(3);
        expect([...(await groupsIn(world, 'shop')).values()].map((targets) => targets.length)).toEqual([3]);
        await world.startOperator();
        await settled(world, { namespace: 'shop', replicas: 5 });
        await world.killOperator();
        await scale(world, 'shop', 3);
        await world.startOperator();
        await settled(world, { namespace: 'shop', replicas: 3 });
      },
    }));

  test('started again with nothing changed it asks AWS for nothing', async () => {
    await world.killOperator();
    await forgetCalls();
    await world.startOperator();
    await realClock.sleep(5_000);
    expect(await callsOf()).toEqual({});
  });

  test('a bad Ingress is told field, wanted and given; the good ones beside it go on', async () => {
    const delay = { 'target-group-attributes': 'deregistration_delay.timeout_seconds=10' };
    const grouped = { 'group.name': 'mixed', ...delay };
    const good = ingress({ namespace: 'shop', name: 'good', host: 'good.localhost', annotations: grouped });
    const wrong = { ...grouped, 'healthcheck-interval-seconds': 'often' };
    await world.kubectl.apply(
      good,
      ingress({ namespace: 'shop', name: 'bad', host: 'bad.localhost', annotations: wrong }),
    );
    const said =
      /metadata\.annotations\[alb\.ingress\.kubernetes\.io\/healthcheck-interval-seconds\]: wanted .*; given "often"/;
    await eventually('an Event', async () =>
      expect((await eventsOf(world, 'shop/bad')).filter((line) => line.startsWith('Warning')).join('\n')).toMatch(said),
    );
    await world.kubectl('wait', '--for=condition=MembersAccepted=false', 'loadbalancer/group.mixed', '--timeout=60s');
    const { MembersAccepted, Ready } = await conditionsOf(world, 'loadbalancer/group.mixed');
    expect(MembersAccepted?.message).toMatch(said);
    expect(MembersAccepted?.message).toContain('Ingress shop/bad');
    expect(Ready).toMatchObject({ status: 'False', reason: 'MemberRefused' });
    await scaledShop(4);
    const served = await frontOf(world, 'shop/good', 'good.localhost');
    await answered([...served, ...(await shopFront(world))]);
    expect((await eventsOf(world, 'shop/good')).join('\n')).not.toContain('Warning');
    await world.kubectl(
      'annotate',
      '-n',
      'shop',
      'ingress/bad',
      '--overwrite',
      'alb.ingress.kubernetes.io/healthcheck-interval-seconds=5',
    );
    await world.kubectl('wait', '--for=condition=MembersAccepted', 'loadbalancer/group.mixed', '--timeout=60s');
    await answered(served.map((target) => ({ ...target, url: 'http://bad.localhost/' })));
  });

  test('pods whose addresses nobody can reach are served through node ports', async () => {
    await world.kubectl('apply', '-f', shippedFile('examples', 'overlay', 'overlay.yaml'));
    const targets = await frontOf(world, 'overlay/overlay', 'overlay.localhost');
    await answered(targets);
    const { spec } = await world.kubectl.json<{ spec: { ports: { nodePort: number }[] } }>(
      ...['get', '-n', 'overlay', 'service/overlay'],
    );
    const nodes = world.nodes.map(({ instanceId }) => `${instanceId}:${spec.ports[0]?.nodePort} healthy`);
    expect([...(await groupsIn(world, 'overlay')).values()].map(linesOf)).toEqual([nodes.toSorted()]);
    const pods = await podsOf(world, 'overlay');
    const { PodIPsRoutable } = await conditionsOf(world, 'loadbalancer/ingress.overlay.overlay');
    expect(PodIPsRoutable).toMatchObject({ status: 'False', reason: 'PodIPNotRoutable' });
    expect(pods.some(({ ip }) => PodIPsRoutable?.message.includes(ip))).toBe(true);
    const measured = await measure(world, {
      name: 'through node ports',
      targets,
      during: () => realClock.sleep(6_000),
    });
    nothingLost(measured);
    expect(measured.pods).toEqual(pods.map(({ name }) => name).toSorted());
    await answered(await shopFront(world));
  });

  test('Ingresses deleted take what is their own with them and nothing else', async () => {
    const all = ['group/mixed', 'ingress/careless/web', 'ingress/overlay/overlay', 'ingress/shop/shop'];
    expect(stacksOf(await awsState(world))).toEqual(all);
    const groups = [...(await groupsIn(world, 'shop')).keys()];
    await world.kubectl('delete', '-n', 'shop', 'ingress', 'good', 'bad', '--timeout=60s');
    expect(stacksOf(await awsState(world))).toEqual(all.slice(1));
    expect(JSON.stringify(await awsState(world))).not.toContain('group/mixed');
    expect((await groupsIn(world, 'shop')).size).toBe(groups.length - 1);
    await answered(await shopFront(world));
    await settled(world, { namespace: 'shop', replicas: 4 });
  });

  test('an IngressClass deleted before its Ingress: what is served stays, and goes with the Ingress', async () => {
    const served = await frontOf(world, 'careless/web', 'careless.localhost');
    const before = await inventoryOf(world.aws);
    await world.kubectl('delete', 'ingressclass', 'careless');
    await realClock.sleep(3_000);
    expect(stacksOf(await awsState(world))).toContain('ingress/careless/web');
    expect(await inventoryOf(world.aws)).toEqual(before);
    await answered(served);
    await world.kubectl('delete', '-n', 'careless', 'ingress/web', '--timeout=60s');
    expect((await groupsIn(world, 'careless')).size).toBe(0);
    expect(stacksOf(await awsState(world))).not.toContain('ingress/careless/web');
  });

  test('namespaces deleted leave nothing behind', async () => {
    await world.kubectl('delete', 'namespace', 'shop', 'overlay', 'careless', '--wait=false');
    await eventually(
      'namespaces gone',
      async () => {
        const all = await world.kubectl('get', 'namespaces', '-o', 'name');
        expect(all.split('\n').filter((name) => /shop|overlay|careless/.test(name))).toEqual([]);
      },
      90_000,
    );
    await eventually('empty local AWS', async () => expect(await leftoversSince(world.aws, empty)).toEqual([]));
    expect(await world.kubectl('get', 'loadbalancers,targetgroups', '-A', '-o', 'name')).toBe('');
  });
});
