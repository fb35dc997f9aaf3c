import { describe, expect, test } from 'vitest';
import type { ElbApi } from '../../src/aws/api.ts';
import { Budget } from '../../src/aws/budget.ts';
import { openTargets, type TargetApi, windowOf } from '../../src/aws/targets.ts';
import { Denied } from '../../src/errors.ts';
import type { LocalAwsSettings } from '../../src/local/aws/settings.ts';
import type { Target } from '../../src/model/target.ts';
import { createStack, createWorld, healthOf, type World } from '../local/aws/world.ts';

type Group = { world: World; arn: string; targets: TargetApi };

async function openGroup(settings: Partial<LocalAwsSettings> = {}): Promise<Group> {
  const world = createWorld(settings);
  const { targetGroup: arn } = await createStack(world);
  world.aws.calls.clear();
  const elb: ElbApi = new Budget({ clock: world.clock }).elb(world.elb);
  return { world, arn, targets: openTargets(elb, () => 1) };
}

const target = (n: number, id = `10.0.1.${n}`): Target => ({ id, port: 8080, uid: `pod-${n}` });
const many = (count: number): Target[] =>
  Array.from({ length: count }, (_, n) => target(n, `10.0.${1 + Math.floor(n / 200)}.${5 + (n % 200)}`));
const callsOf = ({ world }: Group): Record<string, number> => world.aws.calls.counts();

describe('registering', () => {
  test('200 targets a call', async () => {
    const group = await openGroup();
    const { done, refused } = await group.targets.register(group.arn, many(450));
    expect([done.length, refused, callsOf(group)]).toEqual([450, [], { RegisterTargets: 3 }]);
  });

  test('a bad target is named and keeps nobody out; its name in the message saves the search', async () => {
    const group = await openGroup();
    const { done, refused } = await group.targets.register(group.arn, [...many(199), target(1, '172.16.0.9')]);
    expect(done).toHaveLength(199);
    expect(refused.map((one) => one.target.id)).toEqual(['172.16.0.9']);
    expect(refused[0]?.message).toContain('172.16.0.9');
    expect(callsOf(group)).toEqual({ RegisterTargets: 3 });
  });

  test('several bad targets are all found', async () => {
    const group = await openGroup();
    const bad = [1, 2, 3].map((n) => target(n, `172.16.0.${n}`));
    const { done, refused } = await group.targets.register(group.arn, [
      ...bad.slice(0, 1),
      ...many(100),
      ...bad.slice(1),
    ]);
    expect(done).toHaveLength(100);
    expect(refused.map((one) => one.target.id).toSorted()).toEqual(bad.map(({ id }) => id));
  });

  test('an address outside the VPC takes its zone along', async () => {
    const group = await openGroup();
    const { done } = await group.targets.register(group.arn, [{ ...target(1, '192.168.0.1'), zone: 'all' }]);
    expect(done).toHaveLength(1);
  });

  test('what does not fit under the quota is told, and the rest is registered', async () => {
    const group = await openGroup({ quotas: { 'targets-per-target-group': 7 } });
    const { done, full, refused } = await group.targets.register(group.arn, many(10));
    expect([done.length, full, refused]).toEqual([7, true, []]);
  });

  test('any other error stops it, and what was done before counts', async () => {
    const group = await openGroup();
    await group.targets.register(group.arn, many(1));
    group.world.aws.configure({ faults: [{ action: 'RegisterTargets', code: 'AccessDenied', message: 'no' }] });
    const { done, error } = await group.targets.register(group.arn, many(300));
    expect([done, error instanceof Denied]).toEqual([[], true]);
  });
});

describe('deregistering and describing', () => {
  test('by id and port, so that another port of the address stays', async () => {
    const group = await openGroup();
    await group.targets.register(group.arn, [target(1), { ...target(1), port: 9090 }]);
    await group.targets.deregister(group.arn, [{ id: '10.0.1.1', port: 9090, health: 'healthy' }]);
    expect(await healthOf(group.world, group.arn)).toMatchObject({
      '10.0.1.1:8080': 'initial Elb.RegistrationInProgress',
      '10.0.1.1:9090': 'draining Target.DeregistrationInProgress',
    });
    expect(await group.targets.describe(group.arn)).toMatchObject([
      { id: '10.0.1.1', port: 8080, health: 'initial', reason: 'Elb.RegistrationInProgress' },
      { id: '10.0.1.1', port: 9090, health: 'draining' },
    ]);
  });
});

test.each([
  [1, 0],
  [0.51, 0],
  [0.5, 0],
  [0.25, 100],
  [0, 200],
])('with the budget %d full the window is %d ms', (fullness, ms) => expect(windowOf(fullness)).toBe(ms));
