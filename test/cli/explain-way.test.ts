import { describe, expect, test } from 'vitest';
import { type Explained, explain } from '../../src/cli/explain.ts';
import { type Asked, readArguments } from '../../src/cli/explain/arguments.ts';
import { localEc2Api, localElbApi } from '../../src/local/aws/in-memory.ts';
import { Denied } from '../../src/errors.ts';
import { tellWay } from '../../src/model/explain/way.ts';
import { realClock as clock } from '../../src/runtime/clock.ts';
import { deployment, ingress, type ServiceOptions, service } from '../scenarios/manifests.ts';
import { openWorld, type World } from '../scenarios/world.ts';

const MINUTE_MS = 60_000;
const KUBE_SYSTEM = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'kube-system' } };

const configMap = (name: string, data: Record<string, string>): object => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, namespace: 'kube-system' },
  data,
});

async function open(annotations: Record<string, string>, more: Partial<ServiceOptions> = {}): Promise<World> {
  const world = await openWorld({ workloads: true });
  const rules = [{ host: 'shop.example.com', service: 'web' }];
  await world.apply(
    service({ name: 'web', ...more }),
    deployment({ name: 'web', replicas: 2, preStopSeconds: 45, graceSeconds: 75 }),
    ingress({ name: 'shop', annotations: { 'podwire.dev/drain-gate': 'false', ...annotations }, rules }),
  );
  await world.start();
  await world.advance(MINUTE_MS);
  return world;
}

function ask(world: World, words: string, aws = true): Promise<Explained> {
  const asked: Asked = readArguments(words.split(' '));
  const apis = { elb: localElbApi(world.aws), ec2: localEc2Api(world.aws), clock };
  return explain({ ...asked, namespace: 'shop' }, { kube: world.kube, ...(aws && { awsOf: () => apis }) });
}

const told = async (world: World, words = 'ingress/shop'): Promise<string> =>
  tellWay((await ask(world, words)).way).join('\n');

const INSTANCE = { 'target-type': 'instance' };

