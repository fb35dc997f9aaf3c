import { expect, test } from 'vitest';
import { codeOf, createStack, createTargetGroup, createWorld, healthOf } from './world.ts';

const POD = { Id: '10.0.1.10', Port: 8080 };

test('a fault after the effect loses the answer and not the effect; one before it loses both', async () => {
  for (const [when, kept] of [
    ['before', 0],
    ['after', 1],
  ] as const) {
    const world = createWorld({ registrationMs: 0 });
    const { targetGroup } = await createStack(world);
    world.aws.configure({ faults: [{ action: 'RegisterTargets', code: 'InternalFailure', when, next: 1 }] });
    const call = () => world.elb.registerTargets({ TargetGroupArn: targetGroup, Targets: [POD] });
    await expect(call()).rejects.toMatchObject({ Code: 'InternalFailure', $metadata: { httpStatusCode: 500 } });
    expect(Object.keys(await healthOf(world, targetGroup))).toHaveLength(kept);
    await call();
    expect(Object.keys(await healthOf(world, targetGroup))).toHaveLength(1);
  }
});

const PODS = ['10.0.1.10', '10.0.1.11', '10.0.1.12', '10.0.1.13'].map((Id) => ({ Id, Port: 8080 }));

test('half a batch: the first half of the targets takes effect, and the call fails', async () => {
  const world = createWorld({ registrationMs: 0 });
  const { targetGroup: TargetGroupArn } = await createStack(world);
  const fail = (action: string) =>
    world.aws.configure({ faults: [{ action, code: 'InternalFailure', when: 'half', next: 1 }] });
  fail('RegisterTargets');
  expect(await codeOf(world.elb.registerTargets({ TargetGroupArn, Targets: PODS }))).toBe('InternalFailure');
  expect(Object.keys(await healthOf(world, TargetGroupArn))).toEqual(['10.0.1.10:8080', '10.0.1.11:8080']);
  await world.elb.registerTargets({ TargetGroupArn, Targets: PODS });
  fail('DeregisterTargets');
  expect(await codeOf(world.elb.deregisterTargets({ TargetGroupArn, Targets: PODS }))).toBe('InternalFailure');
  const states = Object.values(await healthOf(world, TargetGroupArn)).map((state) => state.split(' ')[0]);
  expect(states).toEqual(['draining', 'draining', 'initial', 'initial']);
});

test('a fault for some time ends by itself', async () => {
  const world = createWorld();
  world.aws.configure({ faults: [{ action: 'DescribeTargetHealth', code: 'Throttling', forMs: 30_000 }] });
  const TargetGroupArn = await createTargetGroup(world);
  const call = () => codeOf(world.elb.describeTargetHealth({ TargetGroupArn }));
  expect(await call()).toBe('Throttling');
  await world.clock.advance(29_999);
  expect(await call()).toBe('Throttling');
  await world.clock.advance(1);
  expect(await call()).toMatchObject({ TargetHealthDescriptions: [] });
});

test('a call may take effect at once and answer late, so that the client has given up', async () => {
  const world = createWorld({ registrationMs: 0 });
  const { targetGroup: TargetGroupArn } = await createStack(world);
  const code = 'RequestTimeout';
  world.aws.configure({ faults: [{ action: 'RegisterTargets', code, when: 'after', delayMs: 20_000, next: 1 }] });
  let answered = false;
  const call = codeOf(world.elb.registerTargets({ TargetGroupArn, Targets: [POD] })).then((outcome) => {
    answered = true;
    return outcome;
  });
  await world.clock.advance(19_999);
  expect([answered, Object.keys(await healthOf(world, TargetGroupArn)).length]).toEqual([false, 1]);
  await world.clock.advance(1);
  expect(await call).toBe(code);
});

test('faults by chance are the same for the same seed', async () => {
  const run = async (seed: number) => {
    const world = createWorld({ seed, faults: [{ action: '*', code: 'Throttling', probability: 0.5 }] });
    const outcomes: boolean[] = [];
    for (let i = 0; i < 40; i++) outcomes.push((await codeOf(world.elb.describeTargetGroups({}))) === 'Throttling');
    return outcomes;
  };
  const first = await run(1);
  expect(await run(1)).toEqual(first);
  expect(await run(2)).not.toEqual(first);
  expect(new Set(first).size).toBe(2);
});

test('the throttling profile of AWS lets a burst through, then its rate', async () => {
  const world = createWorld({ throttling: 'aws' });
  const TargetGroupArn = await createTargetGroup(world);
  const burst = async (calls: number) => {
    const call = () => codeOf(world.elb.registerTargets({ TargetGroupArn, Targets: [POD] }));
    const outcomes = await Promise.all(Array.from({ length: calls }, call));
    return outcomes.filter((outcome) => outcome !== 'Throttling').length;
  };
  expect(await burst(30)).toBe(20);
  await world.clock.advance(1000);
  expect(await burst(10)).toBe(4);
  expect(await codeOf(world.elb.describeTargetGroups({}))).not.toBe('Throttling');
});

test('latency passes on the clock of local AWS', async () => {
  const world = createWorld({ latencyMs: 50 });
  let done = false;
  const call = world.elb.describeLoadBalancers({}).then(() => {
    done = true;
  });
  await world.clock.advance(49);
  expect(done).toBe(false);
  await world.clock.advance(1);
  await call;
  expect(world.aws.calls.latest()).toMatchObject([{ action: 'DescribeLoadBalancers', durationMs: 50 }]);
});

test('the same seed gives the same ids', async () => {
  const [first, second] = [createWorld(), createWorld()];
  expect(await createStack(first)).toEqual(await createStack(second));
});
