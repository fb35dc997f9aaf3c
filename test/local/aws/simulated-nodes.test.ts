import { expect, test } from 'vitest';
import { simulateNodes } from '../../../src/local/aws/simulated-nodes.ts';
import { simulateProbes } from '../../../src/local/aws/simulated-probes.ts';
import { createStack, createWorld, healthOf } from './world.ts';

const OLD = { Id: '10.0.1.10', Port: 8080 };
const NEW = { Id: '10.0.1.11', Port: 8080 };

async function startNodes(settings: Parameters<typeof createWorld>[0] = {}) {
  const world = createWorld({ registrationMs: 0, propagationLagMs: { min: 2_000, max: 16_000 }, ...settings });
  const { targetGroup, listener } = await createStack(world);
  const nodes = simulateNodes(world.aws);
  simulateProbes(world.aws, () => ({ ok: true }));
  await world.clock.advance(16_000);
  /** The targets that each node may choose, by zone. */
  const choices = () =>
    Object.fromEntries(nodes.ways().map(({ zone, targets }) => [zone, targets.map(({ id }) => id).toSorted()]));
  return { ...world, targetGroup, listener, nodes, choices };
}

test('a target is chosen by every node once it is healthy, and by each until its own lag is over', async () => {
  const { clock, elb, targetGroup: TargetGroupArn, choices, ...world } = await startNodes();
  await elb.registerTargets({ TargetGroupArn, Targets: [OLD, NEW] });
  expect(Object.values(choices())).toEqual([[], [], []]);
  while (Object.values(await healthOf({ ...world, clock, elb }, TargetGroupArn)).some((state) => state !== 'healthy'))
    await clock.advance(500);
  expect(Object.values(choices())).toEqual(Array(3).fill([OLD.Id, NEW.Id]));
  const began = clock.monotonic();
  await elb.deregisterTargets({ TargetGroupArn, Targets: [OLD] });
  const stopped: Record<string, number> = {};
  while (Object.keys(stopped).length < 3) {
    await clock.advance(100);
    for (const [zone, ids] of Object.entries(choices()))
      if (!ids.includes(OLD.Id)) stopped[zone] ??= clock.monotonic() - began;
  }
  expect(new Set(Object.values(stopped)).size).toBe(3);
  for (const ms of Object.values(stopped)) {
    expect(ms).toBeGreaterThanOrEqual(2_000);
    expect(ms).toBeLessThanOrEqual(16_100);
  }
});

test('where registration ends at once, a target that is healthy is not yet chosen by all', async () => {
  const { clock, elb, targetGroup: TargetGroupArn, choices, aws, ...world } = await startNodes();
  aws.configure({ registrationEnds: 'at-once' });
  await elb.registerTargets({ TargetGroupArn, Targets: [NEW] });
  await clock.advance(100);
  expect(await healthOf({ ...world, aws, clock, elb }, TargetGroupArn)).toEqual({ '10.0.1.11:8080': 'healthy' });
  expect(Object.values(choices())).toContainEqual([]);
});

test('a listener that moves to another group moves on each node after its lag', async () => {
  const { clock, elb, aws, listener, nodes } = await startNodes();
  const { TargetGroups } = await elb.createTargetGroup({
    Name: 'green',
    Protocol: 'HTTP',
    Port: 80,
    VpcId: aws.settings.vpcId,
    TargetType: 'ip',
  });
  const TargetGroupArn = TargetGroups?.[0]?.TargetGroupArn ?? '';
  const groups = () => new Set(nodes.ways().map(({ targetGroupArn }) => targetGroupArn));
  const before = groups();
  await elb.modifyListener({ ListenerArn: listener, DefaultActions: [{ Type: 'forward', TargetGroupArn }] });
  await clock.advance(1_900);
  expect(groups()).toEqual(before);
  await clock.advance(14_100);
  expect(groups()).toEqual(new Set([TargetGroupArn]));
  await nodes.close();
  expect(nodes.ways()).toEqual([]);
});