describe('R16: the path', { timeout: 120_000 }, () => {
  test('in ip mode skips the kernel of the node', async () => {
    const world = await open({ 'target-group-attributes': 'stickiness.enabled=true,stickiness.type=lb_cookie' });
    await world.apply(KUBE_SYSTEM, configMap('kube-proxy-config', { config: 'mode: ipvs\nipvs:\n  scheduler: lc\n' }));
    const text = await told(world);
    expect(text).toMatch(/^serves\n/);
    expect(text).toMatch(/^ALB → wire → node → pod$/m);
    expect(text).toMatch(/skipped: kube-proxy's \(ipvs: virtual server\)/);
    expect(text).toMatch(/client's address +not kept: the pod sees the load balancer's; X-Forwarded-For tells it/);
    expect(text).toMatch(/target group: round_robin, sticky by lb_cookie/);
    expect(text).toMatch(/node: does not choose/);
    expect(text).toMatch(/\d of 6 pairs of load balancer node and target are a cross-zone hop/);
    expect(text).toMatch(/10\.0\.\d\.\d+:8080 shop\/web-\S+ in eu-central-1[abc]: healthy/);
  });

  test.each([
    [
      { 'config.conf': 'mode: ipvs\nipvs:\n  scheduler: sh\n' },
      'kube-proxy in mode ipvs chooses by sh (by hash of the source)',
    ],
    [{ 'config.conf': 'mode: ipvs\n' }, 'kube-proxy in mode ipvs chooses by rr (round robin)'],
    [{ 'config.conf': 'mode: ""\n' }, 'kube-proxy in mode iptables chooses at random'],
    [{ 'config.conf': 'mode: nftables\n' }, 'kube-proxy in mode nftables chooses at random'],
  ])('in instance mode goes on in the kernel: %j', async (data, choice) => {
    const world = await open(INSTANCE, { type: 'NodePort' });
    await world.apply(KUBE_SYSTEM, configMap('kube-proxy', data));
    const text = await told(world);
    expect(text).toMatch(/^ALB → wire → node → kernel forward → \[wire →\] pod$/m);
    expect(text).toContain(choice);
    expect(text).toMatch(/taken by 4 of 6 pairs of node and pod, 4 of them into another zone/);
    expect(text).toContain("not kept: the node translates it, and the pod sees the node's");
  });

  test('in instance mode with externalTrafficPolicy Local has no second wire', async () => {
    const world = await open(INSTANCE, { type: 'NodePort', more: { externalTrafficPolicy: 'Local' } });
    const text = await told(world, 'service/web');
    expect(text).toMatch(/^ALB → wire → node → kernel forward → pod$/m);
    expect(text).toContain('among the ready pods of its own node');
    expect(text).toContain(
      "kube-proxy's mode is not known: kube-system has no ConfigMap kube-proxy or kube-proxy-config",
    );
  });

  test('names no kube-proxy where Cilium replaces it', async () => {
    const world = await open(INSTANCE, { type: 'NodePort' });
    const data = { 'kube-proxy-replacement': 'true', 'bpf-lb-algorithm': 'maglev' };
    await world.apply(
      KUBE_SYSTEM,
      configMap('cilium-config', data),
      configMap('kube-proxy', { 'config.conf': 'mode: ipvs' }),
    );
    expect(await told(world)).toContain('kube-proxy: none; Cilium replaces it with eBPF and chooses by Maglev hash');
  });
});

describe('R16: explain', { timeout: 120_000 }, () => {
  test('says what it did not ask, and explains from the cluster alone', async () => {
    const world = await open({});
    const { way } = await ask(world, 'ingress/shop --no-aws', false);
    expect(way).toMatchObject({ verdict: 'serves', broken: false, unasked: ['AWS: --no-aws'] });
    expect(tellWay(way)[0]).toBe('serves, as far as the cluster tells: AWS was not asked');
    expect(way.paths[0]?.drawing).toBe('ALB → wire → node → pod');
    const failing = explain(
      { ...readArguments(['ingress/shop']), namespace: 'shop' },
      { kube: world.kube, awsOf: () => ({ elb: denied as never, ec2: denied as never, clock }) },
    );
    expect((await failing).way.unasked).toEqual(['AWS: no credentials']);
  });

  test('a pod: the way to it, and how it will leave', async () => {
    const world = await open({});
    const [pod] = (await ask(world, 'ingress/shop')).way.paths[0]?.hops.find(({ hop }) => hop === 'pod')?.lines ?? [];
    const name = /shop\/(\S+)/.exec(pod ?? '')?.[1] ?? '';
    const explained = await ask(world, `pod/${name}`);
    expect(explained).toMatchObject({ way: { verdict: 'serves', findings: [] }, pod: { verdict: 'serves' } });
    expect(explained.way.paths[0]?.hops.find(({ hop }) => hop === 'pod')?.lines).toHaveLength(1);
  });

  test('what is broken has a link, a stable reason and what to do next', async () => {
    const world = await open({});
    await world.apply(service({ name: 'web', app: 'wbe' }));
    await world.advance(MINUTE_MS);
    const { way } = await ask(world, 'service/web');
    expect(way.broken).toBe(true);
    expect(way.findings.find(({ reason }) => reason === 'NoPodSelected')).toMatchObject({
      link: 'Service',
      severity: 'broken',
      next: expect.stringMatching(/selector/),
    });
  });

  test('a name that is not there is told with the nearest one', async () => {
    const world = await open({});
    await expect(ask(world, 'ingress/shpo')).rejects.toThrow(
      'ingress shop/shpo: there is none of that name; did you mean ingress/shop?',
    );
    await expect(ask(world, 'pod/web')).rejects.toThrow(
      /^pod shop\/web: there is none of that name; did you mean pod\/web-\w+-\w+\?$/,
    );
  });

  test('a name of another namespace is told with that, and a namespace that is not there with the nearest one', async () => {
    const world = await open({});
    const asked = (namespace: string) =>
      explain({ ...readArguments(['ingress/shop']), namespace }, { kube: world.kube });
    await expect(asked('default')).rejects.toThrow(
      'ingress default/shop: there is none of that name; there is one with -n shop',
    );
    const other = explain({ ...readArguments(['ingress/nope']), namespace: 'shpo' }, { kube: world.kube });
    await expect(other).rejects.toThrow(
      'ingress shpo/nope: there is none of that name; there is no namespace shpo, did you mean -n shop?',
    );
  });

  test('what may not be read is not taken for absent', async () => {
    const { kube } = await open({});
    const list: typeof kube.list = (resource, scope) =>
      resource.plural === 'ingresses'
        ? Promise.reject(new Denied('list ingresses', 'may not be listed'))
        : kube.list(resource, scope);
    const asked = explain(
      { ...readArguments(['ingress/shop']), namespace: 'shop' },
      { kube: { get: kube.get.bind(kube), list } },
    );
    await expect(asked).rejects.toThrow('ingress shop/shop: there is none of that name; ingresses: may not be listed');
  });
});

const denied = new Proxy(
  {},
  {
    get: () => async () => {
      throw new Error('no credentials');
    },
  },
);
