import { expect, test } from 'vitest';
import { DRAIN_LINES } from '../../src/api/pod.ts';
import { BINDING_FINALIZER } from '../../src/controllers/bindings.ts';
import type { KubeObject } from '../../src/kube/api.ts';
import { RESOURCES } from '../../src/kube/resources.ts';
import { localEc2Api, localElbApi } from '../../src/local/aws/in-memory.ts';
import { deployment, ingress, service, slice } from './manifests.ts';
import { openWorld, type World, type WorldOptions } from './world.ts';

const CLAIM = 'podwire.dev/claim';
const PEER = 'elbv2.k8s.aws/resources';

type Group = { Name: string; Protocol?: string; TargetType?: string; VpcId?: string };

/** A target group made by hand. Returns its ARN. */
async function targetGroup(
  world: World,
  { Name, Protocol = 'HTTP', TargetType = 'ip', VpcId }: Group,
): Promise<string> {
  const elb = localElbApi(world.aws);
  const made = await elb.createTargetGroup({
    Name,
    Protocol: Protocol as never,
    Port: 80,
    VpcId: VpcId ?? world.aws.settings.vpcId,
    TargetType: TargetType as never,
  });
  return made.TargetGroups?.[0]?.TargetGroupArn ?? '';
}

/** An ALB with one listener that forwards to the group, as somebody made it by hand. Returns its security group. */
async function loadBalancer(world: World, TargetGroupArn: string): Promise<string> {
  const [elb, ec2] = [localElbApi(world.aws), localEc2Api(world.aws)];
  const zones = new Map([...world.aws.state.subnets.values()].map(({ id, zone }) => [zone, id]));
  const { vpcId: VpcId } = world.aws.settings;
  const { GroupId = '' } = await ec2.createSecurityGroup({ GroupName: 'front', Description: 'by hand', VpcId });
  const made = await elb.createLoadBalancer({
    Name: 'by-hand',
    Subnets: [...zones.values()],
    SecurityGroups: [GroupId],
    Scheme: 'internal',
  });
  const LoadBalancerArn = made.LoadBalancers?.[0]?.LoadBalancerArn ?? '';
  const DefaultActions = [{ Type: 'forward' as const, TargetGroupArn }];
  await elb.createListener({ LoadBalancerArn, Port: 80, Protocol: 'HTTP', DefaultActions });
  return GroupId;
}

/** Ready pods that nobody deleted, of one image where it is named. */
async function readyPods(world: World, image = ''): Promise<KubeObject[]> {
  type Shape = {
    spec: { containers: { image: string }[] };
    status: { conditions?: { type: string; status: string }[] };
  };
  const all = await world.kube.list(RESOURCES.pod, { namespace: 'shop' });
  return all.filter((pod) => {
    const { spec, status } = pod as unknown as Shape;
    const ready = status.conditions?.some(({ type, status: is }) => type === 'Ready' && is === 'True') ?? false;
    return ready && pod.metadata.deletionTimestamp === undefined && spec.containers[0]?.image.startsWith(image);
  });
}

type BindingOptions = { name?: string; spec: object; claim?: string; finalizers?: string[] };

const binding = ({ name = 'web', spec, claim, finalizers }: BindingOptions): object => ({
  apiVersion: 'elbv2.k8s.aws/v1beta1',
  kind: 'TargetGroupBinding',
  metadata: {
    name,
    namespace: 'shop',
    ...(claim !== undefined && { annotations: { [CLAIM]: claim } }),
    ...(finalizers && { finalizers }),
  },
  spec,
});

const serviceRef = { name: 'web', port: 80 };

/** Two endpoints of a Service `web`, an operator, and a target group nobody serves yet. */
async function openShop(
  options: WorldOptions & { group?: Partial<Group> } = {},
): Promise<{ world: World; arn: string }> {
  const world = await openWorld(options);
  await world.apply(service({ name: 'web' }), slice({ service: 'web', addresses: ['10.0.1.1', '10.0.2.1'] }));
  const arn = await targetGroup(world, { Name: 'by-hand', ...options.group });
  await world.start();
  return { world, arn };
}

