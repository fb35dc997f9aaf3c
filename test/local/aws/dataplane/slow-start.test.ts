import fc from 'fast-check';
import { afterEach, expect, test } from 'vitest';
import { shareOf, startsSlowly, steered } from '../../../../src/local/aws/dataplane/slow-start.ts';
import { realClock } from '../../../../src/runtime/clock.ts';
import { fastClock, forwardTo, startWorld, until, type World } from './world.ts';

let world: World | undefined;
afterEach(() => world?.close());

test('the share grows evenly from none to all', () => {
  const start = { from: 1_000, ms: 30_000 };
  expect([0, 1_000, 16_000, 31_000, 99_000].map((now) => shareOf(start, now))).toEqual([0, 0, 0.5, 1, 1]);
  expect(shareOf(undefined, 0)).toBe(1);
});

test('a target in slow start gets its share of its turns, and nobody is left without a target', () => {
  const [full, slow] = [{ slowStart: undefined }, { slowStart: { from: 0, ms: 100 } }];
  fc.assert(
    fc.property(fc.nat(99), fc.double({ min: 0, max: 0.999, noNaN: true }), fc.nat(1), (now, chance, index) => {
      const picked = steered([full, slow], { index, now, chance });
      expect(picked).toBe(index === 0 || chance >= now / 100 ? full : slow);
      expect(steered([slow], { index: 0, now, chance })).toBe(slow);
    }),
  );
  expect(steered([], { index: 0, now: 0, chance: 0 })).toBe(undefined);
});

test('a target starts slowly only beside a healthy one that has its full share', () => {
  const healthy = { standing: 'healthy', slowStart: undefined };
  const starting = { standing: 'healthy', slowStart: { from: 0, ms: 100 } };
  const sick = { standing: 'unhealthy', slowStart: undefined };
  expect([[], [starting], [sick], [starting, healthy]].map((others) => startsSlowly(others, 50))).toEqual([
    false,
    false,
    false,
    true,
  ]);
  expect(startsSlowly([starting], 100)).toBe(true);
});

async function shares(count: number): Promise<Record<string, number>> {
  const counts: Record<string, number> = { first: 0, late: 0 };
  for (let i = 0; i < count; i++) counts[(await world!.ask()).body]! += 1;
  return counts;
}

test('a target that joins others gets little at first and as much as they in the end; the first one gets all at once', async () => {
  world = startWorld(8, { clock: fastClock(10) });
  const saying = (text: string) =>
    world!.serve((request, response) => void response.end(request.url === '/healthz' ? '' : text));
  const [first, late] = [await saying('first'), await saying('late')];
  const group = world.createTargetGroup('shop');
  const Attributes = [{ Key: 'slow_start.duration_seconds', Value: '30' }];
  world.call('ModifyTargetGroupAttributes', { TargetGroupArn: group, Attributes });
  world.createListener(world.createLoadBalancer(), forwardTo(group));
  world.call('RegisterTargets', { TargetGroupArn: group, Targets: [first] });
  await until(() => world!.statesOf(group)[first.Id] === 'healthy');
  expect((await shares(10))['first']).toBe(10);
  world.call('RegisterTargets', { TargetGroupArn: group, Targets: [late] });
  await until(() => world!.statesOf(group)[late.Id] === 'healthy');
  expect((await shares(40))['late']).toBeLessThan(12);
  await realClock.sleep(3_000);
  expect(await shares(20)).toEqual({ first: 10, late: 10 });
});
