import { expect, test } from 'vitest';
import { DRAIN_LINES } from '../../src/api/pod.ts';
import { bindingFinalizer } from '../../src/controllers/bindings.ts';
import type { KubeObject } from '../../src/kube/api.ts';
import { RESOURCES } from '../../src/kube/resources.ts';
import {
  CLAIM,
  PEER,
  targetGroup,
  loadBalancer,
  readyPods,
  binding,
  serviceRef,
  openShop,
  registered,
  BOTH,
  bindingOf,
  objectOf,
  told,
  changes,
} from './bindings.ts';
import { deployment, ingress, service, slice } from './manifests.ts';
import { openWorld } from './world.ts';

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

test('S3: a binding that nobody claimed is left alone, whatever else is served', async () => {
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

test('S3: of two that name one target group the first serves it; one of a stack of ours is nobody else’s', async () => {
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
  expect((await bindingOf(world))?.metadata.finalizers).toEqual([bindingFinalizer()]);
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
  const patches = () => world.life.writes.filter((write) => write === 'patch targetgroupbindings web').length;
  const before = patches();
  expect(before).toBeLessThanOrEqual(5);
  await world.advance(7_200_000);
  expect(patches()).toBe(before);
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

test('of a claimed binding that the peer holds too it is said that both would serve it', async () => {
  const { world, arn } = await openShop();
  await world.apply(binding({ spec: { targetGroupARN: arn, serviceRef }, claim: 'true', finalizers: [PEER] }));
  await world.advance(10_000);
  expect(registered(world, arn)).toEqual(BOTH);
  expect((await world.events('web')).join('\n')).toContain(
    `HeldByPeer: metadata.finalizers: wanted it without ${PEER}`,
  );
});