const registered = (world: World, arn: string): string[] =>
  [...(world.aws.state.targetGroups.get(arn)?.targets.values() ?? [])]
    .filter(({ state }) => state !== 'draining')
    .map(({ id, port }) => `${id}:${port}`)
    .toSorted();

const BOTH = ['10.0.1.1:8080', '10.0.2.1:8080'];

const bindingOf = (world: World, name = 'web'): Promise<KubeObject | undefined> =>
  world.kube.get(RESOURCES.targetGroupBinding, { namespace: 'shop', name });

const objectOf = (world: World, name = 'web'): Promise<KubeObject | undefined> =>
  world.kube.get(RESOURCES.targetGroup, { namespace: 'shop', name: `binding.${name}` });

const told = (world: World, name = 'web'): Promise<string[]> =>
  world.conditions(RESOURCES.targetGroupBinding, name, 'shop');

/** Calls that change the target group itself. */
const changes = (world: World): string[] =>
  world.life.calls.filter((action) => /TargetGroup/.test(action) && !action.startsWith('describe'));

test('a claimed binding of an ALB target group is served, and the group itself is never changed', async () => {
  const { world, arn } = await openShop();
  await world.apply(binding({ spec: { targetGroupARN: arn, serviceRef, targetType: 'ip' }, claim: 'true' }));
  await world.advance(10_000);
  expect(registered(world, arn)).toEqual(BOTH);
  expect((await objectOf(world))?.['spec']).toMatchObject({
    arn,
    binding: 'web',
    service: { name: 'web', port: { number: 80 } },
    targetType: 'ip',
    addressFamily: 'IPv4',
    loadBalancerType: 'application',
    drain: { mode: 'Managed', propagation: 20, margin: 3 },
  });
  expect(await told(world)).toEqual([
    expect.stringMatching(/^podwire.dev\/Served=True Served: TargetGroup binding.web/),
  ]);
  await world.apply(slice({ service: 'web', addresses: ['10.0.2.1', '10.0.3.1'] }));
  await world.advance(60_000);
  expect(registered(world, arn)).toEqual(['10.0.2.1:8080', '10.0.3.1:8080']);
  expect(changes(world)).toEqual([]);
  expect(await world.events('web')).toEqual([]);
});

test('a binding of an NLB target group, by its name, has the budget and the drain line of an NLB', async () => {
  const { world, arn } = await openShop({ group: { Protocol: 'TCP' } });
  await world.patch(RESOURCES.service, 'web', {
    namespace: 'shop',
    body: { metadata: { annotations: { 'podwire.dev/drain-detect-seconds': '5' } } },
  });
  await world.apply(
    binding({ spec: { targetGroupName: 'by-hand', serviceRef: { name: 'web', port: 'http' } }, claim: 'true' }),
  );
  await world.advance(10_000);
  expect(registered(world, arn)).toEqual(BOTH);
  expect((await objectOf(world))?.['spec']).toMatchObject({
    loadBalancerType: 'network',
    drain: { detect: 5, propagation: 120, margin: 8 },
  });
  const lines = await world.kube.get(RESOURCES.configMap, { namespace: 'shop', name: DRAIN_LINES });
  expect((lines as unknown as { data: Record<string, string> }).data['web']).toMatch(/^v1;153;/);
});

