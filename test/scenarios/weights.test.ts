import { beforeEach, expect, test } from 'vitest';
import { RESOURCES } from '../../src/kube/resources.ts';
import { rulesOf } from '../../src/local/aws/state.ts';
import { ingress, service, slice } from './manifests.ts';
import { openWorld, type World } from './world.ts';

let world: World;

const split = (stable: number, canary: number): object => {
  const targetGroups = Object.entries({ stable, canary }).map(([serviceName, weight]) => ({
    serviceName,
    servicePort: 80,
    weight,
  }));
  const action = JSON.stringify({ type: 'forward', forwardConfig: { targetGroups } });
  return ingress({
    name: 'web',
    rules: [{ service: 'both', port: 'use-annotation' }],
    annotations: { 'actions.both': action },
  });
};

/** Port, priority and weights by ARN of each rule that divides its requests. */
type Divided = { port: number; priority: number; targets: { group: string; weight: number }[] };

const inAws = (): Divided[] =>
  [...world.aws.state.listeners.values()].flatMap(({ arn, port }) =>
    rulesOf(world.aws.state, arn).flatMap(({ priority, actions }): Divided[] => {
      const targets = actions.flatMap(({ ForwardConfig }) => ForwardConfig?.TargetGroups ?? []);
      if (targets.length < 2) return [];
      return [
        {
          port,
          priority: Number(priority) || 0,
          targets: targets.map(({ TargetGroupArn: group = '', Weight: weight = 1 }) => ({ group, weight })),
        },
      ];
    }),
  );

type Status = { weights?: Divided[] };

const told = async (): Promise<Divided[] | undefined> =>
  ((await world.kube.get(RESOURCES.loadBalancer, { name: 'ingress.shop.web' })) as unknown as { status: Status }).status
    .weights;

beforeEach(async () => {
  world = await openWorld();
  for (const [name, address] of [
    ['stable', '10.0.1.50'],
    ['canary', '10.0.2.50'],
  ] as const)
    await world.apply(service({ name, type: 'NodePort' }), slice({ service: name, addresses: [address] }));
  await world.apply(split(90, 10));
  await world.start();
  await world.advance(60_000);
});

test('R7: the weights that stand in AWS are in the status, before and after they change', async () => {
  expect(inAws().map(({ targets }) => targets.map(({ weight }) => weight))).toEqual([[90, 10]]);
  expect(await told()).toEqual(inAws());
  await world.apply(split(50, 50));
  await world.advance(20_000);
  expect(inAws().map(({ targets }) => targets.map(({ weight }) => weight))).toEqual([[50, 50]]);
  expect(await told()).toEqual(inAws());
});

test('R7: while AWS refuses to change them none are told, and those that stand again afterwards', async () => {
  world.aws.configure({ faults: [{ action: 'ModifyRule', code: 'AccessDenied', message: 'no' }] });
  await world.apply(split(0, 100));
  await world.advance(20_000);
  expect(inAws().map(({ targets }) => targets.map(({ weight }) => weight))).toEqual([[90, 10]]);
  expect(await told()).toBeUndefined();
  world.aws.configure({ faults: [] });
  await world.advance(120_000);
  expect(await told()).toEqual(inAws());
});

test('R7: a target group that gives way to another one is told with its weight', async () => {
  await world.apply(ingress({ name: 'web', rules: [{ service: 'stable' }] }));
  await world.advance(20_000);
  await world.apply(
    ingress({ name: 'web', rules: [{ service: 'stable' }], annotations: { 'target-type': 'instance' } }),
  );
  const seen = new Set<string>();
  for (let second = 0; second < 90; second++) {
    await world.advance(1_000);
    const weights = (await told()) ?? [];
    expect(weights).toEqual(inAws());
    for (const { targets } of weights) seen.add(targets.map(({ weight }) => weight).join(':'));
  }
  expect([...seen]).toEqual(expect.arrayContaining([expect.stringMatching(/^(0:1|1:0)$/)]));
});

test('R7: registered and healthy targets are those of AWS, for the newest generation', async () => {
  type Object = { metadata: { generation: number }; spec: { arn: string }; status: Record<string, unknown> };
  const objects = (await world.kube.list(RESOURCES.targetGroup)) as unknown as Object[];
  expect(objects).toHaveLength(2);
  for (const { metadata, spec, status } of objects) {
    const targets = [...(world.aws.state.targetGroups.get(spec.arn)?.targets.values() ?? [])];
    expect(status).toMatchObject({
      observedGeneration: metadata.generation,
      registered: targets.length,
      healthy: targets.filter(({ state }) => state === 'healthy').length,
    });
  }
});