test('pods behind a load balancer made by hand are gated, and deregistered before they stop', async () => {
  const world = await openWorld({ workloads: true });
  const arn = await targetGroup(world, { Name: 'by-hand' });
  const source = await loadBalancer(world, arn);
  const pods = { name: 'web', replicas: 2, gated: true, preStopSeconds: 45, graceSeconds: 75 };
  await world.apply(service({ name: 'web' }));
  await world.start();
  const networking = { ingress: [{ from: [{ securityGroup: { groupID: source } }], ports: [{ protocol: 'TCP' }] }] };
  await world.apply(binding({ spec: { targetGroupARN: arn, serviceRef, networking }, claim: 'true' }));
  await world.advance(5_000);
  await world.apply(deployment(pods));
  await world.clock.runUntil(async () => (await readyPods(world)).length === 2, 120_000);
  const healthy = [...(world.aws.state.targetGroups.get(arn)?.targets.values() ?? [])].map(({ state }) => state);
  expect(healthy).toEqual(['healthy', 'healthy']);
  await world.apply(deployment({ ...pods, version: '2' }));
  const wrong: string[] = [];
  await world.clock.runUntil(async () => {
    for (const { id, state } of world.aws.state.targetGroups.get(arn)?.targets.values() ?? [])
      if (state === 'healthy' && !world.answers(id, 8080, '/')) wrong.push(id);
    return (await readyPods(world, 'web:2')).length === 2 && registered(world, arn).length === 2;
  }, 600_000);
  expect(wrong).toEqual([]);
  expect(world.errors).toEqual([]);
});

test('a binding that nobody claimed is left alone, whatever else is served', async () => {
  const { world, arn } = await openShop();
  const other = await targetGroup(world, { Name: 'other' });
  await world.apply(
    binding({ name: 'quiet', spec: { targetGroupARN: arn, serviceRef }, finalizers: [PEER] }),
    binding({ name: 'refused', spec: { targetGroupARN: arn, serviceRef }, claim: 'false' }),
    binding({ spec: { targetGroupARN: other, serviceRef }, claim: 'true' }),
  );
  const before = await Promise.all(['quiet', 'refused'].map((name) => bindingOf(world, name)));
  await world.advance(60_000);
  expect(registered(world, other)).toEqual(BOTH);
  expect(registered(world, arn)).toEqual([]);
  expect(await Promise.all(['quiet', 'refused'].map((name) => bindingOf(world, name)))).toEqual(before);
});

test('with take-over every binding is served that the peer does not hold', async () => {
  const { world, arn } = await openShop({ settings: { takeOver: true } });
  const [held, refused] = [await targetGroup(world, { Name: 'held' }), await targetGroup(world, { Name: 'refused' })];
  await world.apply(
    binding({ spec: { targetGroupARN: arn, serviceRef } }),
    binding({ name: 'held', spec: { targetGroupARN: held, serviceRef }, finalizers: [PEER] }),
    binding({ name: 'refused', spec: { targetGroupARN: refused, serviceRef }, claim: 'false' }),
  );
  await world.advance(30_000);
  expect([arn, held, refused].map((one) => registered(world, one))).toEqual([BOTH, [], []]);
});

const WRONG: [string, object, RegExp][] = [
  [
    'no serviceRef',
    { serviceRef: undefined },
    /InvalidValue: spec.serviceRef.name: wanted the name of a Service; given nothing/,
  ],
  [
    'unknown port',
    { serviceRef: { name: 'web', port: 81 } },
    /ServicePortNotFound: spec.serviceRef.port: wanted a port of Service shop\/web: http \(80\); given 81/,
  ],
  [
    'unknown Service',
    { serviceRef: { name: 'wbe', port: 80 } },
    /ServiceNotFound: spec.serviceRef.name: wanted a Service that is there; given Service shop\/wbe/,
  ],
  [
    'port of a wrong type',
    { serviceRef: { name: 'web', port: {} } },
    /InvalidValue: spec.serviceRef.port: wanted the name or number of a Service port; given {}/,
  ],
  [
    'no target group',
    { targetGroupARN: undefined },
    /InvalidValue: spec.targetGroupARN: wanted the ARN of a target group, or its name in targetGroupName; given nothing/,
  ],
  [
    'an unknown target group',
    { targetGroupARN: undefined, targetGroupName: 'nobody' },
    /TargetGroupNotFound: spec.targetGroupName: wanted a target group that is there; given nobody/,
  ],
  [
    'another target type',
    { targetType: 'instance' },
    /TargetGroupMismatch: spec.targetType: wanted ip, as target group by-hand has it; given instance/,
  ],
  ['no target type', { targetType: 'pod' }, /InvalidValue: spec.targetType: wanted ip or instance; given "pod"/],
  [
    'another address family',
    { ipAddressType: 'ipv6' },
    /TargetGroupMismatch: spec.ipAddressType: wanted ipv4, as target group by-hand has it; given ipv6/,
  ],
  [
    'another VPC',
    { vpcID: 'vpc-1' },
    /TargetGroupMismatch: spec.vpcID: wanted vpc-\w+, as target group by-hand has it; given vpc-1/,
  ],
  [
    'several clusters',
    { multiClusterTargetGroup: true },
    /NotServed: spec.multiClusterTargetGroup: wanted false, .*given true/,
  ],
  ['another account', { iamRoleArnToAssume: 'arn:aws:iam::1:role/x' }, /NotServed: spec.iamRoleArnToAssume/],
  [
    'label expressions',
    { nodeSelector: { matchExpressions: [{ key: 'a', operator: 'Exists' }] } },
    /InvalidValue: spec.nodeSelector.matchExpressions: wanted matchLabels alone/,
  ],
];

test.each(WRONG)(
  '%s: told on the binding by field, and nothing is registered; another one is served',
  async (_what, wrong, sentence) => {
    const { world, arn } = await openShop();
    const other = await targetGroup(world, { Name: 'other' });
    await world.apply(
      binding({ spec: { targetGroupARN: arn, serviceRef, ...wrong }, claim: 'true' }),
      binding({ name: 'good', spec: { targetGroupARN: other, serviceRef }, claim: 'true' }),
    );
    await world.advance(30_000);
    expect((await world.events('web')).join('\n')).toMatch(sentence);
    const [condition = ''] = await told(world);
    expect(condition.replace('podwire.dev/Served=False ', '')).toMatch(sentence);
    expect(registered(world, arn)).toEqual([]);
    expect(registered(world, other)).toEqual(BOTH);
  },
);

test('what was served stays as it was when its binding becomes wrong, and follows again when it is corrected', async () => {
  const { world, arn } = await openShop();
  const spec = { targetGroupARN: arn, serviceRef };
  await world.apply(binding({ spec, claim: 'true' }));
  await world.advance(10_000);
  await world.apply(binding({ spec: { ...spec, serviceRef: { name: 'web', port: 81 } }, claim: 'true' }));
  await world.advance(600_000);
  expect(registered(world, arn)).toEqual(BOTH);
  expect(await told(world)).toEqual([expect.stringContaining('what was served before stays as it is')]);
  await world.apply(binding({ spec, claim: 'true' }));
  await world.advance(10_000);
  expect(await told(world)).toEqual([expect.stringContaining('Served=True')]);
});

test('a target group of another VPC is refused', async () => {
  const { world } = await openShop({ settings: { vpcId: 'vpc-0a1b2c3d4e5f60718' } });
  const elsewhere = world.aws.state.targetGroups.values().next().value as { arn: string; vpcId?: string };
  (elsewhere as { vpcId: string }).vpcId = 'vpc-elsewhere';
  await world.apply(binding({ spec: { targetGroupARN: elsewhere.arn, serviceRef }, claim: 'true' }));
  await world.advance(10_000);
  expect((await world.events('web')).join('\n')).toMatch(
    /TargetGroupMismatch: spec.targetGroupARN: wanted a target group of VPC vpc-0a1b2c3d4e5f60718; given target group by-hand of VPC vpc-elsewhere/,
  );
  expect(registered(world, elsewhere.arn)).toEqual([]);
});

test('of two that name one target group the first serves it; one of a stack of ours is nobody else’s', async () => {
  const { world, arn } = await openShop();
  await world.apply(service({ name: 'api' }), slice({ service: 'api', addresses: ['10.0.3.3'] }));
  await world.apply(ingress({ name: 'shop', rules: [{ service: 'api' }] }));
  await world.advance(30_000);
  const own = [...world.aws.state.targetGroups.values()].find((group) => group.arn !== arn)?.arn ?? '';
  await world.apply(
    binding({ name: 'first', spec: { targetGroupARN: arn, serviceRef }, claim: 'true' }),
    binding({ name: 'second', spec: { targetGroupARN: arn, serviceRef: { name: 'api', port: 80 } }, claim: 'true' }),
    binding({ name: 'third', spec: { targetGroupARN: own, serviceRef }, claim: 'true' }),
  );
  await world.advance(60_000);
  expect(registered(world, arn)).toEqual(BOTH);
  expect(registered(world, own)).toEqual(['10.0.3.3:8080']);
  expect(await told(world, 'second')).toEqual([
    expect.stringMatching(/TargetGroupInUse: spec.targetGroupARN: .*shop\/(binding\.)?first/),
  ]);
  expect(await told(world, 'third')).toEqual([expect.stringContaining('TargetGroupInUse')]);
});

test('one that is not claimed any more keeps its targets, and loses what was ours', async () => {
  const { world, arn } = await openShop();
  await world.apply(binding({ spec: { targetGroupARN: arn, serviceRef }, claim: 'true' }));
  await world.advance(10_000);
  expect((await bindingOf(world))?.metadata.finalizers).toEqual([BINDING_FINALIZER]);
  const body = { metadata: { annotations: { [CLAIM]: null } } };
  await world.patch(RESOURCES.targetGroupBinding, 'web', { namespace: 'shop', body });
  await world.apply(slice({ service: 'web', addresses: ['10.0.3.1'] }));
  await world.advance(600_000);
  expect(registered(world, arn)).toEqual(BOTH);
  expect(await objectOf(world)).toBeUndefined();
  expect((await bindingOf(world))?.metadata.finalizers ?? []).toEqual([]);
  expect(await told(world)).toEqual([expect.stringContaining('Served=False NotClaimed')]);
});

test('one that is deleted has its targets deregistered, and the group stays', async () => {
  const { world, arn } = await openShop();
  await world.apply(binding({ spec: { targetGroupARN: arn, serviceRef }, claim: 'true' }));
  await world.advance(10_000);
  await world.delete(RESOURCES.targetGroupBinding, 'web', 'shop');
  await world.advance(10_000);
  expect(registered(world, arn)).toEqual([]);
  expect(world.aws.state.targetGroups.has(arn)).toBe(true);
  expect(await bindingOf(world)).toBeUndefined();
  expect(await objectOf(world)).toBeUndefined();
  expect(changes(world)).toEqual([]);
});

test('one that was deleted while nobody looked, or whose group is gone, is let go of', async () => {
  const { world, arn } = await openShop();
  await world.apply(binding({ spec: { targetGroupARN: arn, serviceRef }, claim: 'true' }));
  await world.advance(10_000);
  world.kill();
  await world.delete(RESOURCES.targetGroupBinding, 'web', 'shop');
  await world.start();
  await world.advance(10_000);
  expect(registered(world, arn)).toEqual([]);
  expect(await bindingOf(world)).toBeUndefined();
  await world.apply(binding({ spec: { targetGroupARN: arn, serviceRef }, claim: 'true' }));
  await world.advance(10_000);
  expect(registered(world, arn)).toEqual(BOTH);
  world.aws.state.targetGroups.delete(arn);
  await world.delete(RESOURCES.targetGroupBinding, 'web', 'shop');
  await world.advance(600_000);
  expect(await bindingOf(world)).toBeUndefined();
});

test('our object comes back when somebody deletes it, and after a restart nothing is registered anew', async () => {
  const { world, arn } = await openShop();
  await world.apply(binding({ spec: { targetGroupARN: arn, serviceRef }, claim: 'true' }));
  await world.advance(10_000);
  await world.delete(RESOURCES.targetGroup, 'binding.web', 'shop');
  await world.advance(30_000);
  expect(await objectOf(world)).toBeDefined();
  expect(registered(world, arn)).toEqual(BOTH);
  await world.restart();
  await world.advance(60_000);
  expect(world.life.mutating).toEqual([]);
});

test('a schema without conditions is not written against', async () => {
  const { world, arn } = await openShop();
  const crd = await world.kube.get(
    {
      group: 'apiextensions.k8s.io',
      version: 'v1',
      kind: 'CustomResourceDefinition',
      plural: 'customresourcedefinitions',
      namespaced: false,
    },
    { name: 'targetgroupbindings.elbv2.k8s.aws' },
  );
  const { versions } = (crd as KubeObject)['spec'] as {
    versions: { schema: { openAPIV3Schema: { properties: { status: object } } } }[];
  };
  const [version] = versions;
  if (version)
    version.schema.openAPIV3Schema.properties.status = {
      type: 'object',
      properties: { observedGeneration: { type: 'integer' } },
    };
  await world.apply({
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: crd?.metadata.name },
    spec: crd?.['spec'],
  });
  await world.apply(binding({ spec: { targetGroupARN: arn, serviceRef }, claim: 'true' }));
  await world.advance(7_200_000);
  expect(registered(world, arn)).toEqual(BOTH);
  expect(await told(world)).toEqual([]);
  expect(world.life.writes.filter((write) => write === 'patch targetgroupbindings web').length).toBeLessThanOrEqual(3);
});

test('rules of networking from one security group are opened; others are named', async () => {
  const { world, arn } = await openShop();
  const source = [...world.aws.state.securityGroups.keys()][0] ?? '';
  const from = [{ securityGroup: { groupID: source } }];
  const networking = { ingress: [{ from, ports: [{ protocol: 'TCP' }] }] };
  const other = await targetGroup(world, { Name: 'other' });
  const block = { ingress: [{ from: [{ ipBlock: { cidr: '10.0.0.0/8' } }], ports: [{ port: 8080 }] }] };
  await world.apply(
    binding({ spec: { targetGroupARN: arn, serviceRef, networking }, claim: 'true' }),
    binding({ name: 'block', spec: { targetGroupARN: other, serviceRef, networking: block }, claim: 'true' }),
  );
  await world.advance(30_000);
  const rules = [...world.aws.state.securityGroups.values()].flatMap((group) => group.rules);
  expect(rules.filter(({ groupId, fromPort }) => groupId === source && fromPort === 8080)).not.toEqual([]);
  expect(registered(world, other)).toEqual(BOTH);
  expect((await world.events('block')).join('\n')).toMatch(
    /NotActedOn: spec.networking: wanted rules for TCP from one security group/,
  );
  expect(await told(world, 'block')).toEqual([expect.stringMatching(/Served=True Served: .*spec.networking/)]);
});

test('a claim that is neither true nor false, and a field that nobody knows, are named', async () => {
  const { world, arn } = await openShop();
  await world.apply(
    binding({ spec: { targetGroupARN: arn, serviceRef }, claim: 'yes' }),
    binding({ name: 'odd', spec: { targetGroupARN: arn, serviceRef, targetGroupArn: arn }, claim: 'true' }),
  );
  await world.advance(10_000);
  expect((await world.events('web')).join('\n')).toContain(
    `metadata.annotations[${CLAIM}]: wanted true or false; given "yes"`,
  );
  expect((await world.events('odd')).join('\n')).toContain('given targetGroupArn; did you mean targetGroupARN?');
  expect(registered(world, arn)).toEqual(BOTH);
});

test('of a claimed binding that the peer holds too it is said that both would serve it', async () => {
  const { world, arn } = await openShop();
  await world.apply(binding({ spec: { targetGroupARN: arn, serviceRef }, claim: 'true', finalizers: [PEER] }));
  await world.advance(10_000);
  expect(registered(world, arn)).toEqual(BOTH);
  expect((await world.events('web')).join('\n')).toContain(
    `HeldByPeer: metadata.finalizers: wanted it without ${PEER}`,
  );
});
